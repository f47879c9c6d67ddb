"""Attention: the heads compared pair by pair, written out."""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from templates.torch.reference.layer import Layer


def attention(
    layer: Layer,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    *bias: Tensor,
) -> Tensor:
    heads, d = (
        layer.settings["num_heads"],
        query.size(-1) // layer.settings["num_heads"],
    )
    shared = key.size(-1) // d
    queries = query.reshape(*query.shape[:-1], shared, heads // shared, d)
    keys = key.reshape(*key.shape[:-1], shared, d)
    values = value.reshape(*value.shape[:-1], shared, -1)
    scores = torch.einsum("...tghd,...sgd->...ghts", queries, keys)
    scores *= layer.settings["scale"] or d**-0.5
    cap = layer.settings["softcap"]
    if cap is not None:
        scores = cap * torch.tanh(scores / cap)
    if bias:
        windows = [1] * (query.dim() + 1 - bias[0].dim())
        added = bias[0].reshape(len(query), *windows, *bias[0].shape[1:])
        scores = (scores.flatten(-4, -3) + added).view_as(scores)
    if layer.settings["is_causal"]:
        scores = scores.masked_fill(later(scores), -math.inf)
    joined = torch.einsum("...ghts,...sge->...tghe", scores.softmax(-1), values)
    return joined.flatten(-3)


def attention_with_sliding_window(
    layer: Layer,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    *bias: Tensor,
) -> Tensor:
    added = far_away(layer, query, key, *bias)
    if added is None:
        return attention(layer, query, key, value)
    added = added.expand(len(query), *added.shape[1:])
    return attention(layer, query, key, value, added)


def attention_with_dropout(
    layer: Layer,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    *bias: Tensor,
) -> Tensor:
    heads, d = (
        layer.settings["num_heads"],
        query.size(-1) // layer.settings["num_heads"],
    )
    shared, added = key.size(-1) // d, far_away(layer, query, key, *bias)
    causal = layer.settings["is_causal"]
    if causal and added is not None:
        sizes = query.size(-2), key.size(-2)
        added = added + query.new_full(sizes, -math.inf).triu(1)
    by_heads = (
        query.reshape(*query.shape[:-1], heads, d).transpose(-3, -2),
        key.reshape(*key.shape[:-1], shared, d).transpose(-3, -2),
        value.reshape(*value.shape[:-1], shared, -1).transpose(-3, -2),
    )
    if layer.settings["softcap"] is not None:
        return capped(layer, *by_heads, added).transpose(-3, -2).flatten(-2)
    attended = F.scaled_dot_product_attention(
        *by_heads,
        attn_mask=added,
        dropout_p=layer.settings["dropout"] if layer.training else 0.0,
        is_causal=causal and added is None,
        scale=layer.settings["scale"],
        enable_gqa=shared != heads,
    )
    return attended.transpose(-3, -2).flatten(-2)


def capped(
    layer: Layer,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    added: Tensor | None,
) -> Tensor:
    """The heads written out, dropping the weights that a module with a cap drops."""
    cap, shared = layer.settings["softcap"], query.size(-3) // key.size(-3)
    keys = key.repeat_interleave(shared, -3)
    scores = query @ keys.transpose(-2, -1)
    scores *= layer.settings["scale"] or query.size(-1) ** -0.5
    scores = cap * torch.tanh(scores / cap)
    if added is not None:
        scores = scores + added
    elif layer.settings["is_causal"]:
        scores = scores.masked_fill(later(scores), -math.inf)
    weights = F.dropout(scores.softmax(-1), layer.settings["dropout"], layer.training)
    return weights @ value.repeat_interleave(shared, -3)


def far_away(
    layer: Layer,
    query: Tensor,
    key: Tensor,
    *bias: Tensor,
) -> Tensor | None:
    """The bias, and minus infinity for keys that are too far from their query."""
    window, added = layer.settings["sliding_window"], None
    for one in bias:
        axes = [1] * (query.dim() + 1 - one.dim())
        added = one.reshape(len(query), *axes, *one.shape[1:])
    if window is None:
        return added
    there = torch.arange(key.size(-2), device=key.device)
    behind = torch.arange(query.size(-2), device=key.device)[:, None] - there
    hidden = query.new_zeros(behind.shape)
    hidden = hidden.masked_fill(behind.abs() >= window, -math.inf)
    if added is None:
        return hidden.expand(1, *[1] * (query.dim() - 2), *hidden.shape)
    return added + hidden


def later(scores: Tensor) -> Tensor:
    """Which keys stand behind the query that they are compared with."""
    sizes = scores.shape[-2:]
    return torch.ones(sizes, dtype=torch.bool, device=scores.device).triu(1)
