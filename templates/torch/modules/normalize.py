"""Vectors of length 1."""

from torch import Tensor, nn


class Normalize(nn.Module):
    """(N, *) -> (N, *): each vector along dim divided by its length."""

    def __init__(self, dim: int = 1, eps: float = 1e-12) -> None:
        super().__init__()
        self.dim = dim
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.normalize(x, dim=self.dim, eps=self.eps)

    def extra_repr(self) -> str:
        return f"dim={self.dim}, eps={self.eps}"
