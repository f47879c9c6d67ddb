"""What a network is with an edit: another input, other layers, and layers put in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from msgspec import Struct

from archcalc.layers.contract import Layer
from archcalc.sizes.rules import Shape

T = TypeVar("T")


class Inserted(Struct, frozen=True):
    """Layers between a step and its source ``index``; the first joins the values ``others`` to that, or takes these in
    its place.
    """

    layers: tuple[Layer, ...]
    index: int = 0
    others: tuple[int, ...] = ()
    replaces: bool = False

    def taken(self, own: T, others: Iterable[T]) -> tuple[T, ...]:
        """What the first of the layers takes, or the step where there are none, in place of its source."""
        return tuple(others) if self.replaces else (own, *others)


NOTHING: Mapping[int, Inserted] = {}


class Instead(Struct, frozen=True):
    """Another input of a network, other layers in the places of some of its own, and layers put above some."""

    input: Shape
    layers: Mapping[int, Layer]
    inserted: Mapping[int, Inserted] = NOTHING
