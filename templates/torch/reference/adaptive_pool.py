"""Pooling to a given size."""

from torch import Tensor
from torch.nn import functional as F

from templates.torch.reference.layer import Layer


def adaptive_avg_pool1d(layer: Layer, x: Tensor) -> Tensor:
    return F.adaptive_avg_pool1d(x, layer.settings["output_size"])


def adaptive_avg_pool2d(layer: Layer, x: Tensor) -> Tensor:
    return F.adaptive_avg_pool2d(x, layer.settings["output_size"])


def adaptive_avg_pool3d(layer: Layer, x: Tensor) -> Tensor:
    return F.adaptive_avg_pool3d(x, layer.settings["output_size"])


def adaptive_max_pool1d(layer: Layer, x: Tensor) -> Tensor:
    return F.adaptive_max_pool1d(x, layer.settings["output_size"])


def adaptive_max_pool2d(layer: Layer, x: Tensor) -> Tensor:
    return F.adaptive_max_pool2d(x, layer.settings["output_size"])


def adaptive_max_pool3d(layer: Layer, x: Tensor) -> Tensor:
    return F.adaptive_max_pool3d(x, layer.settings["output_size"])
