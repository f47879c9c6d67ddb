"""One place of a sequence, chosen by a value for each."""

import torch
from torch import Tensor, nn


class AtArgmax(nn.Module):
    """(N, T, *), (N, T) -> (N, *): what stands where the second is largest."""

    def forward(self, x: Tensor, values: Tensor) -> Tensor:
        if x.dim() < 3 or x.shape[:2] != values.shape:
            raise ValueError(f"no place of {x.shape} has a value of {values.shape}")
        return x[torch.arange(len(x), device=x.device), values.argmax(1)]
