"""Networks side by side: a row for each, with what it takes and costs, as papers compare them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from archcalc.analysis.cost import UNCOUNTED, all_given_bytes
from archcalc.analysis.experts import has_routes
from archcalc.analysis.report import Report
from archcalc.layers.outcome import VALUE_BYTES
from archcalc.reports.tables.model import Cell, Column, PaperTable, shape, words
from archcalc.reports.tables.short_numbers import in_three_digits
from archcalc.sizes.rules import UNKNOWN, Dim

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


def totals_table(reports: Sequence[Report]) -> PaperTable:
    """A row for each network: three digits for people, and every digit for programs; ``?`` of what an error hides."""
    names = [report.preset or report.name or report.file for report in reports]
    often = Counter(names)
    # Variants of a network often have its name: these are told by their files.
    told = [name if often[name] == 1 else f"{name} ({one.file})" for name, one in zip(names, reports, strict=True)]
    columns = tuple(column for column in COLUMNS if column is not ACTIVE or any(map(_routes, reports)))
    rows = (_row(name, report) for name, report in zip(told, reports, strict=True))
    return PaperTable(
        columns=columns,
        rows=tuple(tuple(row[column] for column in columns) for row in rows),
        caption="Networks compared: inputs, parameters, multiply-adds and memory.",
        label="tab:networks",
        notes=(NOTE, *([ACTIVE_NOTE] if ACTIVE in columns else ())),
    )


def _routes(report: Report) -> bool:
    return report.graph is not None and has_routes(report.graph)


def _row(name: str, report: Report) -> dict[Column, Cell]:
    counts = report.totals or UNCOUNTED
    weights = UNKNOWN if counts.params is UNKNOWN else VALUE_BYTES * counts.params
    numbers = _short(counts.params), _short(counts.active_params), _short(counts.macs)
    memory = _bytes(weights), _bytes(all_given_bytes(report.layers))
    cells = words(name), _input(report), _number(counts.weight_layers), *numbers, *memory
    return dict(zip(COLUMNS, cells, strict=True))


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
