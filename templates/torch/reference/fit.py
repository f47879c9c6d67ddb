"""Axes that are made to fit."""

import torch
from torch import Tensor

from templates.torch.reference.layer import Layer


def pad_to_multiple(layer: Layer, x: Tensor) -> Tensor:
    multiple = layer.settings["multiple"]
    for dim in layer.settings["dims"]:
        shape = list(x.shape)
        shape[dim] = (multiple - x.size(dim) % multiple) % multiple
        x = torch.cat([x, x.new_zeros(shape)], dim)
    return x


def crop_as(layer: Layer, x: Tensor, other: Tensor) -> Tensor:
    for dim in layer.settings["dims"]:
        x = x.narrow(dim, 0, other.size(dim))
    return x
