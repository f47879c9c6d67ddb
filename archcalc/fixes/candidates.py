"""The edits that may mend a fault: what they change, how much, and whether they do.

Tried are the sizes of the input; the named sizes; each field of the layer at fault and of every layer above it, with
values from the field's own vocabulary, nearest first; and what is often forgotten: a flatten, the
batch that is no part of a spec, channels written last.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from archcalc.fixes.effect import CLAIM, Budget, Exhausted, Key, Mending, Problem
from archcalc.fixes.input_sizes import Sizes
from archcalc.fixes.let_sizes import Rebind, numbers, other
from archcalc.language.nodes import ListNode, Node, ScalarNode
from archcalc.language.yaml_edits import Change, Edit, EditError, NewLayer, Removal, Route, yaml_text
from archcalc.layers.contract import KINDS, Layer, Need, fields_of
from archcalc.sizes.periodic import NotPeriodic
from archcalc.sizes.rules import Shape, is_known, prod
from archcalc.spec.model import LayerSpec, Spec

NEAR = 16
"""How far from what a field says a value is looked for where another edit mends the fault already."""

FAR = 64
"""How far from what a field says a value is looked for at all."""

TRIED_SIZES = 256
"""How far from the input's sizes others are tried, where they cannot be told from the layers."""


class Located(Struct, frozen=True):
    """A fault of the layer at place ``at``: a need that fails, or, without one, the claim of its shape."""

    at: int
    key: Key
    need: Need | None


class Candidate(Struct, frozen=True, kw_only=True):
    """An edit that mends a fault, as ``Mending`` sees it.

    ``place`` is the layer edited, ``None`` for the input and for a size of ``let``, which is then ``named``.
    ``edit`` is what is written, ``conv1 padding: 2``; ``text`` how a way out says it. ``at_fault`` says
    that it is the very field that the fault points at.
    """

    text: str
    edit: str
    changes: tuple[Change, ...]
    cost: float
    place: int | None
    named: str | None = None
    at_fault: bool = False
    input: Shape | None = None
    reveals: frozenset[int] = frozenset()


