"""Axes that are taken together to one number."""

from torch import Tensor

from templates.torch.reference.layer import Layer


def mean(layer: Layer, x: Tensor) -> Tensor:
    return x.mean(layer.settings["dim"], keepdim=layer.settings["keepdim"])
