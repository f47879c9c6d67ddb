"""Interpolation to another size."""

from torch import Tensor
from torch.nn import functional as F

from templates.torch.reference.layer import Layer


def upsample(layer: Layer, x: Tensor) -> Tensor:
    return F.interpolate(x, **layer.settings)


def upsample_as(layer: Layer, x: Tensor, other: Tensor) -> Tensor:
    # torch refuses to be told of corners, aligned or not, where nothing is interpolated: of the nearest pixel.
    corners = layer.settings["align_corners"] or None
    return F.interpolate(x, other.shape[2:], mode=layer.settings["mode"], align_corners=corners)
