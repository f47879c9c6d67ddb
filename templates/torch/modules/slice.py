"""A stretch of an axis."""

from torch import Tensor, nn


class Slice(nn.Module):
    """(N, *) -> (N, *): from start up to, not including, stop along the axis dim."""

    def __init__(self, dim: int = 1, start: int = 0, stop: int | None = None) -> None:
        super().__init__()
        self.dim = dim
        self.start = start
        self.stop = stop

    def forward(self, x: Tensor) -> Tensor:
        return x.movedim(self.dim, 0)[self.start : self.stop].movedim(0, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}, start={self.start}, stop={self.stop}"
