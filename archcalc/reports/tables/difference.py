"""What two networks have otherwise as tables: layers, totals, and the input and output."""

from __future__ import annotations

from archcalc.explore.difference import Difference, Unpaired
from archcalc.explore.layer_change import columns
from archcalc.reports.difference import count_rows, following, input_rows, layer_rows, newest, title_of
from archcalc.reports.tables.model import Cell, Column, PaperTable, given, label, shape, words

_BEFORE, _AFTER = Column("before", "before"), Column("after", "after")
_LAYERS = (Column("", "change"), Column("layer", "layer", names=True), Column("what", "what"), _BEFORE, _AFTER)
_COUNTS = (
    Column("", "count"),
    Column("before", "before", right=True),
    Column("after", "after", right=True),
    Column("change", "change", right=True),
)
_INPUTS = (Column("input and output", "what"), _BEFORE, _AFTER)


def difference_tables(found: Difference | Unpaired) -> list[PaperTable]:
    """A table of each that has something to tell; the totals always, with a note of what follows from other layers."""
    note = following(found, str)
    parts: list[tuple[str, tuple[Column, ...], list[tuple[str, ...]], tuple[str, ...]]] = [
        ("layers", _LAYERS, layer_rows(found), ()),
        ("totals", _COUNTS, [*count_rows(found)], (note,) if note else ()),
        ("input and output", _INPUTS, [*input_rows(found)], ()),
    ]
    return [
        PaperTable(
            columns=columns,
            rows=tuple(tuple(map(words, row)) for row in rows),
            caption=f"{title_of(found)}: {what}",
            label=label("difference", newest(found).name, what),
            notes=notes,
        )
        for what, columns, rows, notes in parts
        if rows
    ]


def changes_table(found: Difference) -> PaperTable:
    """A row for each layer that is not the same, with what it was and what it is, for programs."""
    rows, names = [one.to_row() for one in found.layers], columns(found.layers)
    return PaperTable(
        columns=tuple(Column(name, name) for name in names),
        rows=tuple(tuple(_cell(row[name]) for name in names) for row in rows),
    )


def _cell(value: object) -> Cell:
    if isinstance(value, tuple):
        return shape(value)
    return given(value if isinstance(value, int) else None if value is None else str(value))
