"""Networks side by side: a row for each, with what it takes and costs, as papers compare them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from archcalc.analysis.report import Report
from archcalc.diagnostics.errors import ArgumentError
from archcalc.diagnostics.spelling import did_you_mean
from archcalc.explore.side_by_side import SideBySide
from archcalc.reports.tables.faults import ERRORS, fault
from archcalc.reports.tables.model import Cell, Column, PaperTable, shape, words
from archcalc.reports.tables.short_numbers import in_digits
from archcalc.sizes.rules import Dim

ACTIVE = Column("active parameters", "active_params", right=True)
"""What stands behind the parameters where a network has experts of which a token takes some."""

NETWORK = Column("network", "network", names=True)

COLUMNS = (
    Column("input", "input"),
    Column("weight layers", "weight_layers", right=True),
    Column("parameters", "params", right=True),
    ACTIVE,
    Column("MACs", "macs", right=True),
    Column("FLOPs", "flops", right=True),
    Column("weights", "weight_bytes", right=True),
    Column("activations", "activation_bytes", right=True),
)

_PER_SAMPLE = {
    "macs": "MACs (multiply-adds)",
    "flops": "FLOPs (2 × MACs)",
    "activation_bytes": "activations, what all layers give,",
}
"""The columns that count for one sample, in words."""

ACTIVE_NOTE = "Active parameters are those by which each token is computed."


def totals_table(found: SideBySide, *, columns: Sequence[str] = (), digits: int | None = 3) -> PaperTable:
    """A row for each network: three digits for people, and every digit for programs; ``?`` of what an error hides.

    ``columns`` chooses some beside the names, by their keys or headings. Raises ArgumentError for another one. Networks
    with errors are counted in a column of their own, and named below.
    """
    chosen = [_column(name) for name in columns] or [one for one in COLUMNS if one.key in ("input", *found.told)]
    wrong = any(report.errors for report in found.reports)
    shown = dict.fromkeys((NETWORK, *chosen, *([ERRORS] if wrong else [])))
    rows = [_row(*one, digits) for one in zip(found.names, found.reports, found.figures, strict=True)]
    faults = [
        text for name, report in zip(found.names, found.reports, strict=True) for text in fault(report, f"`{name}`")
    ]
    return PaperTable(
        columns=tuple(shown),
        rows=tuple(tuple(row[column.key] for column in shown) for row in rows),
        caption=_caption({column.key for column in shown}),
        label="tab:networks",
        notes=(*_notes({column.key for column in shown}), *faults),
    )


_SAID = {
    "input": "inputs",
    "weight_layers": "layers with weights",
    "params": "parameters",
    "active_params": "active parameters",
    "macs": "multiply-adds",
    "flops": "operations",
    "weight_bytes": "memory",
    "activation_bytes": "memory",
}
"""What a caption says of each column."""


def _caption(keys: Collection[str]) -> str:
    told = [*dict.fromkeys(said for key, said in _SAID.items() if key in keys)]
    *others, last = told or ["errors"]
    named = f"{', '.join(others)} and {last}" if others else last
    return f"Networks compared: {named}."


def _column(name: str) -> Column:
    """The column of a key or a heading. Raises ArgumentError."""
    for one in (NETWORK, *COLUMNS, ERRORS):
        if name in (one.key, one.title):
            return one
    known = [one.key for one in COLUMNS]
    help = did_you_mean(name, known) or f"there are {', '.join(known)}"
    raise ArgumentError(f"there is no column `{name}`; {help}")


def _notes(keys: set[str]) -> tuple[str, ...]:
    """What the columns mean that are there."""
    per_sample = [text for key, text in _PER_SAMPLE.items() if key in keys]
    said = [f"{' and '.join(per_sample)}{' are for one sample' if per_sample else ''}"]
    said += ["memory is in float32"] if keys & {"weight_bytes", "activation_bytes"} else []
    note = "; ".join(filter(None, said))
    return (*([f"{note[0].upper()}{note[1:]}."] if note else []), *([ACTIVE_NOTE] if "active_params" in keys else []))


def _row(name: str, report: Report, figures: dict[str, Dim], digits: int | None) -> dict[str, Cell]:
    cells = {what: _SHOWN.get(what, _count)(value, digits) for what, value in figures.items()}
    wrong = len(report.errors)
    return {"network": words(name), "input": _input(report), "errors": Cell(str(wrong or ""), wrong), **cells}


def _input(report: Report) -> Cell:
    if not report.inputs:
        return shape(report.input)
    cells = [(name, shape(sizes)) for name, sizes in report.inputs.items()]
    return Cell(", ".join(cell.text for _, cell in cells), " ".join(f"{name}={cell.data}" for name, cell in cells))


def _number(value: Dim, _digits: int | None) -> Cell:
    return Cell(str(value), value) if isinstance(value, int) else Cell("?")


def _count(value: Dim, digits: int | None) -> Cell:
    return Cell(in_digits(value, digits), value) if isinstance(value, int) else Cell("?")


def _bytes(value: Dim, digits: int | None) -> Cell:
    """``102 MB``: by thousands, as torchinfo has them."""
    if not isinstance(value, int):
        return Cell("?")
    text = in_digits(value, digits)
    number, unit = (text[:-1], text[-1]) if text[-1:].isalpha() else (text, "")
    return Cell(f"{number} {unit}B", value)


_SHOWN: dict[str, Callable[[Dim, int | None], Cell]] = {
    "weight_layers": _number,
    "weight_bytes": _bytes,
    "activation_bytes": _bytes,
}
"""How numbers are written that are none in three digits."""
