"""Axes that are taken together to one number."""

from torch import Tensor

from templates.torch.reference.layer import Layer


def mean(layer: Layer, x: Tensor) -> Tensor:
    return x.mean(layer.settings["dim"], keepdim=layer.settings["keepdim"])


def at_argmax(_layer: Layer, x: Tensor, values: Tensor) -> Tensor:
    place = values.argmax(1).view(-1, 1, *[1] * (x.dim() - 2))
    return x.gather(1, place.expand(-1, 1, *x.shape[2:])).squeeze(1)
