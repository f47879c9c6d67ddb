"""Factors, learnt or stated."""

from torch import Tensor

from templates.torch.reference.layer import Layer


def layer_scale(layer: Layer, x: Tensor) -> Tensor:
    return x * layer.tensors[""]


def logit_scale(layer: Layer, x: Tensor) -> Tensor:
    return x * layer.tensors[""].exp()


def logit_scale_with_max_value(layer: Layer, x: Tensor) -> Tensor:
    logit, most = layer.tensors[""], layer.settings.get("max_value")
    return x * (logit if most is None else logit.clamp_max(most)).exp()


def rescale(layer: Layer, x: Tensor) -> Tensor:
    factor, power = layer.settings["factor"], layer.settings["width_power"]
    deviation = float(layer.settings.get("variance", 1.0)) ** 0.5
    return x.mul(factor * float(x.size(-1)) ** power).div(deviation)
