"""Softmax and its kin: scores to what sums to one."""

import torch
from torch import Tensor

from templates.torch.reference.layer import Layer


def softmax(layer: Layer, x: Tensor) -> Tensor:
    return torch.softmax(x, layer.settings["dim"])


def log_softmax(layer: Layer, x: Tensor) -> Tensor:
    return torch.log_softmax(x, layer.settings["dim"])


def softmin(layer: Layer, x: Tensor) -> Tensor:
    return torch.softmax(-x, layer.settings["dim"])


def softmax2d(_layer: Layer, x: Tensor) -> Tensor:
    return torch.softmax(x, 1)
