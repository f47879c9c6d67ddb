"""Attention of the places of one sequence to those of another."""

import torch
from torch import Tensor, nn


class Attention(nn.Module):
    """Queries (N, *, T, num_heads * d), keys (N, *, S, k * d), values (N, *, S, k * e).

    It gives (N, *, T, num_heads * e). Each of k heads of keys and values is shared by
    num_heads / k of queries. A bias of num_heads * T * S is added to what is compared.
    Of a sliding window, each place sees itself and what is less far away than that.
    With a softcap, scores are between minus that and that.
    """

    def __init__(
        self,
        num_heads: int,
        dropout: float = 0.0,
        is_causal: bool = False,
        scale: float | None = None,
        sliding_window: int | None = None,
        softcap: float | None = None,
    ) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.dropout = dropout
        self.is_causal = is_causal
        self.scale = scale
        self.sliding_window = sliding_window
        self.softcap = softcap

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        bias: Tensor | None = None,
    ) -> Tensor:
        shared = key.shape[-1] // (query.shape[-1] // self.num_heads)
        if bias is not None:
            windows = [1] * (query.dim() + 1 - bias.dim())
            bias = bias.reshape(len(bias), *windows, *bias.shape[1:])
        plain = self.sliding_window is None and self.softcap is None
        is_causal = self.is_causal and bias is None and plain
        if not is_causal and (self.is_causal or self.sliding_window is not None):
            hidden = self.hidden(query, key)
            bias = hidden if bias is None else bias + hidden
        query = self.heads(query, self.num_heads)
        key, value = self.heads(key, shared), self.heads(value, shared)
        if self.softcap is not None:
            attended = self.capped(query, key, value, bias, self.softcap)
            return attended.transpose(-3, -2).flatten(-2)
        attended = nn.functional.scaled_dot_product_attention(
            query,
            key,
            value,
            attn_mask=bias,
            dropout_p=self.dropout if self.training else 0.0,
            is_causal=is_causal,
            scale=self.scale,
            enable_gqa=shared != self.num_heads,
        )
        return attended.transpose(-3, -2).flatten(-2)

    def capped(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        bias: Tensor | None,
        softcap: float,
    ) -> Tensor:
        """(N, *, num_heads, T, e): torch's own function has no place for a cap."""
        shared = query.shape[-3] // key.shape[-3]
        key, value = (x.repeat_interleave(shared, -3) for x in (key, value))
        scale = query.shape[-1] ** -0.5 if self.scale is None else self.scale
        scores = query @ key.transpose(-2, -1) * (scale / softcap)
        scores = scores.tanh() * softcap
        weights = (scores if bias is None else scores + bias).softmax(-1)
        return nn.functional.dropout(weights, self.dropout, self.training) @ value

    def hidden(self, query: Tensor, key: Tensor) -> Tensor:
        """T * S: minus infinity where a query does not see a key, and else 0."""
        pairs = query.new_full((query.shape[-2], key.shape[-2]), -torch.inf)
        if self.sliding_window is None:
            return pairs.triu(1)
        ahead = 1 if self.is_causal else self.sliding_window
        return pairs.triu(ahead) + pairs.tril(-self.sliding_window)

    @staticmethod
    def heads(x: Tensor, number: int) -> Tensor:
        """(N, *, T, number * d) -> (N, *, number, T, d)."""
        return x.view(*x.shape[:-1], number, x.shape[-1] // number).transpose(-3, -2)
