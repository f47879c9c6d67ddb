"""The rows of a sweep as a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from archcalc.explore.exact_arrays import text_of
from archcalc.explore.swept import TITLES
from archcalc.explore.table import Table
from archcalc.reports.sweep import Cell as Value
from archcalc.reports.sweep import rows_of, sizes_of
from archcalc.reports.tables.model import Cell, Cells, Column, PaperTable, label, shape, words

_TITLES = {"out": "output", "trunk": "last map"}


def sweep_table(columns: Sequence[str], tables: Iterable[Table], name: str = "") -> PaperTable:
    """What varies, then parameters, MACs and shapes; the layer that refuses its input, where a row is not legal."""
    legal = columns.index("legal")
    varied, counted = columns[:legal], [key for key in TITLES if key in columns[legal:]]
    shapes = [prefix for prefix in _TITLES if any(key.startswith(f"{prefix}_") for key in columns)]
    found = [dict(zip(columns, row, strict=True)) for table in tables for row in rows_of(columns, table)]
    refused = any(not row["legal"] for row in found)
    heads = [*(Column(key, key, right=True) for key in varied)]
    heads += [Column(TITLES[key], key, right=True) for key in counted]
    heads += [Column(_TITLES[prefix], prefix) for prefix in shapes]
    heads += [Column("not legal at", "fails_at", names=True)] if refused else []
    return PaperTable(
        caption=" ".join(filter(None, (name, f"for {len(found):,} combination{'s' * (len(found) != 1)}"))),
        label=label("sweep", name),
        columns=tuple(heads),
        rows=tuple(_row(row, varied, counted, shapes, refused) for row in found),
    )


def _row(
    row: Mapping[str, Value], varied: Sequence[str], counted: Sequence[str], shapes: Sequence[str], refused: bool
) -> Cells:
    given = [words(_text(row[name])) for name in varied]
    sizes = [shape(found) if (found := sizes_of(row, prefix)) else Cell() for prefix in shapes]
    if not row["legal"]:
        return (*given, *(Cell() for _ in counted), *sizes, words(str(row["fails_at"])))
    counts = (words(f"{row[name]:,}") for name in counted)
    return (*given, *counts, *sizes, *([Cell()] if refused else []))


def _text(value: Value) -> str:
    return value if isinstance(value, str) else "" if value is None else text_of(value)
