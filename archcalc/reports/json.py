"""A report for tools. ``schema.json`` beside this file is the contract."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from archcalc.analysis.batch_limits import BatchLimit
from archcalc.analysis.claim_check import Compared
from archcalc.analysis.report import Report
from archcalc.analysis.walk import LayerFacts
from archcalc.diagnostics.model import Diagnostic
from archcalc.language.printed_numbers import Printed
from archcalc.reports.size_sets import sizes_json
from archcalc.sizes.periodic import SizeSet
from archcalc.sizes.rules import Dim, Shape


def render(reports: Iterable[Report]) -> str:
    """An array with one object for each spec, in ASCII, so that no terminal or pipe can spoil it."""
    return json.dumps([document(report) for report in reports], indent=2)


def document(report: Report) -> dict[str, Any]:
    """One report as plain values. ``None`` stands for what a fault hides."""
    totals, legal = report.totals, report.legal
    return {
        "name": report.name,
        "spec": report.file,
        "preset": report.preset,
        "ok": report.ok,
        "input": _shape(report.input),
        "layers": [_layer(layer) for layer in report.layers],
        "totals": {
            "params": None if totals is None else _known(totals.params),
            "trainable_params": None if totals is None else _known(totals.trainable_params),
            "macs": None if totals is None else _known(totals.macs),
            "flops": None if totals is None else _known(totals.flops),
        },
        "legal_inputs": None if legal is None else _sizes(legal.axes),
        "lossless_inputs": None if legal is None else _sizes(legal.lossless),
        "inputs_proven": None if legal is None else legal.proven,
        "batch_limits": [_limit(one) for one in report.batch_limits],
        "claims": [_claim(one) for one in report.claims],
        "diagnostics": [_diagnostic(fault) for fault in report.diagnostics],
    }


def _layer(layer: LayerFacts) -> dict[str, Any]:
    return {
        "name": layer.name,
        "kind": layer.step.spec.written_kind,
        "output": _shape(layer.output),
        "params": _known(layer.params),
        "macs": _known(layer.macs),
        "line": layer.line,
    }


def _limit(one: BatchLimit) -> dict[str, Any]:
    return {
        "least": one.least,
        "only_in_training": one.only_in_training,
        "layers": list(one.layers),
        "why": one.why,
    }


def _claim(one: Compared) -> dict[str, Any]:
    claim = one.claim
    return {
        "of": claim.of,
        "what": claim.what,
        "claimed": _claimed(claim.claimed),
        "computed": list(one.computed) if isinstance(one.computed, tuple) else one.computed,
        "agrees": one.agrees,
        "because": claim.because,
    }


def _claimed(value: Printed | tuple[int, ...]) -> list[int] | int | float:
    if isinstance(value, tuple):
        return list(value)
    return int(value.value) if value.value.denominator == 1 else float(value.value)


def _diagnostic(fault: Diagnostic) -> dict[str, Any]:
    return {
        "code": fault.code,
        "severity": fault.severity,
        "message": fault.message,
        "file": fault.file,
        "line": None if fault.span is None else fault.span.line,
        "column": None if fault.span is None else fault.span.column,
        "help": list(fault.help),
    }


def _sizes(axes: Mapping[str, SizeSet | None]) -> dict[str, Any]:
    return {name: None if where is None else sizes_json(where) for name, where in axes.items()}


def _shape(shape: Shape | None) -> list[int | None] | None:
    return None if not shape else [_known(size) for size in shape]


def _known(size: Dim | None) -> int | None:
    return size if isinstance(size, int) else None
