"""Channels and pixels in another order."""

from torch import Tensor
from torch.nn import functional as F

from templates.torch.reference.layer import Layer


def channel_shuffle(layer: Layer, x: Tensor) -> Tensor:
    groups = x.view(len(x), layer.settings["groups"], -1, *x.shape[2:])
    return groups.transpose(1, 2).flatten(1, 2)


def pixel_shuffle(layer: Layer, x: Tensor) -> Tensor:
    return F.pixel_shuffle(x, layer.settings["upscale_factor"])


def pixel_unshuffle(layer: Layer, x: Tensor) -> Tensor:
    return F.pixel_unshuffle(x, layer.settings["downscale_factor"])
