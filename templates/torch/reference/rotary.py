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


def rotary_with_rotary_dim(layer: Layer, x: Tensor) -> Tensor:
    heads = x.reshape(*x.shape[:2], layer.settings["num_heads"], -1)
    size = layer.settings["rotary_dim"] or heads.size(3)
    first, second = range(size // 2), range(size // 2, size)
    if layer.settings["interleaved"]:
        first, second = range(0, size, 2), range(1, size, 2)
    pairs = torch.complex(heads[..., list(first)], heads[..., list(second)])
    speeds = layer.settings["base"] ** (-torch.arange(size // 2, dtype=x.dtype) * 2 / size)
    angles = torch.arange(x.size(1), dtype=x.dtype)[:, None] * speeds
    turned = pairs * torch.polar(torch.ones_like(angles), angles).to(x.device)[:, None]
    given = heads.clone()
    given[..., list(first)], given[..., list(second)] = turned.real, turned.imag
    return given.reshape(x.shape)


def rotary_with_interleaved(layer: Layer, x: Tensor) -> Tensor:
    return rotary_with_rotary_dim(layer, x)


def sinusoidal_embedding(layer: Layer, x: Tensor) -> Tensor:
    size, period = layer.settings["embedding_dim"], layer.settings["max_period"]
    waves = []
    for wave in (torch.cos, torch.sin):
        for i in range(size // 2):
            waves.append(wave(x * float(period) ** (-2 * i / size)))
    return torch.stack(waves, -1)
