"""Axes in another order."""

from torch import Tensor, nn


class Permute(nn.Module):
    """(N, *) -> (N, * in another order): axis i is what axis dims[i] was."""

    def __init__(self, dims: tuple[int, ...]) -> None:
        super().__init__()
        self.dims = dims

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(self.dims)

    def extra_repr(self) -> str:
        return f"dims={self.dims}"
