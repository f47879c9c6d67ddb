"""What attention within windows adds to what it compares."""

import math

import torch
from torch import Tensor

from templates.torch.reference.layer import Layer


def relative_position_bias(layer: Layer, table: Tensor) -> Tensor:
    index, places = (
        layer.tensors[""].flatten(),
        math.prod(layer.settings["window_size"]),
    )
    rows = table.movedim(2, 1).index_select(2, index)
    return rows.reshape(len(table), -1, places, places)


def relative_coordinates(layer: Layer, x: Tensor) -> Tensor:
    there = layer.tensors[""]
    return there.expand(x.size(0), *there.shape[1:])


def shifted_window_mask(layer: Layer, bias: Tensor, rolled: Tensor) -> Tensor:
    windows, shifts = layer.settings["window_size"], layer.settings["shift"]
    shifts = (shifts,) * len(windows) if isinstance(shifts, int) else shifts
    side = torch.zeros(rolled.shape[1 : len(windows) + 1], device=rolled.device)
    for axis, (size, shift) in enumerate(zip(windows, shifts, strict=True)):
        length = rolled.size(axis + 1)
        if shift and length > size:
            side.narrow(axis, length - shift, shift).add_(2**axis)
    for axis, size in enumerate(windows):
        # The places of a window go to the end, in the order of the axes.
        side = side.unfold(axis, size, size)
    places = side.flatten(len(windows))
    apart = (places[..., :, None] - places[..., None, :]).abs().clamp(max=1)
    ones = [1] * (bias.dim() - 3)
    mask = -100 * apart.view(*apart.shape[:-2], *ones, *apart.shape[-2:])
    return bias.view(len(bias), *[1] * len(windows), *bias.shape[1:]) + mask
