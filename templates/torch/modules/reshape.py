"""Other axes over the same values."""

from torch import Tensor, nn


class Reshape(nn.Module):
    """(N, *) -> (N, *shape): the values of each sample in the same order."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.shape = shape

    def forward(self, x: Tensor) -> Tensor:
        return x.reshape(x.size(0), *self.shape)

    def extra_repr(self) -> str:
        return f"shape={self.shape}"
