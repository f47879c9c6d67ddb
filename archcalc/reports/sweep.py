"""The rows of a sweep as a table for people, as CSV and as JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO, TypeAlias

from archcalc.explore.exact_arrays import text_of
from archcalc.explore.sweep import Sweep
from archcalc.explore.swept import TITLES
from archcalc.explore.table import Table
from archcalc.reports.aligned import Heading, aligned
from archcalc.reports.terminal_text import PLAIN, Style
from archcalc.sizes.axes import shape_text

Cell: TypeAlias = bool | int | float | str | None
"""What stands in a column of a row; ``None`` where a row that is not legal has no number."""


class OtherSweep(ValueError):
    """A file that another sweep began."""


def write_csv(columns: Sequence[str], tables: Iterable[Table], stream: IO[str], *, header: bool = True) -> None:
    """A line for each row, as soon as it is there, after the header. No number is an empty cell."""
    writer = csv.writer(stream, lineterminator="\n")
    if header:
        writer.writerow(columns)
    for table in tables:
        writer.writerows(map(_cells, rows_of(columns, table)))
        stream.flush()


def write_json(columns: Sequence[str], tables: Iterable[Table], stream: IO[str]) -> None:
    """An array with an object for each row; no number is ``null``."""
    before = "[\n"
    for table in tables:
        for row in rows_of(columns, table):
            named = dict(zip(columns, row, strict=True))
            stream.write(before + json.dumps(named | {"fails_at": named["fails_at"] or None}))
            before = ",\n"
    stream.write("[]\n" if before == "[\n" else "\n]\n")


def table_lines(columns: Sequence[str], tables: Iterable[Table], style: Style = PLAIN) -> list[str]:
    """Aligned, sizes as shapes, and the layer and the last map where a row is not legal."""
    counts = columns.index("legal")
    shapes = [prefix for prefix in ("out", "trunk") if any(name.startswith(f"{prefix}_") for name in columns)]
    counted = [name for name in TITLES if name in columns[counts:]]
    numbers = (*columns[:counts], *(TITLES[name] for name in counted))
    titles = {"out": "output", "trunk": "last map"}
    heads = [*(Heading(title, right=True) for title in numbers), *(Heading(titles[prefix]) for prefix in shapes)]
    rows = [
        _line(dict(zip(columns, row, strict=True)), counts, counted, shapes)
        for table in tables
        for row in rows_of(columns, table)
    ]
    return aligned([*heads, Heading(least=12)], rows, style)


def _line(row: dict[str, Cell], counts: int, counted: Sequence[str], shapes: Sequence[str]) -> list[str]:
    given = [_cell(value) for value in list(row.values())[:counts]]
    sizes = [shape_text(found) if (found := sizes_of(row, prefix)) else "" for prefix in shapes]
    if not row["legal"]:
        return [*given, *("" for _ in counted), *sizes, f"not legal: `{row['fails_at']}`"]
    return [*given, *(f"{row[name]:,}" for name in counted), *sizes, ""]


def sizes_of(row: Mapping[str, Cell], prefix: str) -> tuple[int, ...]:
    """The output's sizes, ``out``, or the last map's, ``trunk``; 0 stands where a network has no such axis.

    None of them where the row has no numbers.
    """
    return tuple(n for name, n in row.items() if name.startswith(f"{prefix}_") and isinstance(n, int) and n)


def begun(plan: Sweep, stream: IO[str]) -> int:
    """How many rows of the whole a file of CSV stands for, from its last complete line; cuts off what is not a row.

    Raises OtherSweep where the file is not the beginning of this sweep's.
    """
    text = stream.read()
    whole = text[: text.rfind("\n") + 1]
    lines = whole.splitlines()
    place = 0
    if len(lines) < 2:
        whole = ""
    if lines:
        header, last = (next(csv.reader([line])) for line in (lines[0], lines[-1]))
        if header != list(plan.columns):
            raise OtherSweep("its columns are others")
        if len(lines) > 1:
            found = plan.place(last[: len(plan.varied)])
            if found is None:
                raise OtherSweep("its last row is none of this sweep's")
            place = found + 1
    stream.seek(0)
    stream.truncate(len(whole.encode()))
    stream.seek(0, io.SEEK_END)
    return place


def rows_of(columns: Sequence[str], table: Table) -> Iterator[tuple[Cell, ...]]:
    """The rows of a table, of these columns."""
    return zip(*(table[name].tolist() for name in columns), strict=True)


def _cells(row: tuple[Cell, ...]) -> list[str]:
    return [_cell(value) for value in row]


def _cell(value: Cell) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return text_of(value)
