"""Whether a change of a network fixes an error of it and brings no other, told from where the change is.

Only the layers that a change reaches are looked at. What is found of a layer and the sizes that arrive at
it is remembered, so that trying many changes of a deep network costs little more than one walk.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from archcalc.analysis.walk import Facts, LayerFacts, infer_step
from archcalc.diagnostics.model import Span
from archcalc.fixes.following import following
from archcalc.fixes.instead import NOTHING, Inserted
from archcalc.fixes.trials import Trials
from archcalc.layers.contract import Layer
from archcalc.layers.outcome import Outcome, infer_layer
from archcalc.layers.record import fields_of
from archcalc.network.flow import reached as reached_steps
from archcalc.network.flow import taken, users
from archcalc.network.graph import Graph, Step, value_of
from archcalc.sizes.rules import Shape, is_known

Find: TypeAlias = Callable[[Layer, tuple[Shape, ...]], Outcome]

Key: TypeAlias = tuple[str, str | None]
"""What is wrong at a layer: the code and the field of a need, or ``CLAIM``."""

CLAIM: Key = ("A401", None)

PAID = 16
"""How many layers that are passed by are counted at once: to count each would take as long as to pass it."""

NO_PLACES: frozenset[int] = frozenset()


class WrongNetwork(Struct, frozen=True):
    """A network with errors: its walk, the claims compared with it, and those of them that the walk trusted."""

    graph: Graph
    facts: Facts
    claimed: Mapping[str, Shape]
    trusted: Mapping[str, Shape]

    def wrong(self, found: LayerFacts, failed: tuple[Key, ...]) -> frozenset[Key]:
        """What is wrong at a layer, or legal and probably not meant."""
        if failed:
            return frozenset(failed)
        layer, xs, out = found.step.layer, found.arriving, found.output
        advised: set[Key] = set()
        if layer is not None and xs is not None and all(is_known(*x) for x in xs):
            advised = {(need.code, need.field) for need in layer.advice(*xs) if need.holds is False}
        claimed = self.claimed.get(found.name)
        differs = claimed is not None and out is not None and is_known(*out) and out != claimed
        return frozenset(advised | {CLAIM} if differs else advised)

    def passed(self, found: LayerFacts) -> Shape:
        """What a layer passes on to those that take it; nothing where that is not known."""
        return self.trusted.get(found.name, found.output) or ()


class Effect:
    """Which changes fix the error ``key`` of the layer at place ``at``. Raises Exhausted, as all that it is asked.

    ``find`` says what a layer makes of what arrives, and may remember it.
    """

    def __init__(self, network: WrongNetwork, at: int, key: Key, trials: Trials, find: Find = infer_layer) -> None:
        self.find = find
        self.network = network
        self.at = at
        self.key = key
        self.trials = trials
        self.steps = network.graph.steps
        trials.pass_by(len(self.steps) // 2)
        self.before = _before(network)
        self.values: list[Shape] = [network.facts.input, *map(network.passed, network.facts.layers)]
        self.users = users(network.graph.steps)
        # An entry of a block makes a layer in each of its uses.
        self._alike: dict[Span, list[int]] = {}
        for place, step in enumerate(self.steps):
            self._alike.setdefault(step.spec.span, []).append(place)
        # They are all of one error, which is said once: it is gone where it is at none of them.
        self.blamed = [place for place in self._alike[self.steps[at].spec.span] if key in self.before[place]] or [at]
        self._looked: dict[tuple[Layer | int, str | None, tuple[Shape, ...]], tuple[frozenset[Key], Shape]] = {}
        self._verdicts: dict[tuple[bool, int, tuple[Shape, ...]], frozenset[int] | None] = {}
        self._made: dict[tuple[object, ...], Layer] = {}
        self._own: set[int] = set()

    def with_alike(self, place: int, layer: Layer) -> dict[int, Layer]:
        """A layer with other fields, and those that the same entry makes, which have them then, too."""
        old, fields = self.steps[place].layer, fields_of(type(layer))
        changed = {name: getattr(layer, name) for name in fields if getattr(layer, name) != getattr(old, name, None)}
        alike = {other: self.steps[other].layer for other in self._alike[self.steps[place].spec.span]}
        self.trials.pass_by(len(alike))
        return {other: self.another(one, changed) for other, one in alike.items() if one is not None}

    def another(self, layer: Layer, values: Mapping[str, object]) -> Layer:
        """A layer of the network with other fields, the same one for the same layer."""
        key = (id(layer), *values.items())
        if key not in self._made:
            self._made[key] = replace(layer, **values)
            self._own.add(id(self._made[key]))
        return self._made[key]

    def together(self, layers: Mapping[int, Layer], x: Shape) -> frozenset[int] | None:
        """With other layers in the places of some, and another input: ``None`` where the error stays or another comes.

        Else the places of errors that it hid, and that show now: none, for an edit that is enough.
        """
        return self._tried({} if x == self.values[0] else {0: x}, layers)

    def composed(
        self,
        x: Shape,
        layers: Mapping[int, Layer],
        inserted: Mapping[int, Inserted],
        followers: dict[int, Layer] | None,
    ) -> frozenset[int] | None:
        """As ``together``, with layers put above the places of some.

        ``followers`` comes to hold the layers whose stated sizes follow what then arrives; ``None`` lets none follow.
        """
        return self._tried({} if x == self.values[0] else {0: x}, layers, inserted, followers)

    def alike(self, place: int) -> list[int]:
        """The places of the layers that the entry of one makes, in each use of its block."""
        return self._alike[self.steps[place].spec.span]

    def _tried(
        self,
        changed: dict[int, Shape],
        layers: Mapping[int, Layer],
        inserted: Mapping[int, Inserted] = NOTHING,
        followers: dict[int, Layer] | None = None,
    ) -> frozenset[int] | None:
        """The walk over the layers that a change reaches."""
        if any(self.steps[place].is_given for place in (*layers, *inserted)):
            return None
        last = max((*layers, *inserted), default=-1)
        passed: list[tuple[tuple[bool, int, tuple[Shape, ...]] | None, frozenset[int], int]] = []
        carries, seen = followers is not None, 0
        result: frozenset[int] | None = frozenset()
        left = set(self.blamed)
        first, final = self.blamed[0], self.blamed[-1]
        for place, step, xs, alone in reached_steps(self.steps, self.users, self.values, changed, {*layers, *inserted}):
            seen += 1
            if not seen % PAID:
                self.trials.pass_by(PAID)
            if place in inserted and not step.lost:
                arriving = self._through(inserted[place], xs, changed)
                if arriving is None:
                    return None
                xs = arriving
            if step.lost:
                xs = ((),) * len(xs)
            # What comes of a single layer that is reached depends on nothing before it.
            key, alone = (carries, place, xs), alone and place > last and not first < place <= final
            if alone and key in self._verdicts:
                result = self._verdicts[key]
                left = left if place > first else set()
                break
            left.discard(place)
            wrong, out = self._look(step, layers.get(place), xs)
            followed = 0 if followers is None else len(followers)
            if followers is not None and not self._allowed(place, wrong):
                wrong, out = self._following(place, layers.get(place), xs, followers) or (wrong, out)
            shown = NO_PLACES
            if not self._allowed(place, wrong):
                shown = frozenset([place])
                if not self._was_hidden(place) or (self.key in wrong and self._is_same_entry(place)):
                    result = None
            passed.append((key if alone else None, shown, followed))
            if result is None:
                break
            value = value_of(place)
            if out != self.values[value]:
                changed[value] = out
        self.trials.pass_by(seen % PAID)
        result = None if left else result
        for state, shown, followed in reversed(passed):
            result = None if result is None else result | shown
            # Of what layers follow from here on, a verdict alone would say nothing.
            if state is not None and (not left or state[1] <= first) and followed == len(followers or ()):
                self._verdicts[state] = result
        return result

    def _through(self, one: Inserted, xs: tuple[Shape, ...], changed: Mapping[int, Shape]) -> tuple[Shape, ...] | None:
        """What arrives at a step through a layer that is put above it; ``None`` where that refuses it."""
        taken = one.taken(xs[one.index], [changed.get(value, self.values[value]) for value in one.others])
        for layer in one.layers:
            if not all(x and is_known(*x) for x in taken) or not all(need.holds for need in layer.checks(*taken)):
                return None
            taken = (layer.out(*taken),)
        return (*xs[: one.index], *taken, *xs[one.index + 1 :])

    def _following(
        self, place: int, instead: Layer | None, xs: tuple[Shape, ...], followers: dict[int, Layer]
    ) -> tuple[frozenset[Key], Shape] | None:
        """As ``_look``, of the layer with its stated sizes as what arrives has them; ``None`` where it has none."""
        step = self.steps[place]
        layer = step.layer if instead is None else instead
        if layer is None or step.doubtful or not all(x and is_known(*x) for x in xs):
            return None
        # What was wrong before is not mended in passing: it is an error of its own.
        stated = {field for code, field in self.before[place] if code == "A203"}
        made = following(layer, taken(step, self.values), xs)
        if made is None or any(
            getattr(made, field or "", None) != getattr(layer, field or "", None) for field in stated
        ):
            return None
        wrong, out = self._look(step, made, xs)
        if not self._allowed(place, wrong):
            return None
        followers[place] = made
        return wrong, out

    def _allowed(self, place: int, wrong: frozenset[Key]) -> bool:
        if not wrong:
            return True
        old = self.before[place]
        return wrong <= (old - {self.key} if place in self.blamed else old)

    def _is_same_entry(self, place: int) -> bool:
        """Whether what is wrong at a layer would be the same error as the one that is sought for."""
        return self.steps[place].spec.span == self.steps[self.at].spec.span

    def _was_hidden(self, place: int) -> bool:
        step = self.steps[place]
        xs = taken(step, self.values)
        return place > self.at and (step.lost or any(not x or not is_known(*x) for x in xs))

    def _look(self, step: Step, instead: Layer | None, xs: tuple[Shape, ...]) -> tuple[frozenset[Key], Shape]:
        """What is wrong at a layer, or at another in its place, and what it passes on."""
        layer = step.layer if instead is None else instead
        # A layer is what it is wherever it stands, unless something is said of that place alone.
        where = step.path if layer is None or step.doubtful or step.path in self.network.claimed else None
        # The network's own are alike where they are the same, and are kept, as those made here; of others their fields.
        key = (id(layer) if instead is None or id(instead) in self._own else instead, where, xs)
        found = self._looked.get(key)
        if found is None:
            self.trials.spend()
            sound = None if where is not None or layer is None else self._sound(layer, xs)
            found = self._looked[key] = sound or self._inferred(replace(step, layer=layer), xs)
        return found

    def _sound(self, layer: Layer, xs: tuple[Shape, ...]) -> tuple[frozenset[Key], Shape] | None:
        """As ``_inferred``, in a fraction of its time, for a layer that nothing is wrong with; ``None`` for others."""
        if not all(x and is_known(*x) for x in xs):
            return None
        found = self.find(layer, xs)
        if found.failed or found.undecided or found.output is None or not is_known(*found.output):
            return None
        return (frozenset(), found.output) if all(need.holds is True for need in layer.advice(*xs)) else None

    def _inferred(self, step: Step, xs: tuple[Shape, ...]) -> tuple[frozenset[Key], Shape]:
        found, inferred, _ = infer_step(step, tuple([x or None for x in xs]), self.find)
        failed = tuple((need.code, need.field) for need in inferred.failed)
        return self.network.wrong(found, failed), self.network.passed(found)


def _before(network: WrongNetwork) -> list[frozenset[Key]]:
    failed: dict[int, list[Key]] = {}
    for failure in network.facts.failures:
        failed.setdefault(id(failure.step), []).append((failure.need.code, failure.need.field))
    # Of a layer that is sound, and of whose place nothing is claimed, the same is said wherever it stands.
    alike: dict[object, frozenset[Key]] = {}
    found = []
    for layer in network.facts.layers:
        own = id(layer.step) in failed or layer.name in network.claimed
        key = id(layer) if own else (id(layer.step.layer), layer.inputs)
        if key not in alike:
            alike[key] = network.wrong(layer, tuple(failed.get(id(layer.step), ())))
        found.append(alike[key])
    return found
