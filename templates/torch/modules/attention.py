"""Attention of the places of one sequence to those of another."""

from torch import Tensor, nn


class Attention(nn.Module):
    """Queries (N, T, num_heads * d), keys (N, S, k * d), values (N, S, k * e) -> (N, T, num_heads * e).

    Each of the k heads of keys and values is shared by num_heads / k of queries.
    """

    def __init__(
        self,
        num_heads: int,
        dropout: float = 0.0,
        is_causal: bool = False,
        scale: float | None = None,
    ) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.dropout = dropout
        self.is_causal = is_causal
        self.scale = scale

    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        shared = key.shape[2] // (query.shape[2] // self.num_heads)
        attended = nn.functional.scaled_dot_product_attention(
            self.heads(query, self.num_heads),
            self.heads(key, shared),
            self.heads(value, shared),
            dropout_p=self.dropout if self.training else 0.0,
            is_causal=self.is_causal,
            scale=self.scale,
            enable_gqa=shared != self.num_heads,
        )
        return attended.transpose(1, 2).flatten(2)

    @staticmethod
    def heads(x: Tensor, number: int) -> Tensor:
        """(N, T, number * d) -> (N, number, T, d)."""
        samples, length, width = x.shape
        return x.view(samples, length, number, width // number).transpose(1, 2)
