"""Pooling over windows."""

from torch import Tensor
from torch.nn import functional as F

from templates.torch.reference.layer import Layer


def max_pool1d(layer: Layer, x: Tensor) -> Tensor:
    pooled: Tensor = F.max_pool1d(x, **layer.settings)
    return pooled


def max_pool2d(layer: Layer, x: Tensor) -> Tensor:
    pooled: Tensor = F.max_pool2d(x, **layer.settings)
    return pooled


def max_pool3d(layer: Layer, x: Tensor) -> Tensor:
    pooled: Tensor = F.max_pool3d(x, **layer.settings)
    return pooled


def avg_pool1d(layer: Layer, x: Tensor) -> Tensor:
    pooled: Tensor = F.avg_pool1d(x, **layer.settings)
    return pooled


def avg_pool2d(layer: Layer, x: Tensor) -> Tensor:
    pooled: Tensor = F.avg_pool2d(x, **layer.settings)
    return pooled


def avg_pool3d(layer: Layer, x: Tensor) -> Tensor:
    pooled: Tensor = F.avg_pool3d(x, **layer.settings)
    return pooled
