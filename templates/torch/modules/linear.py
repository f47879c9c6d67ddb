"""A linear layer some of whose outputs go without their bias."""

import torch
from torch import Tensor, nn


class Linear(nn.Linear):
    """(N, *, in_features) -> (N, *, out_features): torch's, or without some biases.

    Outputs from unbiased[0] up to unbiased[1] have a bias that is kept, and not added.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        unbiased: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(in_features, out_features, bias)
        self.unbiased = unbiased
        if unbiased is not None:
            start, stop = unbiased
            if not (bias and 0 <= start < stop <= out_features):
                raise ValueError(f"no biases from {start} up to {stop} to leave out")

    def forward(self, x: Tensor) -> Tensor:
        if self.unbiased is None:
            return super().forward(x)
        start, stop = self.unbiased
        none = torch.zeros_like(self.bias[start:stop])
        bias = torch.cat((self.bias[:start], none, self.bias[stop:]))
        return nn.functional.linear(x, self.weight, bias)

    def extra_repr(self) -> str:
        return f"{super().extra_repr()}, unbiased={self.unbiased}"
