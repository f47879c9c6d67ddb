"""A network with names of ``let`` left free: its graph on symbols, and under which relations it is one."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import sympy
from msgspec.structs import replace
from sympy.core.relational import Relational

from archcalc.analysis.law import BATCH, LawError, listed
from archcalc.analysis.report import Report
from archcalc.diagnostics.log import Log
from archcalc.diagnostics.spelling import did_you_mean
from archcalc.language.nodes import ScalarNode
from archcalc.layers.contract import Layer
from archcalc.layers.record import fields_of
from archcalc.network.elaborate import elaborate
from archcalc.network.graph import Graph
from archcalc.sizes import symbolic
from archcalc.sizes.rules import Dim, divides, floor_div, is_symbolic
from archcalc.spec.field_values import exact
from archcalc.spec.model import Spec


def freed(report: Report, free: tuple[str, ...]) -> tuple[Graph, list[tuple[str, Relational]]]:
    """The graph with names left free, and what makes its fields whole and large enough."""
    assert report.spec is not None
    for name in free:
        _may_be_free(name, report.spec, report)
    found = _elaborated(report, free)
    if isinstance(found, Graph):
        return _whole(found)
    # Where some of them cannot be free, whichever others are, these are named.
    alone = {name: _elaborated(report, (name,)) for name in free} if len(free) > 1 else {}
    reasons: dict[str, list[str]] = {}
    for name, why in alone.items():
        if isinstance(why, str):
            reasons.setdefault(why, []).append(name)
    told = reasons or {found: [*free]}
    raise LawError("; ".join(f"{listed(names)} cannot be free: {why}" for why, names in told.items()))


def _elaborated(report: Report, free: Sequence[str]) -> Graph | str:
    """The graph with names left free, or why there is none."""
    assert report.spec is not None
    log = Log(report.file)
    settings = {**report.settings, **{name: symbolic.size(name) for name in free}}
    try:
        graph = elaborate(report.spec, settings, report.input, log)
    except TypeError:
        return f"the spec computes with {'it' if len(free) == 1 else 'them'} what a law cannot say"
    error = next((error for error in log.found if error.severity == "error"), None)
    return graph if error is None else f"{error.message}; `archcalc sweep` varies such a name"


def _may_be_free(name: str, spec: Spec, report: Report) -> None:
    let = spec.let
    if name not in let:
        known = f"it names {', '.join(let) or 'nothing'}"
        raise LawError(f"`let` does not name `{name}`; {did_you_mean(name, let) or known}")
    if name in (BATCH, *(report.graph.letters if report.graph is not None else ())):
        raise LawError(f"`{name}` is a size of the input in laws; give the name of `let` another")
    node = let[name]
    value = report.settings.get(name, exact(node.text) if isinstance(node, ScalarNode) else None)
    if isinstance(value, Fraction) and value.denominator != 1:
        raise LawError(f"`{name}` is {float(value):g}, and a free name stands for whole numbers from 1 up")


def _whole(graph: Graph) -> tuple[Graph, list[tuple[str, Relational]]]:
    """The graph with its fields as whole numbers, and the relations under which that changes nothing."""
    relations: list[tuple[str, Relational]] = []
    steps = []
    for step in graph.steps:
        layer = None if step.layer is None else _whole_layer(step.layer, step.path, relations)
        steps.append(replace(step, layer=layer))
    return replace(graph, steps=tuple(steps)), relations


def _whole_layer(layer: Layer, path: str, relations: list[tuple[str, Relational]]) -> Layer:
    changed: dict[str, object] = {}
    for name, field in fields_of(type(layer)).items():
        value = getattr(layer, name)
        entries = value if isinstance(value, tuple) else (value,)
        if is_symbolic(*entries):
            least = getattr(field, "at_least", 1)
            whole = tuple(_whole_size(entry, least, path, relations) for entry in entries)
            changed[name] = whole if isinstance(value, tuple) else whole[0]
    return replace(layer, **changed) if changed else layer


def _whole_size(value: Dim, least: int, layer: str, relations: list[tuple[str, Relational]]) -> Dim:
    if not is_symbolic(value):
        return value
    above, below = sympy.expand(value).as_numer_denom()
    if below != 1:
        relations.append((layer, divides(below, above)))
        value = floor_div(above, below)
    relations.append((layer, sympy.Ge(value, least, evaluate=False)))
    return value
