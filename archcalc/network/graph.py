"""A network ready to walk: its layers in order, each with its sources, and the modules they are in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from msgspec import Struct

from archcalc.diagnostics.model import Label
from archcalc.layers.contract import Layer
from archcalc.sizes.rules import Shape
from archcalc.spec.model import Claim, LayerSpec

Place: TypeAlias = tuple[int, ...]
"""Where something stands in a list: the position of its entry, the number of its copy, and how many copies there are.

What is in a group without a name stands in the list that the group is in: these three of the group come before its own.
Copies that have one name for all of them are a list, of one entry.
"""

INPUT = 0
"""The number of the value that is the network's input. Value k, from 1 on, is what the k-th step gives."""


class Step(Struct, frozen=True):
    """A layer in its place. ``layer`` is ``None`` where the spec does not say enough to build it.

    ``spec`` is the entry with the path that the layer has here. ``sources`` are the numbers of the
    values it takes. ``doubtful`` says that it was built past a fault, which may have meant other sizes.
    ``uses`` are the entries through which it came to be here, the outermost first: uses of blocks. ``lost`` says
    that of what it takes nothing is known, because of a fault in its ``from``.
    """

    spec: LayerSpec
    layer: Layer | None
    doubtful: bool = False
    sources: tuple[int, ...] = (INPUT,)
    uses: tuple[LayerSpec, ...] = ()
    lost: bool = False


class Part(Struct, frozen=True):
    """A module of the network: a layer, a group, the use of a block, or the network itself (``spec`` is ``None``).

    ``spec`` is the entry as written. ``sources`` and ``output`` are the numbers of values. ``bindings`` are the
    names that the entry's own expressions see, ``inner_bindings`` those that the entries in a block see, its arguments
    among them. ``step`` is the place of a layer. ``copies`` says that its parts are the copies of a repeat.
    ``place`` is where it stands in its list; ``absent`` is where the entries of its own list, and their copies, stand
    that are not there. With the places of its parts these are all of them.
    """

    path: str
    spec: LayerSpec | None
    sources: tuple[int, ...]
    output: int
    bindings: dict[str, Any]
    parts: tuple[Part, ...] = ()
    step: int | None = None
    block: str | None = None
    inner_bindings: dict[str, Any] = {}
    copies: bool = False
    place: Place = ()
    absent: tuple[Place, ...] = ()

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition(".")[2]

    def steps(self) -> Iterator[int]:
        """The places of the layers in it, in order."""
        if self.step is not None:
            yield self.step
        for part in self.parts:
            yield from part.steps()


class Graph(Struct, frozen=True):
    """An architecture ready to walk: the input's shape, its layers in order, the numbers of its outputs.

    ``root`` is the tree of its modules; ``claims`` are what the source says of its parts. Either may be left
    out where only the walk matters.
    """

    input: Shape
    steps: tuple[Step, ...]
    outputs: tuple[int, ...]
    root: Part | None = None
    claims: tuple[tuple[Claim, Part], ...] = ()


def chain(input: Shape, steps: Sequence[Step]) -> Graph:
    """The graph of layers of which each takes what the one before it gives."""
    linked = tuple(Step(step.spec, step.layer, step.doubtful, (place,), step.uses) for place, step in enumerate(steps))
    return Graph(input, linked, (len(linked),))


def flow(graph: Graph, x: Shape) -> Iterator[tuple[Step, tuple[Shape, ...]]]:
    """Each step with the shapes that arrive at it, from an input of shape ``x``; every layer must be built."""
    values = [x]
    for step in graph.steps:
        xs = tuple([values[source] for source in step.sources])
        yield step, xs
        assert step.layer is not None
        values.append(step.layer.out(*xs))


def users(graph: Graph) -> list[list[int]]:
    """For each value, the places of the steps that take it."""
    found: list[list[int]] = [[] for _ in range(len(graph.steps) + 1)]
    for place, step in enumerate(graph.steps):
        for source in step.sources:
            found[source].append(place)
    return found


MOST_USES = 4
"""How many uses of blocks in blocks a fault names."""


def feeding(steps: Sequence[Step], value: int) -> set[int]:
    """The places of the layers that a value comes from, at whatever distance; of a layer's output it is one itself."""
    found: set[int] = set()
    waiting = [value]
    while waiting:
        place = waiting.pop() - 1
        if place >= 0 and place not in found:
            found.add(place)
            waiting += steps[place].sources
    return found


def use_labels(uses: Sequence[LayerSpec]) -> list[Label]:
    """Where the blocks that something is in are used, and as what: the outermost, and those nearest to it."""
    shown = uses if len(uses) <= MOST_USES else (uses[0], *uses[1 - MOST_USES :])
    return [Label(use.where(None), f"used here as `{use.path}`") for use in shown]
