"""A Spec to a Graph: names bound to values, fields read, every layer built, in order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from archcalc.diagnostics import Log
from archcalc.dims import UNKNOWN, Dim, Shape
from archcalc.expr import ExprError, names
from archcalc.fields import Size
from archcalc.keys import described
from archcalc.layers import KINDS, Layer
from archcalc.layers.base import defaults_of, fields_of
from archcalc.source import Node, Scalar
from archcalc.spec import LayerSpec, Spec
from archcalc.values import NOTHING, Unreadable, computed, exact, is_quoted_number, read_value


class Step(Struct, frozen=True):
    """A layer in its place. ``layer`` is ``None`` where the spec does not say enough to build it.

    ``doubtful`` says that it was built past a fault, which may have meant other sizes.
    """

    spec: LayerSpec
    layer: Layer | None
    doubtful: bool = False


class Graph(Struct, frozen=True):
    """An architecture ready to walk: the input's shape, and its layers in order."""

    input: Shape
    steps: tuple[Step, ...]


def bind(spec: Spec, settings: Mapping[str, Any], input_shape: Shape | None, log: Log) -> Graph:
    """The Graph of a spec, with ``settings`` in place of what ``let`` says; faults go to the log."""
    known = _let_values(spec, settings, log)
    shape = input_shape if input_shape is not None else _input_shape(spec, known, log)
    return Graph(shape, tuple(_build(layer, known, log) for layer in spec.every_layer()))


def _let_values(spec: Spec, settings: Mapping[str, Any], log: Log) -> dict[str, Any]:
    """Every name of ``let`` with its value, whatever the order they are written in."""
    values: dict[str, Any] = dict(settings)
    unknown = spec.let.keys() - settings.keys()
    waiting = {name: _uses(node) & unknown for name, node in spec.let.items() if name in unknown}
    users: dict[str, list[str]] = {}
    for name, uses in waiting.items():
        for used in uses:
            users.setdefault(used, []).append(name)
    ready = [name for name, uses in waiting.items() if not uses]
    while waiting:
        if not ready:
            ready = _circle(waiting)
            _report_circle(ready, spec, log)
            values |= dict.fromkeys(ready, UNKNOWN)
        name = ready.pop()
        if name not in values:
            values[name] = _let_value(name, spec.let, values, log)
        waiting.pop(name, None)
        for user in users.get(name, ()):
            if user in waiting:
                waiting[user].discard(name)
                if not waiting[user] and user not in ready:
                    ready.append(user)
    return {name: values[name] for name in (*settings, *spec.let)}


def _circle(waiting: Mapping[str, set[str]]) -> list[str]:
    """Names of which each uses the next, and the last the first."""
    name = next(iter(waiting))
    path: dict[str, int] = {}
    while name not in path:
        path[name] = len(path)
        name = min(waiting[name])
    return list(path)[path[name] :]


def _report_circle(circle: list[str], spec: Spec, log: Log) -> None:
    first = min(circle, key=lambda name: spec.let[name].span)
    names = ", ".join(f"`{name}`" for name in sorted(circle))
    how = "are defined by each other" if len(circle) > 1 else "is defined by itself"
    log.error(
        "A304", spec.let[first].span, f"{names} {how}", f"give {'one of them' if len(circle) > 1 else 'it'} a number"
    )


def _uses(node: Node) -> set[str]:
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        return set()
    try:
        return set(names(node.value))
    except ExprError:
        return set()


def _let_value(name: str, let: Mapping[str, Node], known: Mapping[str, Any], log: Log) -> Any:
    node = let[name]
    if isinstance(node, Scalar) and isinstance(node.value, str) and not is_quoted_number(node):
        try:
            return computed(node, known, log, names=(other for other in let if other != name))
        except Unreadable as fault:
            return UNKNOWN if fault.meant is NOTHING else fault.meant
    number = exact(node.text) if isinstance(node, Scalar) else None
    if number is not None and isinstance(node, Scalar) and not isinstance(node.value, str):
        return number
    help = "write `let: {classes: 1000}`"
    if isinstance(node, Scalar) and isinstance(node.value, str):
        help = f"remove the quotes: {node.value}"
    elif isinstance(node, Scalar) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
        help = "write a smaller number"
    what = "a number up to ±10**18, or an expression"
    log.error("A111", node.span, f"`{name}` takes {what}, not {described(node)}", help)
    return UNKNOWN if number is None else number


def _input_shape(spec: Spec, known: Mapping[str, Any], log: Log) -> Shape:
    shape: list[Dim] = []
    for node in spec.input:
        try:
            shape.append(read_value(Size(), node, "input", 1, known, log))
        except Unreadable as fault:
            shape.append(UNKNOWN if fault.meant is NOTHING else fault.meant)
    return tuple(shape)


def _build(spec: LayerSpec, known: Mapping[str, Any], log: Log) -> Step:
    if spec.kind is None:
        return Step(spec, None)
    kind = KINDS[spec.kind]
    fields, defaults = fields_of(kind), defaults_of(kind)
    values: dict[str, Any] = {name: fields[name].unreadable for name in spec.missing}
    doubtful = spec.doubtful
    for name, node in spec.values.items():
        try:
            values[name] = read_value(fields[name], node, name, kind.axes, known, log)
        except Unreadable as fault:
            if fault.meant is not NOTHING:
                values[name] = fault.meant
                continue
            if fields[name].unreadable is not None or name not in defaults:
                values[name] = fields[name].unreadable
            else:
                doubtful = True
    complete = all(values[name] is not None for name in fields if name not in defaults)
    return Step(spec, kind(**values) if complete else None, doubtful)
