"""What another value of a named size, of ``let``, makes of a network: the layers that it changes, and the input."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from msgspec import Struct

from archcalc.language.nodes import Node, ScalarNode
from archcalc.layers.contract import Layer
from archcalc.network.graph import Graph
from archcalc.sizes.rules import Shape
from archcalc.spec.model import Spec

Rebind: TypeAlias = Callable[[str, int], Graph | None]
"""A name of ``let`` and another value of it to the network; ``None`` where it has one from outside, or none is made."""

MOST = 8
"""Of how many names other values are tried."""


class Other(Struct, frozen=True):
    """The same network with other layers in some places, and perhaps another input."""

    layers: dict[int, Layer]
    input: Shape


def numbers(spec: Spec) -> Iterator[tuple[str, int, Node]]:
    """The names of ``let`` that are whole numbers, and no expressions."""
    found = [
        (name, node) for name, node in spec.let.items() if isinstance(node, ScalarNode) and type(node.value) is int
    ]
    for name, node in found[:MOST]:
        assert isinstance(node, ScalarNode)
        assert type(node.value) is int
        yield name, node.value, node


def other(old: Graph, new: Graph | None) -> Other | None:
    """How one network differs from another; ``None`` where it has other layers, in another order, or is wrong."""
    if new is None or len(old.steps) != len(new.steps):
        return None
    layers: dict[int, Layer] = {}
    for place, (one, another) in enumerate(zip(old.steps, new.steps, strict=True)):
        if (one.path, one.sources) != (another.path, another.sources):
            return None
        if another.layer is None or another.doubtful:
            if another.layer != one.layer or another.doubtful != one.doubtful:
                return None
        elif one.layer is None or type(one.layer) is not type(another.layer):
            return None
        elif another.layer != one.layer:
            layers[place] = another.layer
    return Other(layers, new.input)
