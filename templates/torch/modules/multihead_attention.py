"""Attention of a sequence to itself."""

from torch import Tensor, nn


class MultiheadAttention(nn.MultiheadAttention):
    """(N, T, embed_dim) -> (N, T, embed_dim): torch's, of a sequence to itself."""

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
    ) -> None:
        super().__init__(embed_dim, num_heads, dropout, bias, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
        return super().forward(x, x, x, need_weights=False)[0]
