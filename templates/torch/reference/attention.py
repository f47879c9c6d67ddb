"""Attention of a sequence to itself: the heads compared pair by pair, written out."""

import math

from torch import Tensor
from torch.nn import functional as F

from templates.torch.reference.layer import Layer


def multihead_attention(layer: Layer, x: Tensor) -> Tensor:
    heads, tensors = layer.settings["num_heads"], layer.tensors
    given = F.linear(x, tensors["in_proj_weight"], tensors.get("in_proj_bias"))
    query, key, value = given.view(*x.shape[:2], 3, heads, -1).permute(2, 0, 3, 1, 4)
    scores = query @ key.transpose(2, 3) / math.sqrt(query.shape[3])
    joined = (scores.softmax(3) @ value).transpose(1, 2).flatten(2)
    return F.linear(joined, tensors["out_proj.weight"], tensors.get("out_proj.bias"))


def multihead_attention_with_dropout(layer: Layer, x: Tensor) -> Tensor:
    heads, tensors = layer.settings["num_heads"], layer.tensors
    given = F.linear(x, tensors["in_proj_weight"], tensors.get("in_proj_bias"))
    query, key, value = given.view(*x.shape[:2], 3, heads, -1).permute(2, 0, 3, 1, 4)
    p = layer.settings["dropout"] if layer.training else 0.0
    attended = F.scaled_dot_product_attention(query, key, value, dropout_p=p)
    joined = attended.transpose(1, 2).flatten(2)
    return F.linear(joined, tensors["out_proj.weight"], tensors.get("out_proj.bias"))
