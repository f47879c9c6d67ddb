"""Networks side by side: a row for each, with what it takes and costs, as papers compare them."""

from __future__ import annotations

from collections.abc import Callable

from archcalc.analysis.report import Report
from archcalc.explore.side_by_side import SideBySide
from archcalc.reports.tables.model import Cell, Column, PaperTable, shape, words
from archcalc.reports.tables.short_numbers import in_three_digits
from archcalc.sizes.rules import Dim

ACTIVE = Column("active parameters", "active_params", right=True)
"""What stands behind the parameters where a network has experts of which a token takes some."""

COLUMNS = (
    Column("network", "network", names=True),
    Column("input", "input"),
    Column("weight layers", "weight_layers", right=True),
    Column("parameters", "params", right=True),
    ACTIVE,
    Column("MACs", "macs", right=True),
    Column("weights", "weight_bytes", right=True),
    Column("activations", "activation_bytes", right=True),
)

NOTE = "MACs (multiply-adds) and activations, what all layers give, are for one sample; memory is in float32."
ACTIVE_NOTE = "Active parameters are those by which each token is computed."


def totals_table(found: SideBySide) -> PaperTable:
    """A row for each network: three digits for people, and every digit for programs; ``?`` of what an error hides."""
    columns = tuple(column for column in COLUMNS if column.key in ("network", "input", *found.told))
    rows = map(_row, found.names, found.reports, found.figures)
    return PaperTable(
        columns=columns,
        rows=tuple(tuple(row[column.key] for column in columns) for row in rows),
        caption="Networks compared: inputs, parameters, multiply-adds and memory.",
        label="tab:networks",
        notes=(NOTE, *([ACTIVE_NOTE] if ACTIVE in columns else ())),
    )


def _row(name: str, report: Report, figures: dict[str, Dim]) -> dict[str, Cell]:
    cells = {what: _SHOWN.get(what, _short)(value) for what, value in figures.items()}
    return {"network": words(name), "input": _input(report), **cells}


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


_SHOWN: dict[str, Callable[[Dim], Cell]] = {
    "weight_layers": _number,
    "weight_bytes": _bytes,
    "activation_bytes": _bytes,
}
"""How numbers are written that are none in three digits."""
