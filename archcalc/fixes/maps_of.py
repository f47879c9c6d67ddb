"""Which maps a vector may have been meant as."""

from __future__ import annotations

from collections.abc import Iterator
from math import isqrt

from archcalc.layers.contract import Layer
from archcalc.layers.record import fields_of

FIRST_SIDES = (4, 7, 8)
"""The sides of the maps that generators begin with, their channels a power of 2."""

PICTURES = (1, 3)
"""The channels of pictures, grey and coloured."""


def maps_of(features: int, layer: Layer) -> Iterator[tuple[int, ...]]:
    """The maps that so many features are: a layer that makes maps larger is given a small one, as generators are."""
    if "output_padding" in fields_of(type(layer)):
        for channels, side in ((features // side**2, side) for side in FIRST_SIDES if features % side**2 == 0):
            if channels > 1 and channels & (channels - 1) == 0:
                yield (channels, side, side)
        yield from ((features, *[1] * axes) for axes in (1, 2, 3))
        return
    if getattr(layer, "in_channels", None) == features:
        yield from ((features, *[1] * axes) for axes in (1, 2, 3))
    yield (1, features)
    for channels in PICTURES:
        side = isqrt(features // channels)
        if channels * side * side == features:
            yield (channels, side, side)
