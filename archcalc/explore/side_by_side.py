"""Networks side by side: what each takes and costs."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from importlib import import_module
from os import PathLike
from typing import TYPE_CHECKING

from msgspec import Struct

from archcalc.analysis.cost import UNCOUNTED, all_given_bytes
from archcalc.analysis.experts import has_routes
from archcalc.analysis.report import Checked, Report, as_report
from archcalc.diagnostics.libraries import library
from archcalc.diagnostics.shown import Tabled
from archcalc.explore.exact_arrays import text_of
from archcalc.layers.outcome import VALUE_BYTES
from archcalc.sizes.rules import UNKNOWN, Dim
from archcalc.spec.opened import is_preset

if TYPE_CHECKING:
    from pandas import DataFrame

_SIGNS = re.compile(r"[\W_]+")

FIGURES = ("weight_layers", "params", "active_params", "macs", "flops", "weight_bytes", "activation_bytes")
"""What is told of each network in numbers."""

_UNASKED = ("active_params", "flops")
"""Those that are told of some networks, or where they are asked for."""


class SideBySide(Tabled, Struct, frozen=True, kw_only=True):
    """Networks to compare, in the order in which they were given: ``reports``."""

    reports: tuple[Report, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What each is called. Variants of a network often have its name: these are told by files and settings."""
        alike: dict[str, list[Report]] = {}
        for report in self.reports:
            alike.setdefault(_name(report), []).append(report)
        return tuple(_told(report, alike[_name(report)]) for report in self.reports)

    @property
    def figures(self) -> tuple[dict[str, Dim], ...]:
        """The numbers of each by ``FIGURES``, for one sample and in float32; UNKNOWN where an error hides one."""
        return tuple(map(_figures, self.reports))

    @property
    def told(self) -> tuple[str, ...]:
        """The ``FIGURES`` that are told: active parameters where a network has experts of which a token takes some."""
        routes = any(report.graph is not None and has_routes(report.graph) for report in self.reports)
        return tuple(name for name in FIGURES if name not in _UNASKED or (routes and name == "active_params"))

    def to_dataframe(self) -> DataFrame:
        """The networks as a DataFrame of pandas, a row each. Raises MissingLibrary where pandas is not installed.

        Counts are nullable integers: ``NA`` stands for what an error hides. Shapes are tuples.
        """
        pandas = library("pandas", "`to_dataframe`")
        inputs = [report.inputs or report.input for report in self.reports]
        columns = {name: [_known(one[name]) for one in self.figures] for name in self.told}
        counts = {name: pandas.array(values, dtype="Int64") for name, values in columns.items()}
        wrong = [len(report.errors) for report in self.reports]
        told = {"network": list(self.names), "input": inputs} | counts | ({"errors": wrong} if any(wrong) else {})
        frame: DataFrame = pandas.DataFrame(told)
        return frame

    def __repr__(self) -> str:
        count = len(self.reports)
        return f"<SideBySide {count} network{'s' * (count != 1)}>"


def totals(*reports: Checked) -> SideBySide:
    """Networks side by side, a row each: input, weight layers, parameters, MACs and memory.

    It is the table of ``archcalc check A B --totals``; a notebook shows it, and ``table`` and ``to_dataframe`` give it.
    ``difference`` says what changes from one network to another, layer by layer. ``reports`` may be names, too: a path,
    ``"resnet50"``, a variant ``"alexnet#classes=10"``; a family's name stands for its members. Raises ArgumentError for
    what is neither.
    """
    return SideBySide(reports=tuple(report for given in reports for report in _each(given)))


def _each(given: Checked) -> Iterable[Report]:
    """The report, or those of a name: of a family's all members."""
    if isinstance(given, (str, PathLike)) and not is_preset(os.fspath(given)):
        found: Iterable[Report] = import_module("archcalc.pipeline").check_each(given)
        return found
    return [as_report(given, "totals")]


def _name(report: Report) -> str:
    """A preset by its own name, and by the family's before it where no preset of it has that in its name, as `s`."""
    if report.preset is None or report.spec is None or not report.name:
        return report.preset or report.name or report.file
    family, *presets = (_SIGNS.sub("", name.lower()) for name in (report.name, *report.spec.presets))
    return report.preset if any(family in preset for preset in presets) else f"{report.name} {report.preset}"


def _told(report: Report, alike: Sequence[Report]) -> str:
    """A network's name, with the file and the settings by which it differs from others of this name."""
    more = [report.file] if any(one.file != report.file for one in alike) else []
    if any(one.settings != report.settings for one in alike):
        more += [f"{what} = {text_of(value)}" for what, value in report.settings.items()]
    return f"{_name(report)} ({', '.join(more)})" if more else _name(report)


def _figures(report: Report) -> dict[str, Dim]:
    counts = report.totals or UNCOUNTED
    weights = UNKNOWN if counts.params is UNKNOWN else VALUE_BYTES * counts.params
    given = all_given_bytes(report.layers) if report.layers else UNKNOWN
    counted = counts.weight_layers, counts.params, counts.active_params, counts.macs
    flops = UNKNOWN if counts.macs is UNKNOWN else counts.flops
    return dict(zip(FIGURES, (*counted, flops, weights, given), strict=True))


def _known(number: Dim) -> int | None:
    return number if isinstance(number, int) else None
