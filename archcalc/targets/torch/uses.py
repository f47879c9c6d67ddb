"""A network as its code is written: where its blocks are used, and what their classes are called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

from msgspec import Struct

from archcalc.analysis.walk import Facts
from archcalc.diagnostics.model import Span
from archcalc.layers.call import Call
from archcalc.layers.contract import KINDS, Layer
from archcalc.network.graph import Graph, Part
from archcalc.sizes.rules import Shape
from archcalc.spec.model import BlockSpec, Spec
from archcalc.spec.rows import row_names
from archcalc.targets.python import source
from archcalc.targets.torch.class_count import ClassCount


class Parameter(Struct, frozen=True):
    """An argument of a block's class. ``default`` is its source; ``values`` what it is in each use, by identity."""

    name: str
    annotation: str
    default: str | None
    values: dict[int, object]
    positional: bool = False


class Network:
    """A network, whose class is called ``net``.

    ``uses`` are the parts that use each block, ``names`` what the blocks' classes are called, ``parameters`` the
    arguments of those that are written; blocks of one file are one. ``own_modules`` are the files whose classes go
    with it, ``counted`` what counts its classes.
    """

    def __init__(self, spec: Spec, graph: Graph, facts: Facts, net: str, counted: ClassCount | None = None) -> None:
        self.spec = spec
        self.graph = graph
        self.facts = facts
        self.net = net
        self.counted = counted
        assert graph.root is not None
        self.root = graph.root
        self._read: dict[Span, str] = {}
        self.uses: dict[str, list[Part]] = {}
        for part in every_part(graph.root):
            if part.block is not None:
                self.uses.setdefault(self.written_as(part.block), []).append(part)
        blocks = [spec.blocks[id] for id in self.uses]
        self.names = _class_names(net, blocks, row_names([spec.let, *(block.let for block in blocks)]))
        self.parameters: dict[str, list[Parameter]] = {}
        self.own_modules: dict[str, None] = {}

    def written_as(self, id: str) -> str:
        """The block whose class is a block's: the first that is read from the same place of a file."""
        layers = self.spec.blocks[id].layers
        if not layers:
            return id
        return self._read.setdefault(layers[0].span, id)

    def layer(self, part: Part) -> Layer | None:
        """The layer that a part is; ``None`` for a part that is none."""
        return None if part.step is None else self.graph.steps[part.step].layer

    def made(self, part: Part) -> tuple[Layer, Call]:
        """A layer, and how torch makes it."""
        layer = self.layer(part)
        assert layer is not None
        assert part.step is not None
        xs = self.facts.layers[part.step].arriving
        assert xs is not None
        return layer, layer.torch(*xs)

    def in_training(self, parts: Iterable[Part]) -> bool:
        """Whether these run in training only."""
        steps = [self.graph.steps[place] for part in parts for place in part.steps()]
        return bool(steps) and all(step.in_training for step in steps)

    def shape(self, value: int) -> Shape | None:
        """The shape of a value, by its number."""
        return self.facts.shape_of(value)


def every_part(part: Part) -> Iterator[Part]:
    """All modules in a part, at whatever depth; what is applied again is none."""
    for below in part.parts:
        if below.again is None:
            yield below
            yield from every_part(below)


def own_parts(use: Part) -> Iterator[Part]:
    """The parts of a block's own list and groups, its uses of other blocks, and what is applied again, not opened."""
    for part in use.parts:
        yield part
        if part.block is None and part.again is None:
            yield from own_parts(part)


def _class_names(net: str, blocks: Iterable[BlockSpec], rows: Set[str]) -> dict[str, str]:
    """A name for the class of each block, unlike the network's, torch's, each other's, and those in rows."""
    blocks = list(blocks)
    taken = {net, *(kind.__name__ for kind in KINDS.every())}
    taken |= {name for block in blocks for name in (*block.args, *block.let)} | rows
    found = {}
    for block in blocks:
        base = source.class_name(block.name.replace("_", " "))
        names = (base, f"{base}Block", *(f"{base}{number}" for number in range(2, 10_000)))
        found[block.id] = next(name for name in names if name not in taken)
        taken.add(found[block.id])
    return found
