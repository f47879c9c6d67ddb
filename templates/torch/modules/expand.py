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
        # In memory of its own: over one that several places share torch writes nothing.
        return x.expand(sizes).clone()

    def extra_repr(self) -> str:
        return f"dim={self.dim}, size={self.size}"
