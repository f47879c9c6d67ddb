"""Transposed convolutions over one, two and three spatial axes."""

from torch import Tensor
from torch.nn import functional as F

from templates.torch.reference.layer import Layer


def conv_transpose1d(layer: Layer, x: Tensor) -> Tensor:
    names = ("stride", "padding", "output_padding", "groups", "dilation")
    settings = {name: layer.settings[name] for name in names}
    weight, bias = layer.tensors["weight"], layer.tensors.get("bias")
    return F.conv_transpose1d(x, weight, bias, **settings)


def conv_transpose2d(layer: Layer, x: Tensor) -> Tensor:
    names = ("stride", "padding", "output_padding", "groups", "dilation")
    settings = {name: layer.settings[name] for name in names}
    weight, bias = layer.tensors["weight"], layer.tensors.get("bias")
    return F.conv_transpose2d(x, weight, bias, **settings)


def conv_transpose3d(layer: Layer, x: Tensor) -> Tensor:
    names = ("stride", "padding", "output_padding", "groups", "dilation")
    settings = {name: layer.settings[name] for name in names}
    weight, bias = layer.tensors["weight"], layer.tensors.get("bias")
    return F.conv_transpose3d(x, weight, bias, **settings)
