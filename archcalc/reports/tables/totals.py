"""Networks side by side: a row for each, with what it takes and costs, as papers compare them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from archcalc.analysis.cost import activation_bytes
from archcalc.analysis.report import Report
from archcalc.layers.outcome import VALUE_BYTES, total
from archcalc.reports.tables.model import Cell, Cells, Column, PaperTable, shape, words
from archcalc.reports.tables.short_numbers import in_three_digits
from archcalc.sizes.rules import UNKNOWN, Dim

COLUMNS = (
    Column("network", "network", names=True),
    Column("input", "input"),
    Column("weight layers", "weight_layers", right=True),
    Column("parameters", "params", right=True),
    Column("MACs", "macs", right=True),
    Column("weights", "weight_bytes", right=True),
    Column("activations", "activation_bytes", right=True),
)

_SIGNS = re.compile(r"[\W_]+")

NOTE = "MACs (multiply-adds) and activations, what all layers give, are for one sample; memory is in float32."


def totals_table(reports: Sequence[Report]) -> PaperTable:
    """A row for each network: three digits for people, and every digit for programs; ``?`` of what an error hides."""
    names = [_name(report) for report in reports]
    often = Counter(names)
    # Variants of a network often have its name: these are told by their files.
    told = [name if often[name] == 1 else f"{name} ({one.file})" for name, one in zip(names, reports, strict=True)]
    return PaperTable(
        columns=COLUMNS,
        rows=tuple(_row(name, report) for name, report in zip(told, reports, strict=True)),
        caption="Networks compared: inputs, parameters, multiply-adds and memory.",
        label="tab:networks",
        notes=(NOTE,),
    )


def _name(report: Report) -> str:
    """A preset by its own name, and by the family's before it where no preset of it has that in its name, as `s`."""
    if report.preset is None or report.spec is None or not report.name:
        return report.preset or report.name or report.file
    family, *presets = (_SIGNS.sub("", name.lower()) for name in (report.name, *report.spec.presets))
    return report.preset if any(family in preset for preset in presets) else f"{report.name} {report.preset}"


def _row(name: str, report: Report) -> Cells:
    counts = report.totals
    params, macs, deep = (UNKNOWN,) * 3 if counts is None else (counts.params, counts.macs, counts.weight_layers)
    given = total([activation_bytes(layer.output) for layer in report.layers if not layer.step.in_training])
    weights = UNKNOWN if params is UNKNOWN else VALUE_BYTES * params
    return words(name), _input(report), _number(deep), *map(_short, (params, macs)), *map(_bytes, (weights, given))


def _input(report: Report) -> Cell:
    if not report.inputs:
        return shape(report.input)
    cells = [(name, shape(sizes)) for name, sizes in report.inputs.items()]
    return Cell(", ".join(cell.text for _, cell in cells), " ".join(f"{name}={cell.data}" for name, cell in cells))


def _number(value: Dim) -> Cell:
    return Cell(str(value), value) if isinstance(value, int) else Cell("?")


def _short(value: Dim) -> Cell:
    return Cell(in_three_digits(value), value) if isinstance(value, int) else Cell("?")


def _bytes(value: Dim) -> Cell:
    """``102 MB``: by thousands, as torchinfo has them."""
    if not isinstance(value, int):
        return Cell("?")
    text = in_three_digits(value)
    number, unit = (text[:-1], text[-1]) if text[-1:].isalpha() else (text, "")
    return Cell(f"{number} {unit}B", value)
