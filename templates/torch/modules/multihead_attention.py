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
        is_causal: bool = False,
    ) -> None:
        super().__init__(embed_dim, num_heads, dropout, bias, batch_first=True)
        self.is_causal = is_causal

    def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
        mask = None
        if self.is_causal:
            mask = x.new_full((x.shape[1], x.shape[1]), -float("inf")).triu(1)
        return super().forward(x, x, x, None, False, mask, is_causal=self.is_causal)[0]
