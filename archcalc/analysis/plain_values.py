"""What was found of a layer, a claim, a diagnostic, as plain values: the parts of what ``to_dict`` gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from archcalc.analysis.batch_limits import BatchLimit
from archcalc.analysis.claim_check import Compared
from archcalc.analysis.cost import Totals
from archcalc.analysis.walk import Facts, LayerFacts
from archcalc.diagnostics.json_object import JsonObject
from archcalc.diagnostics.model import Diagnostic, Span, TextFix
from archcalc.language.printed_numbers import Printed
from archcalc.sizes.listed_sets import sizes_json
from archcalc.sizes.periodic import SizeSet
from archcalc.sizes.rules import Dim, Shape
from archcalc.spec.model import Limit

if TYPE_CHECKING:
    from archcalc.analysis.single_places import SinglePlace


def layer_dict(layer: LayerFacts) -> JsonObject:
    """A row of the table."""
    return {
        "name": layer.name,
        "kind": layer.step.spec.written_kind,
        "output": shape_list(layer.output),
        "params": known(layer.params),
        "macs": known(layer.macs),
        "only_in_training": layer.step.in_training,
        "line": layer.line,
    }


def limit_dict(one: BatchLimit) -> JsonObject:
    """What is asked of the number of samples, and by which layers."""
    return {
        "least": one.least,
        "only_in_training": one.only_in_training,
        "layers": list(one.layers),
        "why": one.why,
    }


def single_dict(one: SinglePlace) -> JsonObject:
    """At which sizes of an axis a layer finds a single place, and leaves it out."""
    return {"layer": one.layer, "axis": one.axis, "sizes": sizes_json(one.sizes)}


def claim_dict(one: Compared) -> JsonObject:
    """A claim of the source, with what was computed."""
    claim = one.claim
    return {
        "of": claim.of,
        "what": claim.what,
        "claimed": _claimed(claim.claimed),
        "computed": list(one.computed) if isinstance(one.computed, tuple) else one.computed,
        "agrees": one.agrees,
        "because": claim.because,
        "as": claim.counter,
        "with": list(claim.terms),
    }


def budget_dict(limit: Limit, totals: Totals | None) -> JsonObject:
    """What a network may have at most, with what it has."""
    count = None if totals is None else known(getattr(totals, limit.what))
    return {
        "what": limit.what,
        "most": _claimed(limit.most),
        "computed": count,
        "kept": None if count is None else count <= limit.most.value,
        "line": None if limit.span is None else limit.span.line,
    }


def _claimed(value: Printed | tuple[int, ...]) -> list[int] | int | float:
    if isinstance(value, tuple):
        return list(value)
    return int(value.value) if value.value.denominator == 1 else float(value.value)


def diagnostic_dict(error: Diagnostic) -> JsonObject:
    """A diagnostic with its place."""
    return {
        "code": error.code,
        "severity": error.severity,
        "message": error.message,
        "file": error.file,
        **_ends_dict(error.span),
        "help": list(error.help),
        "labels": [
            {"file": label.span.file or error.file, **_ends_dict(label.span), "text": label.text}
            for label in error.labels
        ],
        "fixes": [fix_dict(fix) for fix in error.fixes],
    }


def fix_dict(fix: TextFix) -> JsonObject:
    """An edit that fixes an error, as ranges of the spec's text."""
    return {
        "edit": fix.edit,
        "practice": fix.practice,
        "printed": fix.printed,
        "reveals": list(fix.reveals),
        "input": None if fix.input is None else list(fix.input),
        "edits": [{**_ends_dict(one.span), "text": one.text} for one in fix.edits],
    }


def _ends_dict(span: Span | None) -> JsonObject:
    """Where a stretch of a file begins and ends."""
    return {name: None if span is None else getattr(span, name) for name in _ENDS}


_ENDS = ("line", "column", "end_line", "end_column")


def axes_dict(axes: Mapping[str, SizeSet | None]) -> JsonObject:
    """The sizes of each axis; ``None`` where they are not known."""
    return {name: None if where is None else sizes_json(where) for name, where in axes.items()}


def inputs_dict(facts: Facts | None) -> JsonObject:
    """The shape of the input; of inputs that have names the shape of each, and below what its whole numbers are."""
    if facts is None or not facts.inputs:
        return {"input": shape_list(None if facts is None else facts.input)}
    inputs = {one.name: {"shape": shape_list(one.of(facts.input)), "below": known(one.below)} for one in facts.inputs}
    return {"input": None, "inputs": inputs}


def shape_list(shape: Shape | None) -> list[int | None] | None:
    """A shape; ``None`` stands for what an error hides."""
    return None if not shape else [known(size) for size in shape]


def known(size: Dim | None) -> int | None:
    """A size or a count; ``None`` where an error hides it."""
    return size if isinstance(size, int) else None
