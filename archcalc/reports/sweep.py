"""The rows of a sweep as CSV and as JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, TypeAlias

from archcalc.explore.exact_arrays import text_of
from archcalc.explore.sweep import Sweep
from archcalc.explore.table import Table

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
            # Only texts are empty: those of a row that is legal.
            named = {name: None if value == "" else value for name, value in zip(columns, row, strict=True)}
            stream.write(before + json.dumps(named))
            before = ",\n"
    stream.write("[]\n" if before == "[\n" else "\n]\n")


def begun(plan: Sweep, columns: Sequence[str], stream: IO[str]) -> int:
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
        if header != list(columns):
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