class Candidates:
    """The search for one fault."""

    def __init__(
        self,
        spec: Spec,
        problem: Problem,
        located: Located,
        given: Shape | None,
        routes: Mapping[object, Route],
        budget: Budget,
        rebind: Rebind,
    ) -> None:
        self.spec = spec
        self.problem = problem
        self.located = located
        self.given = given
        self.routes = routes
        self.budget = budget
        self.rebind = rebind
        self.steps = problem.graph.steps
        self.mending = Mending(problem, located.at, located.key, budget)
        self.found: list[Candidate] = []

    def ordered(self) -> list[Candidate]:
        """What mends the fault, those that change least first; what reveals others only where nothing else does."""
        with suppress(Exhausted):
            self.found += self._forgotten()
            if not any(not one.reveals for one in self.found):
                for search in (self._resized, self._named, self._fields, self._tried_sizes):
                    self.found += search()
        enough = [one for one in self.found if not one.reveals] or self.found
        distance = {place: self.located.at - place for place in range(len(self.steps))}
        # An entry of a block makes several layers, and one edit changes them all.
        distinct: dict[object, Candidate] = {}
        for one in enough:
            distinct.setdefault(one.changes or one.edit, one)
        return sorted(distinct.values(), key=lambda one: (round(one.cost, 6), distance.get(one.place or 0, 0)))

    # The input

    def _resized(self) -> Iterator[Candidate]:
        x = self.problem.graph.input
        if not x or not is_known(*x):
            return
        with suppress(NotPeriodic):
            for fitting in Sizes(self.problem).nearest():
                yield from self._input(fitting.shape, fitting.text if fitting.axes else None)
        for wanted in self._wanted(x[0]):
            if len(x) > 1:
                yield from self._input((wanted, *x[1:]))

    def _tried_sizes(self) -> Iterator[Candidate]:
        """Sizes of the input one by one: where the layers cannot tell, as when there is another fault."""
        x = self.problem.graph.input
        if not x or not is_known(*x) or any(one.place is None and one.named is None for one in self.found):
            return
        places = range(1, len(x)) or range(1)
        groups: list[tuple[int, ...]] = [(axis,) for axis in places]
        groups += [tuple(places)] if len(places) > 1 and len(set(x[1:])) == 1 else []
        for distance in range(1, TRIED_SIZES):
            for axes in groups:
                for step in (-distance, distance):
                    shape = tuple(size + step if axis in axes else size for axis, size in enumerate(x))
                    found = list(self._input(shape)) if min(shape) >= 1 else []
                    if found:
                        yield from found
                        return

    def _input(self, shape: Shape, text: str | None = None, cost: float | None = None) -> Iterator[Candidate]:
        """The input with another shape, if that mends the fault."""
        x = self.problem.graph.input
        reveals = self.mending.arriving(0, shape) if shape != x else None
        if reveals is None:
            return
        edit = f"input: {yaml_text(shape)}"
        text = text or f"write `{edit}`"
        cost = _apart(x, shape) if cost is None else cost
        if self.given is not None:
            yield Candidate(text=text, edit=edit, changes=(), cost=cost, place=None, input=shape, reveals=reveals)
        elif self.spec.input_span in self.routes:
            route = self.routes[self.spec.input_span]
            changed = [axis for axis, pair in enumerate(zip(x, shape, strict=False)) if pair[0] != pair[1]]
            edits = tuple(Edit((*route, axis), shape[axis]) for axis in changed)
            changes = edits if len(x) == len(shape) else (Edit(route, shape),)
            yield Candidate(text=text, edit=edit, changes=changes, cost=cost, place=None, reveals=reveals)

    # What is often forgotten

    def _forgotten(self) -> Iterator[Candidate]:
        x, at = self.problem.graph.input, self.located.at
        if is_known(*x) and len(x) > 1:
            yield from self._input(x[1:], f"leave out the batch: `input: {list(x[1:])}`", 0.0)
        if is_known(*x) and len(x) == 3 and x[2] <= 4 < x[0]:
            turned = (x[2], x[0], x[1])
            yield from self._input(turned, f"write the channels first: `input: {list(turned)}`", 0.0)
        if self.located.key[0] in ("A202", "A203"):
            yield from self._flattened(at)
        if self.located.key[0] == "A202" and self.steps[at].sources == (at,) and at > 0:
            reveals = self.mending.without(at - 1)
            above, name = self.steps[at - 1].spec, self.steps[at - 1].path
            route = self.routes.get(above.span)
            if reveals is not None and route is not None:
                text, edit = (
                    f"remove `{name}` above it (line {above.span.line})",
                    f"remove {name}",
                )
                yield Candidate(
                    text=text, edit=edit, changes=(Removal(route),), cost=0.0, place=at - 1, reveals=reveals
                )

    def _flattened(self, at: int) -> Iterator[Candidate]:
        arriving = self.problem.facts.layers[at].input or ()
        route = self.routes.get(self.steps[at].spec.span)
        if not is_known(*arriving) or len(arriving) < 2 or route is None:
            return
        reveals = self.mending.arriving(self.steps[at].sources[0], KINDS["flatten"]().out(arriving))
        if reveals is not None:
            text, edit = "put `- {kind: flatten}` above it", f"{{kind: flatten}} above {self.steps[at].path}"
            new = NewLayer(route, "{kind: flatten}")
            yield Candidate(text=text, edit=edit, changes=(new,), cost=0.0, place=at, reveals=reveals)

    # The sizes of `let`

    def _named(self) -> Iterator[Candidate]:
        """Other values of the named sizes that reach the fault: those that it names, then the nearest."""
        enough = self.budget.left * 3 // 4
        for name, value, node in numbers(self.spec):
            if node.span not in self.routes or not self._reaches(name, value):
                continue
            near = (value + sign * distance for distance in range(1, NEAR + 1) for sign in (-1, 1))
            for new in dict.fromkeys([*self._wanted(value), *near]):
                found = self._renamed(name, new, self.routes[node.span]) if new >= 1 else None
                if found is not None:
                    yield found
                if self.budget.left < enough:
                    return
                if found is not None and not found.reveals:
                    break

    def _reaches(self, name: str, value: int) -> bool:
        """Whether a size says anything about the layer at fault or one above it."""
        made = other(self.problem.graph, self.rebind(name, value + 1))
        changed = made is not None and any(place <= self.located.at for place in made.layers)
        return changed or (made is not None and made.input != self.problem.graph.input)

    def _renamed(self, name: str, value: int, route: Route) -> Candidate | None:
        """A named size with another value, if that mends the fault."""
        self.budget.spend(len(self.steps) // 4)
        made = other(self.problem.graph, self.rebind(name, value))
        reveals = None if made is None else self.mending.together(made.layers, made.input)
        if made is None or reveals is None:
            return None
        cost = _apart(self.problem.graph.input, made.input)
        for place, layer in made.layers.items():
            old, xs = self.steps[place].layer, self.problem.facts.layers[place].arriving
            cost += _changed(old, layer, xs) if old is not None and xs is not None else 0.0
        edit = f"let {name}: {value}"
        change = Edit(route, value)
        return Candidate(
            text=f"write `{edit}`", edit=edit, changes=(change,), cost=cost, place=None, named=name, reveals=reveals
        )

    # The layers' fields

    def _fields(self) -> Iterator[Candidate]:
        done: set[tuple[int, str]] = set()
        shown: set[tuple[int, str]] = set()
        anything = any(not one.reveals for one in self.found)
        for place, values in self._proposed():
            for name, value in values.items():
                found = list(self._edited(place, {name: value}))
                done |= {(place, name)} if any(not one.reveals for one in found) else set()
                yield from found
        for distance in range(1, FAR + 1):
            enough = distance > NEAR and (anything or done)
            for place, name in self._at_fault() if enough else self._everywhere():
                if (place, name) not in done:
                    near = self._near(place, name, distance)
                    found = [one for value in near for one in self._edited(place, {name: value})]
                    enough_of_it = [one for one in found if not one.reveals]
                    done |= {(place, name)} if enough_of_it else set()
                    # Of those that show another fault, the nearest value says it all.
                    yield from enough_of_it[:2] or (found[:2] if (place, name) not in shown else [])
                    shown |= {(place, name)} if found else set()

    def _everywhere(self) -> Iterator[tuple[int, str]]:
        return ((place, name) for place in self._from_both_ends() for name in self._tunable(place))

    def _at_fault(self) -> Iterator[tuple[int, str]]:
        """The field that the fault points at."""
        at, need = self.located.at, self.located.need
        return ((at, name) for name in self._tunable(at) if need is not None and name == need.field)

    def _proposed(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Values that the fault itself names: what the layer's need asks for, and the sizes on either side of it."""
        at, need = self.located.at, self.located.need
        layer, xs = self.steps[at].layer, self.problem.facts.layers[at].arriving
        if layer is not None and xs is not None and need is not None:
            if need.mend:
                yield at, need.mend
            arriving = layer.infers(*xs) if all(is_known(*x) for x in xs) else {}
            yield at, {name: size for name, size in arriving.items() if name == need.field}
        for place in self._from_both_ends():
            for name in self._tunable(place):
                upstream = self.steps[place].layer
                value = getattr(upstream, name)
                if type(value) is int and place < at:
                    for wanted in self._wanted(value):
                        yield place, {name: wanted}

    def _wanted(self, size: int) -> list[int]:
        """What a size above could have been for the fault not to be: what is stated, or in proportion to it."""
        at, need = self.located.at, self.located.need
        found = self.problem.facts.layers[at]
        layer, xs = self.steps[at].layer, found.arriving
        pairs: list[tuple[Any, Any]] = []
        if need is not None and layer is not None and xs is not None and all(is_known(*x) for x in xs):
            pairs = [(getattr(layer, name), size) for name, size in layer.infers(*xs).items() if name == need.field]
            # Of a join each input could have as many channels as another.
            pairs += [(y[0], x[0]) for x in xs for y in xs if x and y and x[0] != y[0]] if len(xs) > 1 else []
        elif self.located.key == CLAIM and found.output is not None:
            pairs = list(zip(self.problem.claimed[found.name], found.output, strict=False))
        wanted = []
        for stated, arriving in pairs:
            if type(stated) is int and type(arriving) is int and arriving > 0:
                wanted += [stated] + [size * stated // arriving] * (size * stated % arriving == 0)
        return [value for value in dict.fromkeys(wanted) if value != size]

    def _from_both_ends(self) -> Iterator[int]:
        """The places from the fault up, and from the input down, in turn."""
        low, high = 0, self.located.at
        while low <= high:
            yield high
            if low < high:
                yield low
            low, high = low + 1, high - 1

    def _tunable(self, place: int) -> list[str]:
        """The fields of a layer that have a value, and whose change can be written."""
        step, xs = self.steps[place], self.problem.facts.layers[place].arriving
        if step.layer is None or step.doubtful or xs is None:
            return []
        inferred = step.layer.infers(*xs)
        values = {name: getattr(step.layer, name) for name in fields_of(type(step.layer))}
        values = {name: value for name, value in values.items() if value is not None or name not in inferred}
        if place == self.located.at:
            return list(values)
        return [name for name, value in values.items() if _is_literal(step.spec.values.get(name), value)]

    def _near(self, place: int, name: str, distance: int) -> list[Any]:
        layer = self.steps[place].layer
        assert layer is not None
        return fields_of(type(layer))[name].nearby(getattr(layer, name), layer.axes, distance)

    def _edited(self, place: int, values: dict[str, Any]) -> Iterator[Candidate]:
        """A layer with other values in its fields, if that mends the fault."""
        step = self.steps[place]
        xs = self.problem.facts.layers[place].arriving
        if step.layer is None or xs is None:
            return
        layer = replace(step.layer, **values)
        reveals = self.mending.layer(place, layer)
        if reveals is None:
            return
        with suppress(EditError, KeyError):
            stated = ", ".join(f"{name}: {yaml_text(value)}" for name, value in values.items())
            # The field that the fault points at needs no other name.
            need = self.located.need if place == self.located.at else None
            edit = f"{step.path} {stated}"
            at_fault = need is not None and need.field in values
            text = f"write `{stated if at_fault else edit}`"
            changes = tuple(self._change(step.spec, layer, name) for name in values)
            cost = _changed(step.layer, layer, xs) + 1e-5 * any(name not in step.spec.values for name in values)
            yield Candidate(
                text=text, edit=edit, changes=changes, cost=cost, place=place, at_fault=at_fault, reveals=reveals
            )

    def _change(self, spec: LayerSpec, layer: Layer, name: str) -> Edit:
        """The edit of a field; where it is not stated, behind the field that goes before it."""
        value = getattr(layer, name)
        if name in spec.values:
            return Edit(self.routes[spec.values[name].span], value)
        names = list(fields_of(type(layer)))
        earlier = [spec.values[other] for other in names[: names.index(name)] if other in spec.values]
        after = earlier[-1].span if earlier else spec.kind_span
        return Edit((*self.routes[spec.span], name), value, str(self.routes[after][-1]))


def _is_literal(node: Node | None, value: Any) -> bool:
    """Whether a field says its value itself, and no expression, whose names would be lost by writing a number."""
    if isinstance(node, ListNode):
        return all(isinstance(item, ScalarNode) and not isinstance(item.value, str) for item in node.items)
    return not isinstance(node, ScalarNode) or not isinstance(node.value, str) or node.value == value


def _apart(a: Shape, b: Shape) -> float:
    """How far two shapes are from each other: the ratios of their sizes, as logarithms, added up."""
    if len(a) != len(b):
        return abs(len(a) - len(b)) + 0.0
    pairs = zip(a, b, strict=True)
    return sum(abs(math.log(max(n, 1) / max(m, 1))) for m, n in pairs if is_known(m, n))


def _changed(old: Layer, new: Layer, xs: tuple[Shape, ...]) -> float:
    """How much of a layer changes: the ratio of what it gives, and of what it weighs."""
    weights = [sum(prod(shape) for shape in layer.weights(*xs).values()) for layer in (old, new)]
    weight = abs(math.log(max(weights[1], 1) / max(weights[0], 1))) if is_known(*weights) else 0.0
    return _apart(old.out(*xs), new.out(*xs)) + weight
