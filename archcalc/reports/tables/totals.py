"""Networks side by side: a row for each, with what it takes and costs, as papers compare them."""

from __future__ import annotations

from archcalc.analysis.report import Report
from archcalc.explore.side_by_side import FIGURES, SideBySide
from archcalc.reports.tables.model import Cell, Cells, Column, PaperTable, shape, words
from archcalc.reports.tables.short_numbers import in_three_digits
from archcalc.sizes.rules import Dim

COLUMNS = (
    Column("network", "network", names=True),
    Column("input", "input"),
    Column("weight layers", "weight_layers", right=True),
    Column("parameters", "params", right=True),
    Column("MACs", "macs", right=True),
    Column("weights", "weight_bytes", right=True),
    Column("activations", "activation_bytes", right=True),
)

NOTE = "MACs (multiply-adds) and activations, what all layers give, are for one sample; memory is in float32."


def totals_table(found: SideBySide) -> PaperTable:
    """A row for each network: three digits for people, and every digit for programs; ``?`` of what an error hides."""
    return PaperTable(
        columns=COLUMNS,
        rows=tuple(map(_row, found.names, found.reports, found.figures)),
        caption="Networks compared: inputs, parameters, multiply-adds and memory.",
        label="tab:networks",
        notes=(NOTE,),
    )


def _row(name: str, report: Report, figures: dict[str, Dim]) -> Cells:
    deep, params, macs, weights, given = (figures[what] for what in FIGURES)
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
