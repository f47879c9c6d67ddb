"""An axis of one place, repeated."""

from torch import Tensor, nn


class Expand(nn.Module):
    """(N, *, 1, *) -> (N, *, size, *): the same at each place of the axis dim."""

    def __init__(self, dim: int, size: int) -> None:
        super().__init__()
        self.dim = dim
        self.size = size

    def forward(self, x: Tensor) -> Tensor:
        sizes = [-1] * x.dim()
        sizes[self.dim] = self.size
        return x.expand(sizes)

    def extra_repr(self) -> str:
        return f"dim={self.dim}, size={self.size}"
