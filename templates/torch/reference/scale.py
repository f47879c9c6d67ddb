"""Learnt factors."""

from torch import Tensor

from templates.torch.reference.layer import Layer


def layer_scale(layer: Layer, x: Tensor) -> Tensor:
    return x * layer.tensors[""]


def logit_scale(layer: Layer, x: Tensor) -> Tensor:
    return x * layer.tensors[""].exp()
