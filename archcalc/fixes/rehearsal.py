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
        graph, layers = self._network.graph, instead.layers
        steps = tuple(
            [replace(step, layer=layers[place]) if place in layers else step for place, step in enumerate(graph.steps)]
        )
        graph = replace(graph, input=instead.input, steps=steps)
        facts = infer(graph, self._network.claimed, memory=self._memory)
        found = compare(self._spec, graph, facts, totals(facts), True)
        return any(
            one.agrees is False and one.claim.because is None and one.claim.span not in self._differing
            for one in found
            if one.claim.what != "shape"
        )
