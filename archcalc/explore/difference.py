"""What two networks have otherwise: layers, totals and the inputs they take."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from archcalc.analysis.every_expert import with_every_expert
from archcalc.analysis.plain_values import axes_dict, shape_list
from archcalc.analysis.report import Checked, OkLayer, OkReport, as_report
from archcalc.diagnostics.budget import MOST
from archcalc.diagnostics.json_object import JsonObject
from archcalc.diagnostics.libraries import library
from archcalc.diagnostics.shown import Tabled
from archcalc.explore.layer_change import HOWS, ROW, LayerChange, both, columns
from archcalc.explore.layer_pairs import layer_pairs
from archcalc.layers.record import fields_of, follows_of
from archcalc.network.graph import Graph
from archcalc.sizes.axes import shape_text
from archcalc.sizes.periodic import SizeSet
from archcalc.sizes.rules import known_sizes

if TYPE_CHECKING:
    from pandas import DataFrame

COUNTS = ("params", "trainable_params", "active_params", "macs", "flops", "training_macs")
"""The totals that are compared."""


class _Both(Struct, frozen=True, kw_only=True):
    """What is counted of two networks, of which one may not be there."""

    old: OkReport | None = None
    new: OkReport | None = None

    @property
    def totals(self) -> dict[str, tuple[int, int]]:
        """Every total, before and after."""
        old, new = (None if report is None else report.totals for report in (self.old, self.new))
        return {what: (getattr(old, what, 0), getattr(new, what, 0)) for what in COUNTS}

    @property
    def legal(self) -> dict[str, tuple[SizeSet | None, SizeSet | None]]:
        """Which sizes each axis of the input may have, before and after; ``None`` where the axis is not there."""
        legal = [None if report is None else report.legal for report in (self.old, self.new)]
        old, new = ({} if one is None else one.axes for one in legal)
        return {axis: (old.get(axis), new.get(axis)) for axis in dict.fromkeys([*old, *new])}

    @property
    def outputs(self) -> tuple[tuple[tuple[int, ...], ...], tuple[tuple[int, ...], ...]]:
        """The shapes of the outputs, before and after."""
        return _outputs(self.old), _outputs(self.new)


class Difference(Tabled, _Both, frozen=True, kw_only=True):
    """What two networks have otherwise. ``layers`` are in the order of the new one, removed ones where they stood."""

    old: OkReport
    new: OkReport
    layers: tuple[LayerChange, ...]

    @property
    def same(self) -> bool:
        """Whether the two are one network, by another name perhaps."""
        old, new = self.outputs
        given = [(report.inputs or report.input) for report in (self.old, self.new)]
        return not self.layers and given[0] == given[1] and old == new

    def to_dict(self) -> JsonObject:
        """It as ``archcalc diff --format json`` prints it."""
        return _as_dict(self)

    def to_dataframe(self) -> DataFrame:
        """``layers`` as a DataFrame of pandas, a row each. Raises MissingLibrary where pandas is not installed.

        What a layer was and is stands side by side, with ``NA`` or ``None`` where a network does not have it.
        """
        pandas = library("pandas", "`to_dataframe`")
        rows = [one.to_row() for one in self.layers]
        table = {name: [row[name] for row in rows] for name in columns(self.layers)}
        counts = [name for name in ROW if name.startswith(("params", "macs"))]
        frame: DataFrame = pandas.DataFrame(table | {name: pandas.array(table[name], dtype="Int64") for name in counts})
        return frame

    def __repr__(self) -> str:
        hows: Counter[str] = Counter()
        for change in self.layers:
            hows[change.how] += change.times
        told = [f"{count} layer{'s' * (count != 1)} {HOWS[how]}" for how, count in hows.items()]
        before, after = self.totals["params"]
        told += [f"{before:,} → {after:,} parameters"] if before != after else []
        what = "the same" if self.same else ", ".join(told) or "other inputs or outputs"
        return f"<Difference {called(self.old, self.new)} → {called(self.new, self.old)}: {what}>"


def called(report: OkReport, beside: OkReport | None) -> str:
    """The file and the preset, and the settings and the input that the other one has not."""
    has, given = (None, None) if beside is None else (beside.settings, beside.given)
    own = [f"{name} = {value}" for name, value in report.settings.items() if has is None or has.get(name) != value]
    own += [f"input {shape_text(report.given)}"] if report.given is not None and report.given != given else []
    return " ".join(filter(None, (report.file, report.preset, f"({', '.join(own)})" if own else "")))


class Unpaired(_Both, frozen=True, kw_only=True):
    """A network that only a revision has, or only the files: everything in it is gone, or new.

    ``other`` says what is in place of the one that is ``None``.
    """

    other: str
    same: bool = False

    @property
    def layers(self) -> tuple[LayerChange, ...]:
        """Every layer, as removed or as added."""
        gone, come = (() if report is None else report.layers for report in (self.old, self.new))
        removed = (LayerChange(name=layer.name, old=layer, new=None) for layer in gone)
        return *removed, *(LayerChange(name=layer.name, old=None, new=layer) for layer in come)

    def to_dict(self) -> JsonObject:
        """It as ``archcalc diff --format json`` prints it: nothing is ``old``, or nothing ``new``."""
        return _as_dict(self)


def _as_dict(found: Difference | Unpaired) -> JsonObject:
    old, new = (
        {} if report is None or report.legal is None else axes_dict(report.legal.axes)
        for report in (found.old, found.new)
    )
    shapes = [[list(shape) for shape in several] for several in found.outputs]
    return {
        "schema": "urn:archcalc:diff:1",
        "old": _named(found.old),
        "new": _named(found.new),
        "same": found.same,
        "input": both(_given(found.old), _given(found.new)),
        "outputs": both(*shapes),
        "totals": {what: both(before, after) for what, (before, after) in found.totals.items()},
        "legal_inputs": {axis: both(old.get(axis), new.get(axis)) for axis in dict.fromkeys([*old, *new])},
        "layers": [one.to_dict() for one in found.layers],
    }


def _given(report: OkReport | None) -> object:
    """The shape of the input, or of each that has a name."""
    if report is None:
        return None
    return {name: shape_list(shape) for name, shape in report.inputs.items()} or shape_list(report.input)


def _named(report: OkReport | None) -> JsonObject | None:
    return None if report is None else {"spec": report.file, "preset": report.preset, "name": report.name}


def difference(old: Checked, new: Checked) -> Difference:
    """What two networks have otherwise. Layers are told by their names; those without one by what they are.

    Raises ArgumentError for what is not a report, SpecError for that of a spec with errors, and TooManyLayers where one
    has more layers than can be named. A claim that disagrees and a budget that is not kept (A4) are no hindrance.
    ``totals`` says more of networks that have little in common.
    """
    before, after = _named_alike(*(as_report(one, "difference").require_sound() for one in (old, new)))
    return Difference(old=before, new=after, layers=tuple(_layers(before, after)))


def _named_alike(old: OkReport, new: OkReport) -> tuple[OkReport, OkReport]:
    """Both with a layer for each, unless one stands for as many others in both. Raises TooManyLayers."""
    folded = [[(step.path, step.times) for step in one.graph.steps if step.times > 1] for one in (old, new)]
    if folded[0] == folded[1]:
        return old, new
    return with_every_expert(old, MOST_COMPARED), with_every_expert(new, MOST_COMPARED)


MOST_COMPARED = 4 * MOST
"""How many steps of work it may take to name each layer of a network that is compared."""


def _layers(old: OkReport, new: OkReport) -> Iterator[LayerChange]:
    pairs = layer_pairs(old.layers, new.layers)
    was = {now.name: before for before, now in pairs}
    stays = {before.name: now.name for before, now in pairs} | {"input": "input"} | {name: name for name in old.inputs}
    gone = [layer for layer in old.layers if layer.name not in stays]
    place = {layer.name: place for place, layer in enumerate(old.layers)}
    for layer in new.layers:
        before = was.get(layer.name)
        if before is None:
            yield LayerChange(name=layer.name, old=None, new=layer)
            continue
        # What is gone is told where it stood: before the next that stays.
        while gone and place[gone[0].name] < place[before.name]:
            yield LayerChange(name=gone[0].name, old=gone.pop(0), new=None)
        fields = dict(_fields(before, layer, old.graph, new.graph, stays))
        if fields or (before.output, before.params, before.macs) != (layer.output, layer.params, layer.macs):
            yield LayerChange(name=layer.name, old=before, new=layer, fields=fields)
    yield from (LayerChange(name=layer.name, old=layer, new=None) for layer in gone)


def _fields(
    was: OkLayer, now: OkLayer, old: Graph, new: Graph, stays: Mapping[str, str]
) -> Iterator[tuple[str, tuple[object, object]]]:
    """What the layer's entries say otherwise; ``stays`` has the new names of the layers that both networks have."""
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
    if (
        [stays.get(name) for name in taken[0]] != taken[1]
        and {*taken[0]} <= stays.keys()
        and {*taken[1]} <= {*stays.values()}
    ):
        yield "from", taken
    first = _first(was, old), _first(now, new)
    if first != (None, None) and (first[0] and stays.get(first[0])) != first[1]:
        yield "again", first
    if was.is_frozen != now.is_frozen:
        yield "frozen", (was.is_frozen, now.is_frozen)
    if was.step.in_training != now.step.in_training:
        yield "training", (was.step.in_training, now.step.in_training)


def _first(layer: OkLayer, graph: Graph) -> str | None:
    """The layer that a layer is once more, if it is one."""
    return None if layer.step.again is None else graph.steps[layer.step.again].path


def _alike(before: object, after: object) -> bool:
    """Whether two values of a field are the same; 3 is (3, 3)."""
    for one, other in ((before, after), (after, before)):
        if isinstance(one, tuple) and not isinstance(other, tuple):
            return set(one) == {other}
    return before == after


def _name(graph: Graph, value: int) -> str:
    giver = graph.giver(value)
    return "input" if giver is None else giver.path


def _outputs(report: OkReport | None) -> tuple[tuple[int, ...], ...]:
    if report is None:
        return ()
    shapes = (report.facts.shape_of(value) for value in report.graph.outputs)
    return tuple(known_sizes(shape) for shape in shapes if shape is not None)
