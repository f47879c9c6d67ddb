"""Axes made longer or shorter at their ends."""

from torch import Tensor
from torch.nn import functional as F

from templates.torch.reference.layer import Layer


def pad(layer: Layer, x: Tensor) -> Tensor:
    padding, mode = layer.settings["padding"], layer.settings["mode"]
    return F.pad(x, padding, mode, layer.settings["value"])


def slice(layer: Layer, x: Tensor) -> Tensor:
    axis, size = layer.settings["dim"], x.size(layer.settings["dim"])
    start, stop = layer.settings["start"], layer.settings["stop"]
    stop = size if stop is None else stop
    start, stop = (end if end >= 0 else size + end for end in (start, stop))
    return x.narrow(axis, start, stop - start)
