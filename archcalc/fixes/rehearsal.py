"""Whether a network with an edit still is what its source claims of all of it, told without its text.

What is told here is told in a part of the time that a check of the text takes: nothing is printed for it, and an edit
that passes is still written and checked from the beginning.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property

from msgspec.structs import replace

from archcalc.analysis.batch_limits import batch_limits, least_batch
from archcalc.analysis.channel_axis import seems_last
from archcalc.analysis.claim_check import Compared, compare
from archcalc.analysis.cost import totals
from archcalc.analysis.inplace import report_clashes
from archcalc.analysis.walk import Facts, LayerFacts, infer
from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Span
from archcalc.fixes.effect import CLAIM, Key, WrongNetwork
from archcalc.fixes.instead import Instead
from archcalc.language.printed_numbers import Printed
from archcalc.layers.contract import Layer
from archcalc.layers.outcome import Memory, Outcome, infer_layer
from archcalc.network.graph import INPUT, Graph, Step, Value, value_of
from archcalc.sizes.rules import Shape, is_known
from archcalc.spec.model import Spec


class Rehearsal:
    """The trials for one network. ``differing`` are the claims that are not met without an edit."""

    def __init__(self, spec: Spec, network: WrongNetwork, differing: Collection[Span], as_written: bool) -> None:
        self._spec = spec
        self._network = network
        self._differing = differing
        self._as_written = as_written
        # A memory knows layers by their identity.
        self._alive: dict[int, Layer] = {}
        self._told_last: Instead | None = None
        self._last: tuple[Facts, tuple[Compared, ...]]

    def outcome(self, layer: Layer, xs: tuple[Shape, ...]) -> Outcome:
        """What a layer makes of inputs of these shapes, remembered."""
        self._alive.setdefault(id(layer), layer)
        return self._memory.of(layer, xs)

    @cached_property
    def _memory(self) -> Memory[Outcome]:
        """What is known of the layers as they are; their needs of a batch are told beside it (``_takes_more``)."""
        memory: Memory[Outcome] = Memory(infer_layer)
        facts = self._network.facts
        wrong = {failure.place for failure in (*facts.failures, *facts.training_failures)}
        for place, (found, step) in enumerate(zip(facts.layers, self._network.graph.steps, strict=True)):
            xs = found.arriving
            if place not in wrong and xs is not None and step.layer is not None and is_known(*found.output or (None,)):
                sound = Outcome(found.output, found.params, found.macs, found.weights, found.buffers, (), ())
                memory.keep(step.layer, xs, sound)
        return memory

    @cached_property
    def _counted(self) -> bool:
        """Whether anything is claimed that an edit could change: a count, of the network or of a part of it."""
        claims = [*self._spec.claims, *(claim for claim, _ in self._network.graph.claims)]
        return any(claim.what != "shape" and claim.because is None for claim in claims)

    def unmet(self, instead: Instead) -> bool:
        """Whether a count that was claimed is another one then."""
        if not self._as_written or not self._counted:
            return False
        _, found = self._told(instead)
        return any(one.claim.what != "shape" and self._is_unmet(one) for one in found)

    def _is_unmet(self, one: Compared) -> bool:
        return one.agrees is False and one.claim.because is None and one.claim.span not in self._differing

    def fixes(self, instead: Instead, entry: Span, key: Key) -> bool:
        """Whether an error is gone then wherever an entry of the spec makes a layer, and sizes are known there."""
        facts, _ = self._told(instead)
        of_entry = [one for one in facts.layers if one.step.spec.span == entry]
        failing = {(one.step.spec.span, one.need.code, one.need.field) for one in facts.failures}
        known = all(one.output is not None and is_known(*one.output) for one in of_entry)
        claimed = self._network.claimed if key == CLAIM else {}
        met = all(one.output == claimed.get(one.step.path, one.output) for one in of_entry)
        return bool(of_entry) and known and met and (entry, *key) not in failing

    def miscounts(self, least: Shape, most: Shape | None) -> bool:
        """Whether at no input from one up to another, or without an end, the MACs are those claimed: they only grow."""
        if not self._as_written or not self._counted:
            return False
        return self._exceeds(least, True) or (most is not None and self._exceeds(most, False))

    def _exceeds(self, shape: Shape, above: bool) -> bool:
        """Whether MACs are more, or less, than claimed at another input."""
        _, found = self._told(Instead(shape, {}))
        return any(
            isinstance(one.claim.claimed, Printed)
            and isinstance(one.computed, int)
            and (one.computed > one.claim.claimed.value) is above
            for one in found
            if one.claim.what in ("macs", "flops") and self._is_unmet(one)
        )

    def is_sound(self, instead: Instead) -> bool:
        """Whether a check of the whole would find nothing then; false too where only that can tell."""
        graph = self._network.graph
        if instead.inserted or not self._as_written or self._asks_for_more:
            return False
        if any(type(graph.steps[place].layer) is not type(layer) for place, layer in instead.layers.items()):
            log = Log("")
            report_clashes(_exchanged(graph, instead), log)
            if log.found:
                return False
        facts, compared = self._told(instead)
        if facts.failures or facts.training_failures or self._takes_more(facts):
            return False
        if any(one.agrees is not (one.claim.because is None) for one in compared):
            return False
        return not any(
            map(self._is_doubtful, range(self._first(instead), len(facts.layers)), facts.layers[self._first(instead) :])
        )

    @cached_property
    def _asks_for_more(self) -> bool:
        """Whether the spec says anything that is compared with more than the sizes and counts of its layers."""
        spec, graph = self._spec, self._network.graph
        return bool(
            spec.budget
            or spec.unused
            or graph.below is not None
            or seems_last(graph.input)
            or any(_shares_weights(step) or (step.layer is not None and step.layer.routes) for step in graph.steps)
        )

    def _takes_more(self, facts: Facts) -> bool:
        """Whether training takes more samples at once than the recipe has."""
        training = self._spec.training
        if training is None:
            return False
        limits = (limit for found in (facts, self._network.facts) for limit in batch_limits(found))
        return training.batch_size < least_batch(limits, training=True)

    @cached_property
    def _last_asking(self) -> int:
        """The last place in a block: above it, another number of channels may make other layers of what names it."""
        asked = self._spec.asked.union(*(block.asked for block in self._spec.blocks.values()))
        if not any(name.endswith("_channels") for name in asked):
            return -1
        return max((place for place, step in enumerate(self._network.graph.steps) if step.uses), default=-1)

    def _is_doubtful(self, place: int, new: LayerFacts) -> bool:
        """Whether of a layer something may be said that was not said before: what is probably not meant, say."""
        old, layer, xs = self._network.facts.layers[place], new.step.layer, new.arriving
        if layer is old.step.layer and old.inputs == new.inputs:
            return False
        if layer is None or xs is None or not all(is_known(*x) for x in xs):
            return True
        if place <= self._last_asking and (old.output or (None,))[:1] != (new.output or ())[:1]:
            return True
        advice = (*layer.advice(*xs), *(layer.advice_on_maps(*xs) if len(xs) == 1 else ()))
        return any(need.holds is not True for need in advice)

    def _first(self, instead: Instead) -> int:
        """The place of the first layer of which anything may be another than it was."""
        network = self._network
        if instead.inserted or instead.input != network.graph.input or network.trusted != network.claimed:
            return 0
        failures = (*network.facts.failures, *network.facts.training_failures)
        return min((*instead.layers, *(failure.place for failure in failures)), default=0)

    def _told(self, instead: Instead) -> tuple[Facts, tuple[Compared, ...]]:
        """The walk with the edit, and the claims compared with it."""
        if self._told_last is not instead:
            self._told_last = instead
            self._alive |= {id(layer): layer for layer in instead.layers.values()}
            self._alive |= {id(layer): layer for one in instead.inserted.values() for layer in one.layers}
            graph = self._network.graph
            graph = _put_in(graph, instead) if instead.inserted else _exchanged(graph, instead)
            begun = self._network.facts.layers[: self._first(instead)]
            facts = infer(graph, self._network.claimed, memory=self._memory, begun=begun)
            self._last = facts, compare(self._spec, graph, facts, totals(facts), True)
        return self._last


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
            taken = one.taken(sources[one.index], [numbers[Value(value)] for value in one.others])
            for layer in one.layers:
                steps.append(Step(step.path, step.spec, layer, sources=taken))
                taken = (value_of(len(steps) - 1),)
            (sources[one.index],) = taken
        steps.append(replace(step, layer=instead.layers.get(place, step.layer), sources=tuple(sources)))
        numbers[value_of(place)] = value_of(len(steps) - 1)
    outputs = tuple([numbers[output] for output in graph.outputs])
    return replace(graph, input=instead.input, steps=tuple(steps), outputs=outputs, claims=())


def _shares_weights(step: Step) -> bool:
    """Whether its weights are another layer's, which a change of that one would change, too."""
    return step.tied is not None or step.again is not None
