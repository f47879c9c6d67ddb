"""Inputs that have names: as a spec states them, and the axes of the sample that they make together.

A sample is all that the network takes at once. Its axes are those of its inputs, one after the other; what `axes` names
is one axis, however many inputs have it.
"""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.language.nodes import Node
from archcalc.spec.model import InputSpec
from archcalc.spec.stated_axes import stands
from archcalc.spec.stated_input import StatedInput


def sample(stated: StatedInput, axes: Sequence[str]) -> tuple[tuple[Node, ...], tuple[InputSpec, ...]]:
    """The sizes of a sample, and which of its axes each input has that has a name."""
    sizes: list[Node] = []
    shared: dict[str, int] = {}
    inputs = []
    for one in stated.named:
        places = []
        for size in one.sizes:
            name = stands(size)
            place = shared.get(name or "", len(sizes))
            if place == len(sizes):
                sizes.append(size)
            if name in axes:
                shared[name or ""] = place
            places.append(place)
        assert one.name_span is not None
        inputs.append(InputSpec(one.name, one.name_span, tuple(places), one.below))
    return tuple(sizes) if stated.named else stated.sizes, tuple(inputs)
