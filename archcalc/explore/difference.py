"""What two networks have otherwise: layers, totals and the inputs they take."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

from msgspec import Struct

from archcalc.analysis.plain_values import axes_dict, layer_dict, shape_list
from archcalc.analysis.report import OkReport, refuse_no_report
from archcalc.analysis.walk import LayerFacts
from archcalc.diagnostics.json_object import JsonObject
from archcalc.layers.record import fields_of, follows_of
from archcalc.network.graph import Graph
from archcalc.sizes.periodic import SizeSet
from archcalc.sizes.rules import known_sizes

COUNTS = ("params", "trainable_params", "macs", "flops", "training_macs")
"""The totals that are compared."""


class LayerChange(Struct, frozen=True, kw_only=True):
    """A layer that one network has and the other has not (``old`` or ``new`` is ``None``), or that is another.

    ``fields`` are what its entry says otherwise, ``kind`` and ``from`` among them, before and after. Without any, it
    follows from the others: only its shape or its counts differ.
    """

    name: str
    old: LayerFacts | None
    new: LayerFacts | None
    fields: dict[str, tuple[object, object]] = {}

    @property
    def how(self) -> str:
        """``added``, ``removed``, ``changed``, or ``follows``."""
        if self.old is None or self.new is None:
            return "added" if self.old is None else "removed"
        return "changed" if self.fields else "follows"

    def to_dict(self) -> JsonObject:
        """It as plain values; values of fields as the report writes them."""
        return {
            "name": self.name,
            "change": self.how,
            "old": None if self.old is None else layer_dict(self.old),
            "new": None if self.new is None else layer_dict(self.new),
            "fields": {name: _both(_plain(old), _plain(new)) for name, (old, new) in self.fields.items()},
        }


class Difference(Struct, frozen=True, kw_only=True):
    """What two networks have otherwise. ``layers`` are in the order of the new one, removed ones where they stood."""

    old: OkReport
    new: OkReport
    layers: tuple[LayerChange, ...]

    @property
    def totals(self) -> dict[str, tuple[int, int]]:
        """Every total, before and after."""
        return {what: (getattr(self.old.totals, what), getattr(self.new.totals, what)) for what in COUNTS}

    @property
    def legal(self) -> dict[str, tuple[SizeSet | None, SizeSet | None]]:
        """Which sizes each axis of the input may have, before and after; ``None`` where the axis is not there."""
        old, new = ({} if report.legal is None else report.legal.axes for report in (self.old, self.new))
        return {axis: (old.get(axis), new.get(axis)) for axis in dict.fromkeys([*old, *new])}

    @property
    def outputs(self) -> tuple[tuple[tuple[int, ...], ...], tuple[tuple[int, ...], ...]]:
        """The shapes of the outputs, before and after."""
        return _outputs(self.old), _outputs(self.new)

    @property
    def same(self) -> bool:
        """Whether the two are one network, by another name perhaps."""
        old, new = self.outputs
        return not self.layers and self.old.input == self.new.input and old == new

    def to_dict(self) -> JsonObject:
        """It as ``archcalc diff --format json`` prints it."""
        old, new = ({} if report.legal is None else axes_dict(report.legal.axes) for report in (self.old, self.new))
        shapes = [[list(shape) for shape in several] for several in self.outputs]
        return {
            "old": {"spec": self.old.file, "preset": self.old.preset, "name": self.old.name},
            "new": {"spec": self.new.file, "preset": self.new.preset, "name": self.new.name},
            "same": self.same,
            "input": _both(shape_list(self.old.input), shape_list(self.new.input)),
            "outputs": _both(*shapes),
            "totals": {what: _both(before, after) for what, (before, after) in self.totals.items()},
            "legal_inputs": {axis: _both(old.get(axis), new.get(axis)) for axis in dict.fromkeys([*old, *new])},
            "layers": [one.to_dict() for one in self.layers],
        }


def _both(old: object, new: object) -> JsonObject:
    return {"old": old, "new": new}


def difference(old: OkReport, new: OkReport) -> Difference:
    """What two networks have otherwise. Layers are told by their names.

    Raises ArgumentError for what is not a report, and SpecError for that of a spec with errors.
    """
    for report in (old, new):
        refuse_no_report(report, "difference")
        report.require_ok()
    return Difference(old=old, new=new, layers=tuple(_layers(old, new)))


def _layers(old: OkReport, new: OkReport) -> Iterator[LayerChange]:
    before, after = ([layer.name for layer in report.layers] for report in (old, new))
    shared = {*before} & {*after}
    # Where one is called as another was, it is the same one, however far it has moved.
    by_name = {layer.name: layer for layer in old.layers}
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag in ("replace", "delete"):
            gone = (layer for layer in old.layers[i1:i2] if layer.name not in shared)
            yield from (LayerChange(name=layer.name, old=layer, new=None) for layer in gone)
        for layer in new.layers[j1:j2]:
            if layer.name not in shared:
                yield LayerChange(name=layer.name, old=None, new=layer)
                continue
            was = by_name[layer.name]
            fields = dict(_fields(was, layer, old.graph, new.graph, shared))
            if fields or (was.output, was.params, was.macs) != (layer.output, layer.params, layer.macs):
                yield LayerChange(name=layer.name, old=was, new=layer, fields=fields)


def _fields(
    was: LayerFacts, now: LayerFacts, old: Graph, new: Graph, shared: set[str]
) -> Iterator[tuple[str, tuple[object, object]]]:
    """What the layer's entries say otherwise."""
    before, after = was.step.layer, now.step.layer
    assert before is not None
    assert after is not None
    if type(before) is not type(after):
        yield "kind", (before.kind, after.kind)
    else:
        # What follows from the input is the doing of another layer.
        for field in fields_of(type(after)):
            values = getattr(before, field), getattr(after, field)
            if field not in follows_of(type(after)) and not _alike(*values):
                yield field, values
    taken = [_name(old, source) for source in was.step.sources], [_name(new, source) for source in now.step.sources]
    # What it takes in the place of a layer that is no longer there, or was not, is told by that layer.
    if taken[0] != taken[1] and all(name in shared or name == "input" for names in taken for name in names):
        yield "from", taken
    if was.step.in_training != now.step.in_training:
        yield "training", (was.step.in_training, now.step.in_training)


def _alike(before: object, after: object) -> bool:
    """Whether two values of a field are the same; 3 is (3, 3)."""
    for one, other in ((before, after), (after, before)):
        if isinstance(one, tuple) and not isinstance(other, tuple):
            return set(one) == {other}
    return before == after


def _name(graph: Graph, value: int) -> str:
    giver = graph.giver(value)
    return "input" if giver is None else giver.path


def _outputs(report: OkReport) -> tuple[tuple[int, ...], ...]:
    shapes = (report.facts.shape_of(value) for value in report.graph.outputs)
    return tuple(known_sizes(shape) for shape in shapes if shape is not None)


def _plain(value: object) -> object:
    """A field's value as JSON has it."""
    if isinstance(value, (tuple, list)):
        return [_plain(one) for one in value]
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)
