"""A linear layer whose weight lies the other way."""

import torch
from torch import Tensor, nn


class TransposedLinear(nn.Module):
    """(N, *, in_features) -> (N, *, out_features): y = x A + b, as GPT-2 keeps it."""

    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = nn.Parameter(torch.empty(in_features, out_features))
        self.bias = nn.Parameter(torch.empty(out_features)) if bias else None
        for tensor in self.parameters():
            nn.init.uniform_(tensor, -(in_features**-0.5), in_features**-0.5)

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.linear(x, self.weight.t(), self.bias)
