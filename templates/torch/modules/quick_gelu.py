"""An activation near to GELU."""

import torch
from torch import Tensor, nn


class QuickGELU(nn.Module):
    """(N, *) -> (N, *): x sigmoid(1.702 x)."""

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(1.702 * x)
