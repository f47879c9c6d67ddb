"""Stochastic depth."""

from torch import Tensor, nn


class StochasticDepth(nn.Module):
    """(N, *) -> (N, *): samples (row) or the batch left out at random in training."""

    def __init__(self, p: float, mode: str = "row") -> None:
        super().__init__()
        self.p = p
        self.mode = mode

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.p == 0:
            return x
        kept = 1 - self.p
        rows = x.size(0) if self.mode == "row" else 1
        mask = x.new_empty((rows, *[1] * (x.dim() - 1))).bernoulli_(kept)
        return x * (mask / kept if kept > 0 else mask)

    def extra_repr(self) -> str:
        return f"p={self.p}, mode={self.mode}"
