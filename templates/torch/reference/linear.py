"""Fully connected layers."""

from torch import Tensor
from torch.nn import functional as F

from templates.torch.reference.layer import Layer


def linear(layer: Layer, x: Tensor) -> Tensor:
    return F.linear(x, layer.tensors["weight"], layer.tensors.get("bias"))
