"""What a check found, as a value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from os import PathLike
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct
from msgspec.structs import asdict

from archcalc.analysis.batch_limits import BatchLimit, batch_limits
from archcalc.analysis.claim_check import Compared
from archcalc.analysis.cost import Totals, layer_count
from archcalc.analysis.legal_inputs import Legal, legal, pinned
from archcalc.analysis.plain_network import blocks_list, bytes_dict, layers_list, outputs_list
from archcalc.analysis.plain_values import (
    axes_dict,
    budget_dict,
    claim_dict,
    diagnostic_dict,
    inputs_dict,
    known,
    limit_dict,
    single_dict,
)
from archcalc.analysis.walk import Facts, LayerFacts
from archcalc.diagnostics.codes import CLAIMS, NEEDS, UNREADABLE
from archcalc.diagnostics.errors import ArchcalcError, refuse_other
from archcalc.diagnostics.json_object import JsonObject
from archcalc.diagnostics.model import Diagnostic
from archcalc.diagnostics.shown import Tabled
from archcalc.network.graph import Graph
from archcalc.sizes.rules import Shape, known_sizes
from archcalc.spec.model import Limit, Spec
from archcalc.spec.settings import Setting

if TYPE_CHECKING:
    from pandas import DataFrame


COUNTS = ("params", "macs", "weight_bytes", "activation_bytes")
"""What is counted of a layer."""


class SpecError(ArchcalcError, ValueError):
    """A spec that has errors: ``diagnostics`` say which, ``texts`` are as in ``Report``.

    Printed, it is what ``check`` prints of them, the lines of the spec with their marks; ``args`` has the first one.
    """

    def __init__(self, file: str, texts: Mapping[str, str], diagnostics: Sequence[Diagnostic]) -> None:
        first, *others = [error for error in diagnostics if error.severity == "error"]
        more = f", and {len(others)} error{'s' * (len(others) > 1)} more" if others else ""
        super().__init__(f"{in_a_line(first)}{more}")
        self.texts = dict(texts)
        self.diagnostics = tuple(diagnostics)

    def __str__(self) -> str:
        written: str = import_module("archcalc.reports.printed").text(self)
        return written


def in_a_line(error: Diagnostic) -> str:
    """A diagnostic with its place and its code."""
    at = f"{error.file}:{error.span.line}" if error.span is not None else error.file
    return f"{at}: {error.message} ({error.code})"


class Report(Tabled, Struct, frozen=True, kw_only=True):
    """What a check found.

    Where nothing is wrong it is an ``OkReport``, and ``require_ok`` gives it as one: a type checker then knows
    that nothing is missing, and that counts are numbers.

    ``input`` and the layers' shapes leave out the batch. ``ok`` is whether there is no error among
    the diagnostics; ``readable`` whether there was a spec to check at all. ``settings`` are the values of
    ``let`` that were given from outside, exactly: ints, fractions and truths. ``counters`` are those whose counts are
    printed, too, ``limits`` what it may have at most besides its budget. Where there was no spec, or one
    with too many errors to go on, ``spec``, ``graph``, ``facts`` and ``totals`` are ``None``.
    """

    file: str
    text: str
    name: str | None
    spec: Spec | None
    graph: Graph | None
    facts: Facts | None
    totals: Totals | None
    claims: tuple[Compared, ...]
    diagnostics: tuple[Diagnostic, ...]
    settings: dict[str, Setting] = {}
    given: Shape | None = None
    as_written: bool = True
    counters: tuple[str, ...] = ()
    limits: tuple[Limit, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong; warnings do not count."""
        return not self.errors

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """What is wrong: the diagnostics that are no warnings."""
        return tuple(error for error in self.diagnostics if error.severity == "error")

    @property
    def doubts(self) -> tuple[Diagnostic, ...]:
        """The errors that leave open which network is meant: all but sizes that do not fit (A2) and claims (A4)."""
        return tuple(error for error in self.errors if not error.code.startswith((NEEDS, CLAIMS)))

    @property
    def sound(self) -> bool:
        """Whether there is a network, and its sizes fit: nothing is wrong but claims of its source (A4)."""
        return all(error.code.startswith(CLAIMS) for error in self.errors)

    @property
    def first_error(self) -> str:
        """The first thing that is wrong, in a line: of those that leave open which network is meant, if there are."""
        return next((in_a_line(error) for error in (*self.doubts, *self.errors)), "")

    @property
    def readable(self) -> bool:
        """Whether there was a spec in the file, wrong or not."""
        return not any(error.code in UNREADABLE and error.file == self.file for error in self.diagnostics)

    @property
    def texts(self) -> dict[str, str]:
        """The texts that spans point into, by file; the spec's own by an empty name."""
        return {"": self.text} | (self.spec.texts if self.spec is not None else {})

    @property
    def preset(self) -> str | None:
        """Which member of a family of networks was checked."""
        return None if self.spec is None else self.spec.preset

    @property
    def input(self) -> Shape | None:
        """The input's shape, ``(C, H, W)``, or ``None`` where there is none.

        Of inputs that have names it is the sizes of all, one after the other; ``inputs`` has each.
        """
        return (self.facts.input or None) if self.facts is not None else None

    @property
    def inputs(self) -> dict[str, Shape]:
        """The shape of each input that has a name; of one without there is nothing, and ``input`` is it."""
        return {} if self.facts is None else {one.name: one.of(self.facts.input) for one in self.facts.inputs}

    @property
    def legal(self) -> Legal | None:
        """Which input sizes the network as built accepts; ``None`` where it has an error. Computed anew each time."""
        return legal(pinned(self.facts)) if self.ok and self.facts is not None else None

    @property
    def legal_in_training(self) -> Legal | None:
        """As ``legal``, for training, which may run layers that evaluation does not."""
        return legal(pinned(self.facts, training=True)) if self.ok and self.facts is not None else None

    @property
    def batch_limits(self) -> tuple[BatchLimit, ...]:
        """What the network asks of the number of samples, at the sizes it was checked at; empty where any will do."""
        return () if self.facts is None else batch_limits(self.facts)

    @property
    def layers(self) -> tuple[LayerFacts, ...]:
        """Every layer with its shapes and counts, in order; groups are opened."""
        return () if self.facts is None else self.facts.own_layers

    def counted(self, counter: str) -> JsonObject | None:
        """What another counter, such as ``torchinfo``, prints of the network, term by term; ``None`` with an error.

        Raises KeyError for a counter that ``archcalc.layers.counters`` does not have.
        """
        from archcalc.analysis.conventions import can_be_counted, counted

        return counted(self.layers, counter).to_dict() if self.layers and can_be_counted(self.layers) else None

    def require_ok(self) -> OkReport:
        """The report of a spec without errors, in which nothing is missing. Raises SpecError where there are some."""
        if isinstance(self, OkReport):
            return self
        raise SpecError(self.file, self.texts, self.diagnostics)

    def require_sound(self) -> OkReport:
        """As ``require_ok``, of a ``sound`` report too: claims and budgets that are not met (A4) are left unsaid."""
        if isinstance(self, OkReport) or not self.sound:
            return self.require_ok()
        said = tuple(error for error in self.diagnostics if error.severity != "error")
        return OkReport(**(asdict(self) | {"diagnostics": said}))

    def to_dict(self) -> JsonObject:
        """It as ``archcalc check --format json`` prints it; ``None`` stands for what an error hides."""
        counts, legal = self.totals, self.legal
        return {
            "schema": "urn:archcalc:check:1",
            "name": self.name,
            "spec": self.file,
            "preset": self.preset,
            "ok": self.ok,
            **inputs_dict(self.facts),
            "input_below": None if self.graph is None else known(self.graph.below),
            **self._network(),
            "totals": {
                "params": None if counts is None else known(counts.params),
                "trainable_params": None if counts is None else known(counts.trainable_params),
                "active_params": None if counts is None else known(counts.active_params),
                "macs": None if counts is None else known(counts.macs),
                "flops": None if counts is None else known(counts.flops),
                "training_macs": None if counts is None else known(counts.training_macs),
                "weight_layers": None if counts is None else known(counts.weight_layers),
                **bytes_dict(self.layers),
            },
            "counted": {name: self.counted(name) for name in self.counters},
            "legal_inputs": None if legal is None else axes_dict(legal.axes),
            "lossless_inputs": None if legal is None else axes_dict(legal.lossless),
            "inputs_proven": None if legal is None else legal.proven,
            "single_places": [] if legal is None else [single_dict(one) for one in legal.single],
            "batch_limits": [limit_dict(one) for one in self.batch_limits],
            "budget": [budget_dict(one, counts) for one in (*self._budget(), *self.limits)],
            "claims": [claim_dict(one) for one in self.claims],
            "diagnostics": [diagnostic_dict(error) for error in self.diagnostics],
        }

    def to_dataframe(self) -> DataFrame:
        """The layers as a DataFrame of pandas, a row each. Raises MissingLibrary where pandas is not installed.

        Counts are nullable integers: ``NA`` stands for what an error hides. Shapes are tuples. Where a row
        stands for several layers there is a column ``times``.
        """
        from archcalc.diagnostics.libraries import library

        pandas = library("pandas", "`to_dataframe`")
        rows = [] if self.graph is None or self.facts is None else layers_list(self.graph, self.facts)
        times = ["times"] if any(layer.step.times > 1 for layer in self.layers) else []
        names = ("name", "kind", "output", *COUNTS, "only_in_training", "line", *times)
        table = {name: [row[name] for row in rows] for name in names}
        table["output"] = [None if output is None else tuple(output) for output in table["output"]]
        counts = {name: pandas.array(table[name], dtype="Int64") for name in COUNTS}
        frame: DataFrame = pandas.DataFrame(table | counts)
        return frame

    def _budget(self) -> Iterable[Limit]:
        return () if self.spec is None else self.spec.budget.values()

    def _network(self) -> JsonObject:
        """The layers and what they are in, as far as there is a network."""
        if self.spec is None or self.graph is None or self.facts is None:
            return {"outputs": [], "layers": [], "blocks": []}
        return {
            "outputs": outputs_list(self.graph),
            "layers": layers_list(self.graph, self.facts),
            "blocks": blocks_list(self.spec, self.graph, self.facts),
        }

    def __repr__(self) -> str:
        found = [f"{len(self.errors)} error{'s' * (len(self.errors) != 1)}"] if self.errors else ["ok"]
        count = layer_count(self.layers)
        found += [f"{count} layer{'s' * (count != 1)}"] if count else []
        found += [f"{self.totals.params:,} parameters"] if self.totals is not None and self.ok else []
        return f"<{type(self).__name__} {self.file}{f' {self.preset}' if self.preset else ''}: {', '.join(found)}>"


