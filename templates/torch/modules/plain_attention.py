"""Attention, where no layer of the network has a sliding window or a cap."""

import torch
from torch import Tensor, nn


class Attention(nn.Module):
    """Queries (N, *, T, num_heads * d), keys (N, *, S, k * d), values (N, *, S, k * e).

    It gives (N, *, T, num_heads * e). Each of k heads of keys and values is shared by
    num_heads / k of queries. A bias of num_heads * T * S is added to what is compared.
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

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        bias: Tensor | None = None,
    ) -> Tensor:
        shared = key.shape[-1] // (query.shape[-1] // self.num_heads)
        is_causal = self.is_causal and bias is None
        if bias is not None:
            windows = [1] * (query.dim() + 1 - bias.dim())
            bias = bias.reshape(len(bias), *windows, *bias.shape[1:])
            if self.is_causal:
                pairs = query.new_full((query.shape[-2], key.shape[-2]), -torch.inf)
                bias = bias + pairs.triu(1)
        attended = nn.functional.scaled_dot_product_attention(
            self.heads(query, self.num_heads),
            self.heads(key, shared),
            self.heads(value, shared),
            attn_mask=bias,
            dropout_p=self.dropout if self.training else 0.0,
            is_causal=is_causal,
            scale=self.scale,
            enable_gqa=shared != self.num_heads,
        )
        return attended.transpose(-3, -2).flatten(-2)

    @staticmethod
    def heads(x: Tensor, number: int) -> Tensor:
        """(N, *, T, number * d) -> (N, *, number, T, d)."""
        return x.view(*x.shape[:-1], number, x.shape[-1] // number).transpose(-3, -2)
