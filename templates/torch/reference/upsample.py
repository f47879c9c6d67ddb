"""Interpolation to another size."""

from torch import Tensor
from torch.nn import functional as F

from templates.torch.reference.layer import Layer


def upsample(layer: Layer, x: Tensor) -> Tensor:
    return F.interpolate(x, **layer.settings)


def upsample_as(layer: Layer, x: Tensor, other: Tensor) -> Tensor:
    return F.interpolate(x, other.shape[2:], **layer.settings)
