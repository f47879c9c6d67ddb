"""The rows of a sweep as a table, for people and for papers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from msgspec import Struct

from archcalc.explore.exact_arrays import text_of
from archcalc.explore.swept import SHAPES, TITLES
from archcalc.explore.table import BATCH, Table
from archcalc.reports.sweep import Cell as Value
from archcalc.reports.sweep import rows_of
from archcalc.reports.tables.model import Cell, Column, PaperTable, label, shape, words
from archcalc.reports.tables.short_numbers import in_digits
from archcalc.sizes.axes import LETTERS

WHY = Column("not legal because", "why", broken=True)
"""Why rows are not legal, where there are such."""

_FIRST = {"0", *(letters[0] for letters in LETTERS.values())}
"""What the first sizes of shapes are called."""


class _Shown(Struct, frozen=True):
    """A column as it is shown, and where its values are: one, or all sizes of a shape."""

    head: Column
    places: tuple[int, ...]
    is_shape: bool = False


def sweep_table(
    columns: Sequence[str],
    tables: Iterable[Table],
    name: str = "",
    *,
    digits: int | None = None,
    varied: Sequence[str] = (),
    taken: str = "",
) -> PaperTable:
    """These columns, sizes as shapes where all of one are among them; last why a row is not legal, where one is not.

    ``digits`` are those of counts, all where it is ``None``; what is ``varied`` has all of its own. ``taken`` is the
    input, for the caption.
    """
    shown = [*_shown(columns)]
    rows: list[list[Cell]] = []
    refused: list[str] = []
    for table in tables:
        there = "why" in table and "why" not in columns
        refused += table["why"].tolist() if there else [""] * len(next(iter(table.values()), ()))
        rows += [[_cell(row, one, digits, varied) for one in shown] for row in rows_of(columns, table)]
    heads = [one.head for one in shown]
    if any(refused):
        heads.append(WHY)
        rows = [[*row, words(why)] for row, why in zip(rows, refused, strict=True)]
    return PaperTable(
        caption=_caption(name, taken, {head.key for head in heads}, varied),
        label=label("sweep", name),
        columns=tuple(heads),
        rows=tuple(map(tuple, rows)),
    )


def _caption(name: str, taken: str, keys: Collection[str], varied: Sequence[str]) -> str:
    """What is swept, at which input, and what multiply-adds are counted for."""
    of = [said for key, said in _COUNTED.items() if key in keys]
    counted = f"{' and '.join(of)} for {f'{BATCH} samples' if BATCH in varied else 'one sample'}" if of else ""
    *others, last = varied or ("",)
    by = f"{', '.join(others)} and {last}" if others else last
    parts = (name or "A network", f"at an input of {taken}" if taken else "", f"by {by}" if by else "")
    said = " ".join(filter(None, parts))
    return f"{said}: {counted}." if counted else f"{said}."


_COUNTED = {"macs": "multiply-adds (MACs)", "flops": "FLOPs (2 × MACs)"}


def _shown(columns: Sequence[str]) -> Iterable[_Shown]:
    """The columns, the sizes of a shape as one where its first is among them."""
    for place, key in enumerate(columns):
        heading = next((title for title, prefix in SHAPES.items() if key.startswith(prefix)), None)
        if heading is None:
            yield _Shown(Column(TITLES.get(key, key), key, right=key not in ("fails_at", "why")), (place,))
            continue
        prefix = SHAPES[heading]
        sizes = tuple(one for one, other in enumerate(columns) if other.startswith(prefix))
        if columns[sizes[0]].removeprefix(prefix) not in _FIRST:
            yield _Shown(Column(f"{heading}, {key.removeprefix(prefix)}", key, right=True), (place,))
        elif place == sizes[0]:
            yield _Shown(Column(heading, prefix.removesuffix("_")), sizes, is_shape=True)


def _cell(row: Sequence[Value], one: _Shown, digits: int | None, varied: Sequence[str]) -> Cell:
    if one.is_shape:
        # 0 stands where a network has no such axis.
        sizes = tuple(n for place in one.places if isinstance(n := row[place], int) and n)
        return shape(sizes) if sizes else Cell()
    value = row[one.places[0]]
    if value is None or isinstance(value, (bool, str)):
        return words("" if value is None else value if isinstance(value, str) else text_of(value))
    if one.head.key in varied or not isinstance(value, int):
        return Cell(text_of(value), text_of(value))
    return Cell(in_digits(value, digits), value)
