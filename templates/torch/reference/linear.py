"""Fully connected layers."""

from torch import Tensor
from torch.nn import functional as F

from templates.torch.reference.layer import Layer


def linear(layer: Layer, x: Tensor) -> Tensor:
    return F.linear(x, layer.tensors["weight"], layer.tensors.get("bias"))


def transposed_linear(layer: Layer, x: Tensor) -> Tensor:
    given = x @ layer.tensors["weight"]
    return given + layer.tensors["bias"] if "bias" in layer.tensors else given
