"""Whether a change of a network mends a fault of it and brings no other, told from where the change is.

The walk is taken up at the layer that changed and left where it meets the old one again. What is found
of a layer and the sizes that arrive at it is remembered, so that trying many changes of a deep network
costs little more than one walk.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from msgspec import Struct

from archcalc.dims import Shape, is_known
from archcalc.graph import Graph, Step
from archcalc.infer import Facts, LayerFacts, infer
from archcalc.layers import Layer

Key: TypeAlias = tuple[str, str | None]
"""What is wrong at a layer: the code and the field of a need, or ``CLAIM``."""

CLAIM: Key = ("A401", None)

MAX_TRIED = 60_000
"""How many times a layer is looked at in search of edits for one spec."""

TRIED_FOR_ONE = 20_000
"""How many times for one of its faults."""


class Exhausted(Exception):
    """Enough has been tried."""


class Budget:
    """How much more may be tried."""

    def __init__(self, left: int) -> None:
        self.left = left

    def spend(self) -> None:
        """Count one layer. Raises Exhausted when there is nothing left."""
        self.left -= 1
        if self.left < 0:
            raise Exhausted


class Problem(Struct, frozen=True):
    """A network at fault: its walk, the claims compared with it, and those of them that the walk trusted."""

    graph: Graph
    facts: Facts
    claimed: Mapping[str, Shape]
    trusted: Mapping[str, Shape]

    def wrong(self, found: LayerFacts, failed: tuple[Key, ...]) -> frozenset[Key]:
        """What is wrong at a layer, or legal and probably not meant."""
        if failed:
            return frozenset(failed)
        layer, x, out = found.step.layer, found.input, found.output
        advised: set[Key] = set()
        if layer is not None and x is not None and is_known(*x):
            advised = {(need.code, need.field) for need in layer.advice(x) if need.holds is False}
        claimed = self.claimed.get(found.name)
        differs = claimed is not None and out is not None and is_known(*out) and out != claimed
        return frozenset(advised | {CLAIM} if differs else advised)


class Mending:
    """Which changes mend the fault ``key`` of the layer at place ``at``."""

    def __init__(self, problem: Problem, at: int, key: Key, budget: Budget) -> None:
        self.problem = problem
        self.at = at
        self.key = key
        self.budget = budget
        self.steps = problem.graph.steps
        self.before = _before(problem)
        self.inputs: list[Shape] = [layer.input or () for layer in problem.facts.layers]
        self._looked: dict[tuple[Layer | None, str, Shape], tuple[frozenset[Key], Shape]] = {}
        self._verdicts: dict[tuple[int, Shape], frozenset[int] | None] = {}

    def layer(self, place: int, layer: Layer) -> frozenset[int] | None:
        """As ``sizes``, for another layer in the place of one."""
        step, x = self.steps[place], self.inputs[place]
        if place < self.at and not self.before[place] and is_known(*x) and layer.out(x) == self.inputs[place + 1]:
            self.budget.spend()
            return None
        wrong, out = self._look(Step(step.spec, layer, step.doubtful), x)
        return self.sizes(place + 1, out) if self._allowed(place, wrong) else None

    def without(self, place: int) -> frozenset[int] | None:
        """As ``sizes``, for a layer that is taken out."""
        return self.sizes(place + 1, self.inputs[place])

    def sizes(self, place: int, x: Shape) -> frozenset[int] | None:
        """With these sizes arriving at a place: ``None`` where the fault stays or another comes.

        Else the places of faults that it hid, and that show now: none, for an edit that is enough.
        """
        passed: list[tuple[tuple[int, Shape], frozenset[int]]] = []
        result: frozenset[int] | None = frozenset()
        while place < len(self.steps):
            if (place, x) in self._verdicts:
                result = self._verdicts[place, x]
                break
            if place > self.at and x == self.inputs[place]:
                break
            wrong, out = self._look(self.steps[place], x)
            allowed = self._allowed(place, wrong)
            shown = frozenset[int]()
            if not allowed and self._was_hidden(place):
                shown = frozenset([place])
            elif not allowed:
                passed.append(((place, x), shown))
                result = None
                break
            passed.append(((place, x), shown))
            place, x = place + 1, out
        for key, shown in reversed(passed):
            result = None if result is None else result | shown
            self._verdicts[key] = result
        return result

    def _allowed(self, place: int, wrong: frozenset[Key]) -> bool:
        old = self.before[place]
        return wrong <= (old - {self.key} if place == self.at else old)

    def _was_hidden(self, place: int) -> bool:
        x = self.inputs[place]
        return place > self.at and (not x or not is_known(*x))

    def _look(self, step: Step, x: Shape) -> tuple[frozenset[Key], Shape]:
        """What is wrong at a layer, and what it passes on."""
        key = (step.layer, step.spec.path, x)
        found = self._looked.get(key)
        if found is None:
            self.budget.spend()
            found = self._looked[key] = self._sound(step, x) or self._inferred(step, x)
        return found

    def _sound(self, step: Step, x: Shape) -> tuple[frozenset[Key], Shape] | None:
        """As ``_inferred``, in a fraction of its time, for a layer that nothing is wrong with; ``None`` for others."""
        layer = step.layer
        if layer is None or step.doubtful or not x or not is_known(*x) or step.spec.path in self.problem.claimed:
            return None
        if not all(need.holds is True for need in (*layer.checks(x), *layer.advice(x))):
            return None
        out = layer.out(x)
        return (frozenset(), out) if is_known(*out) and min(out) >= 1 else None

    def _inferred(self, step: Step, x: Shape) -> tuple[frozenset[Key], Shape]:
        facts = infer(Graph(x, (step,)))
        failed = tuple((failure.need.code, failure.need.field) for failure in facts.failures)
        layer = facts.layers[0]
        passed = self.problem.trusted.get(step.spec.path, layer.output) or ()
        return self.problem.wrong(layer, failed), passed


def _before(problem: Problem) -> list[frozenset[Key]]:
    failed: dict[int, list[Key]] = {}
    for failure in problem.facts.failures:
        failed.setdefault(id(failure.step), []).append((failure.need.code, failure.need.field))
    return [problem.wrong(layer, tuple(failed.get(id(layer.step), ()))) for layer in problem.facts.layers]
