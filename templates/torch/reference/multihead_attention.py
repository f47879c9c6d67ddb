"""Attention of a sequence to itself, with the layers before and behind it."""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from templates.torch.reference.layer import Layer


def places_first(joined: Tensor, tensors: dict[str, Tensor]) -> Tensor:
    """Projected, and place by place in memory: dropout draws in that order."""
    weight, bias = tensors["out_proj.weight"], tensors.get("out_proj.bias")
    return F.linear(joined.transpose(0, 1).contiguous(), weight, bias).transpose(0, 1)


def multihead_attention(layer: Layer, x: Tensor) -> Tensor:
    heads, tensors = layer.settings["num_heads"], layer.tensors
    given = F.linear(x, tensors["in_proj_weight"], tensors.get("in_proj_bias"))
    query, key, value = given.view(*x.shape[:2], 3, heads, -1).permute(2, 0, 3, 1, 4)
    scores = query @ key.transpose(2, 3) / math.sqrt(query.shape[3])
    if layer.settings["is_causal"]:
        scores = scores.masked_fill(later(scores), -math.inf)
    joined = (scores.softmax(3) @ value).transpose(1, 2).flatten(2)
    return places_first(joined, tensors)


def multihead_attention_with_dropout(layer: Layer, x: Tensor) -> Tensor:
    heads, tensors = layer.settings["num_heads"], layer.tensors
    given = F.linear(x, tensors["in_proj_weight"], tensors.get("in_proj_bias"))
    query, key, value = given.view(*x.shape[:2], 3, heads, -1).permute(2, 0, 3, 1, 4)
    p = layer.settings["dropout"] if layer.training else 0.0
    causal = layer.settings["is_causal"]
    attended = F.scaled_dot_product_attention(
        query,
        key,
        value,
        dropout_p=p,
        is_causal=causal,
    )
    joined = attended.transpose(1, 2).flatten(2)
    return places_first(joined, tensors)


def later(scores: Tensor) -> Tensor:
    """Which keys stand behind the query that they are compared with."""
    sizes = scores.shape[-2:]
    return torch.ones(sizes, dtype=torch.bool, device=scores.device).triu(1)
