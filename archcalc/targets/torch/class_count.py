"""Which name of ``let`` counts the classes, so that the network's class can take another number of them.

It may where each use of the name is a whole field, ``out_features: classes``, and nothing else of the network depends
on it: that is seen by building the network once more, for one class more.
"""

from __future__ import annotations

from msgspec import Struct

from archcalc.analysis.report import Report
from archcalc.analysis.walk import LayerFacts, infer
from archcalc.diagnostics.log import Log
from archcalc.language.nodes import Node, ScalarNode
from archcalc.layers.record import fields_of
from archcalc.network.elaborate import elaborate
from archcalc.spec.let import names_in
from archcalc.spec.model import Spec
from archcalc.spec.rows import row_names

ARGUMENT = "num_classes"
"""What the generated class calls it, as torchvision does."""

_NAMES = ("num_classes", "classes")


class ClassCount(Struct, frozen=True):
    """A name of ``let``, its value, and the layers that are made for so many classes."""

    name: str
    value: int
    layers: tuple[str, ...]


def class_count(report: Report) -> ClassCount | None:
    """The name that counts the classes; ``None`` where there is none that only does that."""
    spec, graph, facts = report.spec, report.graph, report.facts
    assert spec is not None
    assert graph is not None
    assert facts is not None
    name = next((name for name in _NAMES if name in spec.let), None)
    value = None if name is None or graph.root is None else graph.root.bindings.get(name)
    if name is None or type(value) is not int or value < 1 or not _only_fields(spec, name):
        return None
    log = Log(spec.file)
    other = elaborate(spec, dict(report.settings) | {name: value + 1}, report.given, log, fold=False)
    if log.has_errors or len(other.steps) != len(graph.steps):
        return None
    layers = []
    for here, there in zip(facts.layers, infer(other).layers, strict=True):
        changed = _changed(here, there)
        if changed is None or any(not _is_name(here.step.spec.values.get(field), name) for field in changed):
            return None
        layers += [here.name] if changed and here.step.again is None else []
    return ClassCount(name, value, tuple(layers)) if layers else None


def _only_fields(spec: Spec, name: str) -> bool:
    """Whether the name stands for whole fields only, and no block calls something else so."""
    lets = [node for let, node in spec.let.items() if let != name]
    for block in spec.blocks.values():
        if not {ARGUMENT, name}.isdisjoint((*block.args, *block.let)):
            return False
        lets += [*block.let.values(), *(node for node in block.args.values() if node is not None)]
    if ARGUMENT in row_names([spec.let, *(block.let for block in spec.blocks.values())]):
        return False
    entries = [*spec.every_entry()]
    conditions = [node for entry in entries for node in (entry.when, entry.repeat) if node is not None]
    fields = [node for entry in entries for node in entry.values.values()]
    return not any(name in names_in(node) for node in (*lets, *conditions)) and all(
        name not in names_in(node) or _is_name(node, name) for node in fields
    )


def _is_name(node: Node | None, name: str) -> bool:
    return isinstance(node, ScalarNode) and node.value == name


def _changed(here: LayerFacts, there: LayerFacts) -> list[str] | None:
    """The fields in which a layer differs; ``None`` where it is another one, or is called otherwise."""
    layer, other = here.step.layer, there.step.layer
    if type(layer) is not type(other) or layer is None or other is None:
        return None
    if here.arriving != there.arriving:
        # A layer that is told nothing of what arrives makes nothing of it.
        return None if here.weights != there.weights or layer != other or layer.infers(*here.arriving or ()) else []
    return [field for field in fields_of(type(layer)) if getattr(layer, field) != getattr(other, field)]
