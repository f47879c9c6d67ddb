"""Padding to a multiple of a size."""

from torch import Tensor, nn


class PadToMultiple(nn.Module):
    """(N, *) -> (N, *): zeros behind each axis of dims, up to a multiple."""

    def __init__(self, multiple: int, dims: tuple[int, ...]) -> None:
        super().__init__()
        self.multiple = multiple
        self.dims = dims

    def forward(self, x: Tensor) -> Tensor:
        # For the last axis first: before it, behind it.
        padding = [0, 0] * x.dim()
        for dim in self.dims:
            padding[-2 * (dim % x.dim()) - 1] = -x.shape[dim] % self.multiple
        return nn.functional.pad(x, padding)

    def extra_repr(self) -> str:
        return f"multiple={self.multiple}, dims={self.dims}"
