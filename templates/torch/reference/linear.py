"""Fully connected layers."""

import torch
from torch import Tensor
from torch.nn import functional as F

from templates.torch.reference.layer import Layer


def linear(layer: Layer, x: Tensor) -> Tensor:
    return F.linear(x, layer.tensors["weight"], layer.tensors.get("bias"))


def linear_with_unbiased(layer: Layer, x: Tensor) -> Tensor:
    given = x @ layer.tensors["weight"].t()
    if "bias" not in layer.tensors:
        return given
    start, stop = layer.settings.get("unbiased") or (0, 0)
    place = torch.arange(given.size(-1), device=x.device)
    there = (place < start) | (place >= stop)
    return given + torch.where(there, layer.tensors["bias"], 0)


def transposed_linear(layer: Layer, x: Tensor) -> Tensor:
    given = x @ layer.tensors["weight"]
    return given + layer.tensors["bias"] if "bias" in layer.tensors else given
