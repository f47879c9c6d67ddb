"""Explanations for tools, an array of objects in ASCII. ``explained_schema.json`` beside this file is the contract."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from archcalc.analysis.explanation import Explained
from archcalc.analysis.receptive_field import Seen
from archcalc.diagnostics.pages import CodeExplained
from archcalc.layers.working import Line
from archcalc.sizes.rules import Dim, Shape


def render(several: Iterable[Explained]) -> str:
    """An object for each layer."""
    return json.dumps([document(one) for one in several], indent=2)


def render_codes(codes: Iterable[CodeExplained]) -> str:
    """An object for each diagnostic code."""
    return json.dumps([_code(code) for code in codes], indent=2)


def document(one: Explained) -> dict[str, Any]:
    """One layer as plain values."""
    layer = one.layer
    return {
        "name": layer.name,
        "kind": layer.step.spec.written_kind,
        "line": layer.line,
        "signature": one.signature,
        "formula": one.formula,
        "input": _shape(layer.input),
        "output": _shape(layer.output),
        "params": _known(layer.params),
        "macs": _known(layer.macs),
        "derivation": {
            "output": [_line(line) for line in one.sizes],
            "params": [_line(line) for line in one.params],
            "macs": [_line(line) for line in one.macs],
            "buffers": [_line(line) for line in one.buffers],
        },
        "needs": [
            {
                "code": need.code,
                "holds": need.holds,
                "text": need.text,
                "shown": [_line(line) for line in need.lines],
                "least_batch": need.least_batch,
            }
            for need in one.needs
        ],
        "receptive_fields": [_seen(seen) for seen in one.fields],
        "diagnostics": [
            {"code": fault.code, "severity": fault.severity, "message": fault.message, "help": list(fault.help)}
            for fault in one.faults
        ],
    }


def _line(line: Line) -> dict[str, Any]:
    return {"of": line.of, "text": line.text, "value": _known(line.value), "note": line.note}


def _seen(seen: Seen) -> dict[str, Any]:
    found: dict[str, Any] = {"layer": seen.layer.name, "size": None, "stride": None, "padding": None}
    found["output_axes"] = list(seen.at) if seen.fields else None
    found |= {"everything": seen.everything, "besides": None, "through": seen.through, "why": seen.why}
    if seen.besides:
        found["besides"] = [
            None if f is None else [_known(-f.padding), _known(f.size - f.padding - 1)] for f in seen.besides
        ]
    if seen.fields:
        found |= {name: [_known(getattr(f, name)) for f in seen.fields] for name in ("size", "stride", "padding")}
    return found


def _code(code: CodeExplained) -> dict[str, Any]:
    return {
        "code": code.code,
        "title": code.title,
        "why": code.why,
        "wrong": code.wrong.text,
        "right": code.right.text,
        "mend": code.fix,
    }


def _shape(shape: Shape | None) -> list[int | None] | None:
    return None if not shape else [_known(size) for size in shape]


def _known(size: Dim | None) -> int | None:
    return size if isinstance(size, int) else None
