"""Joins: several values become one."""

import math

import torch
from torch import Tensor

from templates.torch.reference.layer import Layer


def add(_layer: Layer, *xs: Tensor) -> Tensor:
    return sum(xs[1:], xs[0])


def subtract(_layer: Layer, left: Tensor, right: Tensor) -> Tensor:
    return left - right


def multiply(_layer: Layer, *xs: Tensor) -> Tensor:
    return math.prod(xs[1:], start=xs[0])


def concat(layer: Layer, *xs: Tensor) -> Tensor:
    return torch.cat(xs, layer.settings["dim"])
