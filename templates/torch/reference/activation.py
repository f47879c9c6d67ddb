"""Activation functions."""

import torch
from torch import Tensor
from torch.nn import functional as F

from templates.torch.reference.layer import Layer


def relu(_layer: Layer, x: Tensor) -> Tensor:
    return F.relu(x)


def relu6(_layer: Layer, x: Tensor) -> Tensor:
    return F.relu6(x)


def elu(layer: Layer, x: Tensor) -> Tensor:
    return F.elu(x, layer.settings["alpha"])


def selu(_layer: Layer, x: Tensor) -> Tensor:
    return F.selu(x)


def celu(layer: Layer, x: Tensor) -> Tensor:
    return F.celu(x, layer.settings["alpha"])


def gelu(layer: Layer, x: Tensor) -> Tensor:
    return F.gelu(x, approximate=layer.settings["approximate"])


def silu(_layer: Layer, x: Tensor) -> Tensor:
    return F.silu(x)


def mish(_layer: Layer, x: Tensor) -> Tensor:
    return F.mish(x)


def sigmoid(_layer: Layer, x: Tensor) -> Tensor:
    return torch.sigmoid(x)


def log_sigmoid(_layer: Layer, x: Tensor) -> Tensor:
    return F.logsigmoid(x)


def tanh(_layer: Layer, x: Tensor) -> Tensor:
    return torch.tanh(x)


def tanhshrink(_layer: Layer, x: Tensor) -> Tensor:
    return F.tanhshrink(x)


def hardsigmoid(_layer: Layer, x: Tensor) -> Tensor:
    return F.hardsigmoid(x)


def hardswish(_layer: Layer, x: Tensor) -> Tensor:
    return F.hardswish(x)


def hardshrink(layer: Layer, x: Tensor) -> Tensor:
    return F.hardshrink(x, layer.settings["lambd"])


def softshrink(layer: Layer, x: Tensor) -> Tensor:
    return F.softshrink(x, layer.settings["lambd"])


def softplus(layer: Layer, x: Tensor) -> Tensor:
    return F.softplus(x, layer.settings["beta"], layer.settings["threshold"])


def softsign(_layer: Layer, x: Tensor) -> Tensor:
    return F.softsign(x)


def leaky_relu(layer: Layer, x: Tensor) -> Tensor:
    return F.leaky_relu(x, layer.settings["negative_slope"])


def hardtanh(layer: Layer, x: Tensor) -> Tensor:
    return F.hardtanh(x, layer.settings["min_val"], layer.settings["max_val"])


def threshold(layer: Layer, x: Tensor) -> Tensor:
    return F.threshold(x, layer.settings["threshold"], layer.settings["value"])


def rrelu(layer: Layer, x: Tensor) -> Tensor:
    lower, upper = layer.settings["lower"], layer.settings["upper"]
    return F.rrelu(x, lower, upper, layer.training)


def prelu(layer: Layer, x: Tensor) -> Tensor:
    return F.prelu(x, layer.tensors["weight"])


def glu(layer: Layer, x: Tensor) -> Tensor:
    return F.glu(x, layer.settings["dim"])


def quick_gelu(_layer: Layer, x: Tensor) -> Tensor:
    return x / (1 + torch.exp(-1.702 * x))
