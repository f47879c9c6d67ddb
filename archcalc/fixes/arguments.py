"""Edits of what a use of a block gives its arguments: `inplanes: 128`, where the block says `in_channels: inplanes`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import TypeAlias

from msgspec.structs import replace

from archcalc.analysis.walk import infer
from archcalc.fixes.candidate import Candidate, Search, Sought
from archcalc.fixes.instead import Instead
from archcalc.fixes.let_sizes import other
from archcalc.fixes.practice import Practice
from archcalc.language.nodes import ScalarNode
from archcalc.language.yaml_changes import Edit
from archcalc.network.graph import Graph, Use
from archcalc.sizes.rules import is_known
from archcalc.spec.let import names_in
from archcalc.spec.model import LayerSpec, Spec

Argument: TypeAlias = tuple[Use, str, int]
"""A use of a block, an argument, and another value of it."""

Restate: TypeAlias = Callable[[Sequence[Argument]], Graph | None]
"""Other values of arguments to the network; ``None`` where none is made."""

ABOVE = 3
"""Of how many uses above the error other arguments are tried."""

MOST = 8
"""How many values are tried in all: each makes the network anew."""

CHANNELS = ("in_channels", "num_features", "num_channels")
"""The fields that say how many channels a layer takes."""

LARGE = 2_000
"""Of a network of more layers none is made anew."""


class Arguments(Search):
    """The search for one error."""

    def __init__(self, sought: Sought, restate: Restate) -> None:
        super().__init__(sought)
        self.restate = restate

    def found_by(self) -> Iterator[Candidate]:
        """Arguments that the field with the error is written with, then those of the uses above."""
        if len(self.steps) > LARGE:
            return
        for arguments, practice in islice(self._tried(), MOST):
            graph = self.restate(arguments)
            if not self._mends(graph):
                continue
            made = other(self.graph, graph)
            nodes = [use.spec.values[name] for use, name, _ in arguments]
            edits = [f"{use.path} {name}: {value}" for use, name, value in arguments]
            node, value = nodes[0], arguments[0][2]
            assert isinstance(node, ScalarNode)
            assert type(node.value) is int
            yield Candidate(
                edit="; ".join(edits),
                tail=f", and with it {' and '.join(f'`{edit}`' for edit in edits[1:])}" if edits[1:] else "",
                written=edits[0],
                changes=tuple(
                    Edit(self.sought.routes[node.span], one[2]) for node, one in zip(nodes, arguments, strict=True)
                ),
                cost=abs(math.log(value / node.value)) if practice is Practice.CHANNELS else 0.0,
                practice=practice,
                place=self.at,
                instead=None if made is None else Instead(made.input, made.layers),
            )

    def _tried(self) -> Iterator[tuple[list[Argument], Practice]]:
        step, need = self.steps[self.at], self.need
        layer, xs = step.layer, self.found[self.at].arriving
        if need is None or layer is None or not xs or not all(x and is_known(*x) for x in xs):
            return
        own = step.uses[-1:]
        each = [found for place in self.sought.effect.blamed for found in islice(self._of_field(place, need.field), 1)]
        if each:
            yield each, Practice.STATED
        if len(each) > 1:
            # What arrives at those below the first may come of it.
            yield each[:1], Practice.STATED
        if need.field is not None and need.code == "A203" and need.field not in CHANNELS:
            return  # Of a map that is flattened, or a row, nobody fits the channels to what is stated.
        above = {one.uses[-1].path: one.uses[-1] for one in reversed(self.steps[: self.at]) if one.uses}
        for use in (*own, *islice((one for one in above.values() if one not in own), ABOVE)):
            for name, value in self._numbers(use):
                for wanted in self.sought.wanted(value)[:2]:
                    yield [(use, name, wanted)], Practice.CHANNELS

    def _of_field(self, place: int, field: str | None) -> Iterator[Argument]:
        """An argument that a field is written with, by which it states what arrives."""
        step, xs = self.steps[place], self.found[place].arriving
        if step.layer is None or not xs or not all(x and is_known(*x) for x in xs):
            return
        node, stated = step.spec.values.get(field or ""), getattr(step.layer, field or "", None)
        arriving = step.layer.infers(*xs).get(field or "")
        for use in step.uses[-1:]:
            for name, value in self._numbers(use):
                asked = node is not None and name in names_in(node)
                if asked and type(stated) is int and type(arriving) is int and value * arriving % stated == 0:
                    yield use, name, value * arriving // stated

    def _numbers(self, use: Use) -> Iterator[tuple[str, int]]:
        """The arguments that a use gives a number, written so."""
        for name, node in use.spec.values.items():
            written = isinstance(node, ScalarNode) and node.span in self.sought.routes
            if written and isinstance(node, ScalarNode) and type(node.value) is int and node.value > 0:
                yield name, node.value

    def _mends(self, graph: Graph | None) -> bool:
        """Whether the error is gone and no other has come, as far as the needs of layers tell."""
        self.sought.trials.spend(len(self.steps))
        if graph is None or not graph.steps:
            return False
        before = {(one.step.spec.span, one.need.code, one.need.field) for one in self.sought.network.facts.failures}
        facts = infer(graph, self.sought.network.trusted)
        failing = {(one.step.spec.span, one.need.code, one.need.field) for one in facts.failures}
        return failing <= before - {(self.steps[self.at].spec.span, *self.key)}


def restated(spec: Spec, use: LayerSpec, name: str, value: int) -> Spec:
    """The spec with another value of an argument of a use of a block."""

    def walked(layers: Sequence[LayerSpec]) -> tuple[LayerSpec, ...]:
        found = []
        for one in layers:
            if one is use or one.span == use.span:
                node = one.values[name]
                one = replace(one, values=one.values | {name: ScalarNode(value, str(value), node.span)})
            elif one.children is not None:
                one = replace(one, children=walked(one.children))
            found.append(one)
        return tuple(found)

    blocks = {key: replace(block, layers=walked(block.layers)) for key, block in spec.blocks.items()}
    return replace(spec, layers=walked(spec.layers), blocks=blocks)
