"""Positions as angles: pairs as complex numbers, which are turned by multiplying them."""

import torch
from torch import Tensor

from templates.torch.reference.layer import Layer


def rotary(layer: Layer, x: Tensor) -> Tensor:
    halves = x.reshape(*x.shape[:2], layer.settings["num_heads"], 2, -1)
    pairs = torch.complex(halves[:, :, :, 0], halves[:, :, :, 1])
    size = pairs.size(3)
    speeds = layer.settings["base"] ** (-torch.arange(size, dtype=x.dtype) / size)
    angles = torch.arange(x.size(1), dtype=x.dtype)[:, None] * speeds
    turn = torch.polar(torch.ones_like(angles), angles).to(x.device)[:, None]
    turned = pairs * turn
    return torch.stack((turned.real, turned.imag), 3).reshape(x.shape)
