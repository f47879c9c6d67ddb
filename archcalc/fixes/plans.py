"""Edits that belong together, tried and written as one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import cast

from msgspec import Struct
from msgspec.structs import replace

from archcalc.fixes.candidate import Candidate, Sought, apart, changed
from archcalc.fixes.instead import Inserted, Instead
from archcalc.fixes.practice import Practice
from archcalc.language.nodes import ListNode, Node, ScalarNode
from archcalc.language.yaml_changes import Change, Edit, EditError, Plain, yaml_text
from archcalc.layers.contract import Layer
from archcalc.layers.record import fields_of
from archcalc.sizes.rules import Shape, is_known, known_sizes
from archcalc.spec.model import LayerSpec

NAMED = 8
"""How many layers are named that one edit is for."""


class Plan(Struct, frozen=True, kw_only=True):
    """What is tried as one edit, and what it is done for.

    ``fields`` are other values of the layers at places; ``kinds`` are other layers in their places, and ``inserted``
    layers above them: of those two, ``changes`` are what is written and ``edits`` say it. ``place`` is the layer that
    it is about. ``carries`` says whether stated sizes below may follow.
    """

    practice: Practice
    place: int | None = None
    fields: Mapping[int, Mapping[str, object]] = {}
    input: Shape | None = None
    kinds: Mapping[int, Layer] = {}
    inserted: Mapping[int, Inserted] = {}
    changes: tuple[Change, ...] = ()
    edits: tuple[str, ...] = ()
    lead: str = ""
    written: str = ""
    said: str = ""
    cost: float | None = None
    carries: bool = True


class Composer:
    """Plans to candidates: whether the network then has no other error, and what is written."""

    def __init__(self, sought: Sought) -> None:
        self.sought = sought
        self.steps = sought.network.graph.steps
        self.found = sought.network.facts.layers

    def made(self, plan: Plan) -> Candidate | None:
        """A plan with all that follows from it; ``None`` where it does not fix the error, or cannot be written."""
        effect, x = self.sought.effect, self.sought.network.graph.input
        layers: dict[int, Layer] = {}
        for place, values in plan.fields.items():
            for alike in effect.alike(place):
                layer = self.steps[alike].layer
                if layer is None:
                    return None
                layers[alike] = effect.another(layer, values)
        followers: dict[int, Layer] = {}
        reveals = effect.composed(
            plan.input or x, layers | dict(plan.kinds), plan.inserted, followers if plan.carries else None
        )
        if reveals is None:
            return None
        with suppress(EditError, KeyError):
            return self._written(plan, layers, followers, reveals)
        return None

    def _written(
        self, plan: Plan, layers: dict[int, Layer], followers: dict[int, Layer], reveals: frozenset[int]
    ) -> Candidate | None:
        values = {place: dict(given) for place, given in plan.fields.items()}
        for place, layer in followers.items():
            for alike in self.sought.effect.alike(place):
                if alike not in followers or self._differing(alike, followers[alike]) != self._differing(place, layer):
                    return None
            first = next((one for one in values if one in self.sought.effect.alike(place)), place)
            values[first] = self._differing(place, layer)
        layers = layers | followers
        edits, changes, cost = list(plan.edits), list(plan.changes), 0.0
        x, given = self.sought.network.graph.input, None
        if plan.input is not None:
            written = input_changes(self.sought, plan.input)
            if written is None:
                return None
            edits.insert(0, _input_text(self.sought, plan.input))
            changes[:0] = written
            given = plan.input if self.sought.given is not None else None
            cost += apart(x, plan.input)
        for place, fields in sorted(values.items()) if len(plan.fields) > 1 else values.items():
            if not self._may_be_written(place, fields, at_error=place == self.sought.located.at):
                return None
            edits.append(f"{self.steps[place].path} {stated(fields)}")
            changes += [field_change(self.sought, self.steps[place].spec, layers[place], name) for name in fields]
        layers = {**layers, **plan.kinds}
        cost += sum(self._cost(place, layer) for place, layer in layers.items())
        found = self._candidate(plan, values, edits, changes, reveals, given, cost)
        return None if found is None else replace(found, instead=Instead(plan.input or x, layers, plan.inserted))

    def _candidate(
        self,
        plan: Plan,
        values: dict[int, dict[str, object]],
        edits: list[str],
        changes: list[Change],
        reveals: frozenset[int],
        given: Shape | None,
        cost: float,
    ) -> Candidate | None:
        if len(changes) > 1 and given is not None:
            return None
        need, at = self.sought.located.need, self.sought.located.at
        at_error = need is not None and plan.input is None and values.get(at, {}).keys() == {need.field}
        own = len(plan.edits) or 1
        written, tail = plan.written or edits[0], ""
        said, follows = plan.said, edits[own:]
        if follows and not plan.edits and plan.input is None and _all_alike(values.values()):
            paths = [self.steps[place].path for place in sorted(values)]
            written, tail = stated(next(iter(values.values()))), f" in {_listed(paths)}"
        elif follows:
            tail = f", and with it {_listed(follows)}"
            said = said + tail if plan.edits else ""
        elif at_error:
            written = stated(values[at])
        return Candidate(
            edit="; ".join(edits),
            lead=plan.lead,
            written=written,
            tail=tail,
            said=said,
            changes=tuple(changes) if given is None else (),
            cost=cost if plan.cost is None else plan.cost,
            place=plan.place,
            at_error=at_error,
            input=given,
            reveals=reveals,
            practice=plan.practice,
        )

    def _differing(self, place: int, layer: Layer) -> dict[str, object]:
        old = self.steps[place].layer
        values = {name: getattr(layer, name) for name in fields_of(type(layer))}
        return {name: value for name, value in values.items() if getattr(old, name, None) != value}

    def _may_be_written(self, place: int, values: Mapping[str, object], *, at_error: bool) -> bool:
        step = self.steps[place]
        if step.doubtful or step.layer is None:
            return False
        return at_error or all(is_literal(step.spec.values.get(name), getattr(step.layer, name)) for name in values)

    def _cost(self, place: int, layer: Layer) -> float:
        old, xs = self.steps[place].layer, self.found[place].arriving
        if old is None or xs is None or not all(x and is_known(*x) for x in xs):
            return 0.0
        try:
            return changed(old, layer, xs)
        except (ValueError, ArithmeticError, IndexError):
            return 1.0  # Not what would arrive then: it says no more than that something changes.


def _all_alike(values: Iterable[Mapping[str, object]]) -> bool:
    first, *others = values
    return all(other == first for other in others)


def _listed(texts: list[str]) -> str:
    shown = [f"`{text}`" for text in texts[:NAMED]]
    rest = len(texts) - len(shown)
    if rest:
        return f"{', '.join(shown)} and {rest} more"
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))


def stated(values: Mapping[str, object]) -> str:
    """Fields as they are written. Raises EditError where one cannot be."""
    return ", ".join(f"{name}: {yaml_text(cast('Plain', value))}" for name, value in values.items())


def input_changes(sought: Sought, shape: Shape) -> tuple[Change, ...] | None:
    """What is written for another input: nothing where it was given from outside, ``None`` where it cannot be."""
    if sought.given is not None:
        return ()
    if sought.spec.axes:
        return _axes_changes(sought, shape)
    if sought.spec.inputs:
        return _named_changes(sought, shape)
    if sought.spec.input_span not in sought.routes:
        return None
    route, x, sizes = sought.routes[sought.spec.input_span], sought.network.graph.input, known_sizes(shape)
    differing = [axis for axis, pair in enumerate(zip(x, shape, strict=False)) if pair[0] != pair[1]]
    return (
        tuple(Edit((*route, axis), sizes[axis]) for axis in differing)
        if len(x) == len(shape)
        else (Edit(route, sizes),)
    )


def _named_changes(sought: Sought, shape: Shape) -> tuple[Change, ...] | None:
    """Each size where its own input states it."""
    pairs = enumerate(zip(sought.network.graph.input, known_sizes(shape), strict=True))
    routes = [(sought.routes.get(sought.spec.input[axis].span), size) for axis, (old, size) in pairs if old != size]
    found = [Edit(route, size) for route, size in routes if route is not None]
    return tuple(found) if len(found) == len(routes) else None


def _input_text(sought: Sought, shape: Shape) -> str:
    if sought.spec.axes and sought.given is None:
        return "let " + ", ".join(f"{name}: {size}" for name, size in axes_differing(sought, shape).items())
    before, now = known_sizes(sought.network.graph.input), known_sizes(shape)
    inputs = [one for one in sought.network.graph.inputs if one.of(before) != one.of(now)]
    if inputs:
        return ", ".join(f"input {one.name}: {yaml_text(one.of(now))}" for one in inputs)
    return f"input: {yaml_text(now)}"


def axes_differing(sought: Sought, shape: Shape) -> dict[str | None, int]:
    """Of a spec whose axes have names, the other sizes by the names of theirs."""
    graph = sought.network.graph
    pairs = zip(graph.axes, graph.input, known_sizes(shape), strict=False)
    return {name: size for name, before, size in pairs if size != before}


def _axes_changes(sought: Sought, shape: Shape) -> tuple[Change, ...] | None:
    """An axis keeps its name in `input`, and the name gets another size."""
    differing = axes_differing(sought, shape)
    if None in differing or len(shape) != len(sought.network.graph.input):
        return None
    routes = {name: sought.routes.get(sought.spec.let[name or ""].span) for name in differing}
    found = [Edit(route, differing[name]) for name, route in routes.items() if route is not None]
    return tuple(found) if len(found) == len(differing) else None


def field_change(sought: Sought, spec: LayerSpec, layer: Layer, name: str) -> Edit:
    """The edit of a field to what a layer has; where it is not stated, behind the field before it. Raises KeyError."""
    return field_edit(sought, spec, type(layer), name, getattr(layer, name))


def field_edit(sought: Sought, spec: LayerSpec, kind: type[Layer], name: str, value: Plain) -> Edit:
    """As ``field_change``, to whatever is to be written."""
    if name in spec.values:
        return Edit(sought.routes[spec.values[name].span], value)
    names = list(fields_of(kind))
    earlier = [spec.values[other] for other in names[: names.index(name)] if other in spec.values]
    after = earlier[-1].span if earlier else spec.kind_span
    return Edit((*sought.routes[spec.span], name), value, str(sought.routes[after][-1]))


def is_literal(node: Node | None, value: object) -> bool:
    """Whether a field says its value itself, and no expression, whose names would be lost by writing a number."""
    if isinstance(node, ListNode):
        return all(isinstance(item, ScalarNode) and not _has_names(item) for item in node.items)
    return not isinstance(node, ScalarNode) or not _has_names(node) or node.value == value


def _has_names(node: ScalarNode) -> bool:
    """Whether something has a name in an expression: ``1 * 3`` is a number, too."""
    return isinstance(node.value, str) and any(char.isalpha() or char == "_" for char in node.value)
