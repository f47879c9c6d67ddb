"""Facts to what the templates print, all of it already safe source; a module for each file that is written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from msgspec import Struct

from archcalc.analysis.report import Report
from archcalc.analysis.walk import Facts
from archcalc.network.graph import Graph, NamedInput
from archcalc.sizes.rules import Dim
from archcalc.spec.model import Spec
from archcalc.spec.recipe import Training
from archcalc.spec.settings import setting_text
from archcalc.targets.python import source
from archcalc.targets.python.source import Code
from archcalc.targets.torch.class_count import class_count
from archcalc.targets.torch.plan_data import plan_data
from archcalc.targets.torch.plan_model import plan_model
from archcalc.targets.torch.plan_named import plan_named
from archcalc.targets.torch.plan_reference import plan_reference
from archcalc.targets.torch.plan_tests import plan_batch, plan_tests
from archcalc.targets.torch.plan_tokens import plan_tokens
from archcalc.targets.torch.plan_training import DEFAULT_TRAINING, plan_training
from archcalc.targets.torch.slots import NoCode
from archcalc.targets.torch.task import untrained


class TableRow(Struct, frozen=True):
    """A line of the README's table."""

    name: str
    kind: str
    shape: Code
    params: Dim
    macs: Dim


def plan(report: Report, name: str) -> dict[str, object]:
    """The names that a template may use. The report must be one without errors."""
    spec, graph, facts, totals = report.spec, report.graph, report.facts, report.totals
    assert spec is not None
    assert graph is not None
    assert facts is not None
    assert totals is not None
    training, why_not = spec.training or DEFAULT_TRAINING, untrained(graph, facts)
    if totals.params and not totals.trainable_params:
        why_not = why_not or "all of its parameters are frozen"
    if why_not and spec.training is not None:
        assert spec.training.batch_span is not None
        message = f"there is no code that trains it: {why_not}"
        raise NoCode(
            spec.training.batch_span, message, "remove `train`: the network and its tests are written without it"
        )
    tells_classes = graph.below is None and not why_not
    counted, batch = class_count(report), plan_batch(facts)
    sha256, said = _sha256(spec.text), [*_given(report)]
    return {
        "name": source.ident(name),
        "net": source.ident(source.class_name(spec.name)),
        "title": spec.name,
        "headline": _headline(spec),
        "origin_line": f"After {_origin(spec)}." if _origin(spec) else "Its spec names no source.",
        "spec_file": PurePath(spec.file).name,
        "member": Code("".join(f", {source.comment(one)}" for one in said).replace(",", "", bool(spec.preset))),
        "of_member": Code(f", preset `{source.comment(spec.preset)}`" if spec.preset else ""),
        "spec_sha256": sha256,
        "spec_identity": _sha256("\0".join([spec.text, *said])) if said else sha256,
        "params": totals.params,
        "active_params": totals.active_params,
        "macs": totals.macs,
        "trainable_params": totals.trainable_params,
        "below": graph.below,
        "tells_classes": tells_classes,
        "named": False,
        "one_input": tells_classes and not graph.inputs,
        "several_inputs": [_taken(one, facts) for one in graph.inputs],
        "trains": not why_not,
        "why_not": why_not,
        "class_name": counted.name if counted is not None else "",
        "tied": any(step.tied is not None for step in graph.steps),
        # A file of Protocol Buffers holds 2 GB at most.
        "external_data": 4 * totals.params > 1_900_000_000,
        "training_macs": totals.training_macs,
        "table": [*_table(graph, facts)],
        **plan_model(spec, graph, facts, source.ident(source.class_name(spec.name)), counted),
        **plan_reference(spec, graph, facts),
        **plan_tests(facts),
        **batch,
        **(_NO_DATA if why_not else _data(graph, facts, training, batch["least_evaluated"])),
        **plan_training(spec, totals.trainable_params != totals.params),
    }


def _data(graph: Graph, facts: Facts, training: Training, least: Any) -> dict[str, object]:
    if graph.inputs:
        return plan_named(graph, facts, training, least)
    return plan_data(facts, training) if graph.below is None else plan_tokens(graph, training)


_NO_DATA = dict.fromkeys(("tokens", "pictures", "draws_more", "mixes"), False)
"""Of a network that no code trains."""


class Taken(Struct, frozen=True):
    """An input that has a name: which axes of a sample it has, their sizes, and below what its whole numbers are."""

    name: str
    axes: tuple[int, ...]
    sizes: Code
    below: Dim | None


def _taken(one: NamedInput, facts: Facts) -> Taken:
    return Taken(one.name, one.axes, source.bare(one.of(facts.input)), one.below)


def _headline(spec: Spec) -> str:
    origin = _origin(spec)
    if origin.startswith(spec.name):
        return origin
    return f"{spec.name}: {origin}" if origin else f"{spec.name}."


def _given(report: Report) -> Iterator[str]:
    """What was chosen from outside: a member of a family, values of ``let``, another input."""
    if report.preset is not None:
        yield report.preset
    yield from (f"{name}={setting_text(value)}" for name, value in report.settings.items())
    if report.given is not None:
        inputs = [] if report.graph is None else report.graph.inputs
        of_each = [(f" {one.name}", one.of(report.given)) for one in inputs] or [("", report.given)]
        yield from (f"input{name} {' x '.join(map(str, sizes))}" for name, sizes in of_each)


def _table(graph: Graph, facts: Facts) -> Iterator[TableRow]:
    """A row for each layer, and one for each use of a block, or for all copies of what has one name."""
    assert graph.root is not None
    waiting = list(reversed(graph.root.parts))
    while waiting:
        part = waiting.pop()
        if part.parts and part.block is None and not part.copies:
            waiting += reversed(part.parts)
            continue
        found = [facts.layers[place] for place in part.steps()]
        kind = found[0].kind if part.step is not None else (part.spec and part.spec.written_kind) or "group"
        shape = facts.shape_of(part.output)
        counts = sum(layer.params for layer in found), sum(layer.macs for layer in found)
        yield TableRow(part.path, kind, source.shape_comment(shape or ()), *counts)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _origin(spec: Spec) -> str:
    return ", ".join(part for part in (spec.title, spec.url) if part)