OkLayer: TypeAlias = LayerFacts[tuple[int, ...], int]
"""A layer of a network without errors: its shapes are there, and its sizes and counts are numbers."""


class OkReport(Report, frozen=True, kw_only=True):
    """The report of a spec without errors: there is a network, and every size and count is a number."""

    spec: Spec
    graph: Graph
    facts: Facts
    totals: Totals[int]

    @property
    def input(self) -> tuple[int, ...]:
        """The input's shape, ``(C, H, W)``; as ``Report.input`` where inputs have names."""
        return known_sizes(self.facts.input)

    @property
    def layers(self) -> tuple[OkLayer, ...]:
        """Every layer with its shapes and counts, in order; groups are opened."""
        return self.facts.own_layers  # type: ignore[return-value]  # without an error nothing hides a number


Checked: TypeAlias = Report | PathLike[str] | str
"""A report, or what names a spec, which is checked then: a path, ``"resnet50"``, ``"alexnet#classes=10"``."""


def as_report(given: object, what: str) -> Report:
    """A report as it is, and of what names a spec what ``check`` finds. Raises ArgumentError for anything else."""
    if isinstance(given, (str, PathLike)):
        found: Report = import_module("archcalc.pipeline").check(given)
        return found
    refuse_other(given, Report, f"`{what}` takes a report, which `archcalc.check` gives, or the name of a spec")
    assert isinstance(given, Report)
    return given
