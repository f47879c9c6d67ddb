"""Normalisation of each sample over its last axes, or over the channels of each pixel."""

import torch
from torch import Tensor
from torch.nn import functional as F

from templates.torch.reference.layer import Layer


def layer_norm(layer: Layer, x: Tensor) -> Tensor:
    shape, eps = layer.settings["normalized_shape"], layer.settings["eps"]
    shape = shape if isinstance(shape, tuple) else (shape,)
    weight, bias = layer.tensors.get("weight"), layer.tensors.get("bias")
    return F.layer_norm(x, shape, weight, bias, eps)


def rms_norm(layer: Layer, x: Tensor) -> Tensor:
    shape, eps = layer.settings["normalized_shape"], layer.settings["eps"]
    shape = shape if isinstance(shape, tuple) else (shape,)
    return F.rms_norm(x, shape, layer.tensors.get("weight"), eps)


def rms_norm_with_add_unit_offset(layer: Layer, x: Tensor) -> Tensor:
    shape, eps = layer.settings["normalized_shape"], layer.settings["eps"]
    shape = shape if isinstance(shape, tuple) else (shape,)
    over = [*range(-len(shape), 0)]
    if eps is None:
        eps = torch.finfo(x.dtype).eps
    normed: Tensor = x / (x.square().mean(over, keepdim=True) + eps).sqrt()
    scaled = normed * layer.tensors.get("weight", 1)
    offset = "weight" in layer.tensors and layer.settings.get("add_unit_offset")
    return normed + scaled if offset else scaled


def layer_norm2d(layer: Layer, x: Tensor) -> Tensor:
    eps = layer.settings["eps"]
    weight, bias = layer.tensors.get("weight"), layer.tensors.get("bias")
    pixels = x.permute(0, 2, 3, 1)
    return F.layer_norm(pixels, pixels.shape[3:], weight, bias, eps).permute(0, 3, 1, 2)


def normalize(layer: Layer, x: Tensor) -> Tensor:
    length = x.square().sum(layer.settings["dim"], keepdim=True).sqrt()
    return x / length.clamp_min(layer.settings["eps"])
