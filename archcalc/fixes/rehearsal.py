"""Whether a network with an edit still is what its source claims of all of it, told without its text.

What is told here is told in a part of the time that a check of the text takes: nothing is printed for it, and an edit
that passes is still written and checked from the beginning.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property

from msgspec.structs import replace

from archcalc.analysis.claim_check import compare
from archcalc.analysis.cost import totals
from archcalc.analysis.walk import infer
from archcalc.diagnostics.model import Span
from archcalc.fixes.effect import Instead, WrongNetwork
from archcalc.layers.outcome import Memory, Outcome, infer_layer
from archcalc.network.graph import INPUT, Graph, Step, Value, value_of
from archcalc.spec.model import Spec


class Rehearsal:
    """The trials for one network. ``differing`` are the claims that are not met without an edit."""

    def __init__(self, spec: Spec, network: WrongNetwork, differing: Collection[Span], as_written: bool) -> None:
        self._spec = spec
        self._network = network
        self._differing = differing
        self._as_written = as_written
        self._memory: Memory[Outcome] = Memory(infer_layer)
        # A memory knows layers by their identity.
        self._kept: list[Instead] = []

    @cached_property
    def _counted(self) -> bool:
        """Whether anything is claimed that an edit could change: a count, of the network or of a part of it."""
        claims = [*self._spec.claims, *(claim for claim, _ in self._network.graph.claims)]
        return any(claim.what != "shape" and claim.because is None for claim in claims)

    def unmet(self, instead: Instead) -> bool:
        """Whether a count that was claimed is another one then."""
        if not self._as_written or not self._counted:
            return False
        self._kept.append(instead)
        graph = self._network.graph
        graph = _put_in(graph, instead) if instead.inserted else _exchanged(graph, instead)
        facts = infer(graph, self._network.claimed, memory=self._memory)
        found = compare(self._spec, graph, facts, totals(facts), True)
        return any(
            one.agrees is False and one.claim.because is None and one.claim.span not in self._differing
            for one in found
            if one.claim.what != "shape"
        )


def _exchanged(graph: Graph, instead: Instead) -> Graph:
    layers = instead.layers
    steps = [replace(step, layer=layers[place]) if place in layers else step for place, step in enumerate(graph.steps)]
    return replace(graph, input=instead.input, steps=tuple(steps))


def _put_in(graph: Graph, instead: Instead) -> Graph:
    """The graph with layers more, of whose parts nothing is said any more: they have other places."""
    steps: list[Step] = []
    numbers = {INPUT: INPUT}
    for place, step in enumerate(graph.steps):
        sources = [numbers[source] for source in step.sources]
        one = instead.inserted.get(place)
        if one is not None and not step.lost:
            taken = (sources[one.index], *(numbers[Value(value)] for value in one.others))
            for layer in one.layers:
                steps.append(Step(step.path, step.spec, layer, sources=taken))
                taken = (value_of(len(steps) - 1),)
            (sources[one.index],) = taken
        steps.append(replace(step, layer=instead.layers.get(place, step.layer), sources=tuple(sources)))
        numbers[value_of(place)] = value_of(len(steps) - 1)
    outputs = tuple([numbers[output] for output in graph.outputs])
    return replace(graph, input=instead.input, steps=tuple(steps), outputs=outputs, claims=())
