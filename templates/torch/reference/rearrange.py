"""The values of a sample in another order, place by place."""

import math

import torch
from torch import Tensor

from templates.torch.reference.layer import Layer


def rearrange(layer: Layer, x: Tensor) -> Tensor:
    before, after = map(axes_of, layer.settings["pattern"].split("->"))
    sizes: dict[str, int] = {}
    for names, size in zip(before, x.shape[1:], strict=True):
        stated = {one: layer.settings[one] for one in names if layer.settings.get(one)}
        left = size // math.prod(stated.values())
        sizes |= {name: stated.get(name, left) for name in names}
    parts = x.reshape(len(x), *sizes.values())
    places = [list(sizes).index(name) + 1 for names in after for name in names]
    together = [math.prod(sizes[name] for name in names) for names in after]
    return parts.permute(0, *places).reshape(len(x), *together)


def axes_of(side: str) -> list[list[str]]:
    """The names of each axis; every other piece between brackets is inside of them."""
    found: list[list[str]] = []
    for place, piece in enumerate(side.replace(")", "(").split("(")):
        names = piece.split()
        found += [names] if place % 2 else [[name] for name in names]
    return found


def roll(layer: Layer, x: Tensor) -> Tensor:
    dims, shifts = layer.settings["dims"], layer.settings["shifts"]
    shifts = (shifts,) * len(dims) if isinstance(shifts, int) else shifts
    least = layer.settings["longer_than"]
    least = (least,) * len(dims) if isinstance(least, int) else least
    for dim, shift, most in zip(dims, shifts, least, strict=True):
        size = x.size(dim)
        if size > most:
            places = torch.arange(size, device=x.device)
            x = x.index_select(dim, (places - shift) % size)
    return x
