"""A table with aligned columns: the only one there is. What does not fit is shortened, and left out last."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from archcalc.reports.terminal_text import BOLD, DIM, PLAIN, Style, printable, shortened, width

GAP = 2


class Heading(Struct, frozen=True):
    """A column: its title; whether it stands right, as numbers do; to how few columns of the terminal it may be cut.

    ``least`` is ``None`` where it stays whole. A ``spare`` one is left out where nothing else helps.
    """

    title: str = ""
    right: bool = False
    least: int | None = None
    spare: bool = False


def aligned(
    columns: Sequence[Heading],
    rows: Sequence[Sequence[str]],
    style: Style = PLAIN,
    *,
    header: bool = True,
    rule: bool = True,
    totals: int = 0,
) -> list[str]:
    """The lines of a table. ``rule`` draws one below the header, and one above the last ``totals`` rows.

    It ends with the last column that has a title. Whatever would move the cursor is made visible.
    """
    cells = [[printable(cell) for cell in row] for row in rows]
    head = [[column.title for column in columns]] if header else []
    kept, widths = _fitted(columns, [*head, *cells], style.columns)
    lines = [_line(row, kept, columns, widths) for row in [*head, *cells]]
    if header:
        lines[0] = style.paint(BOLD, lines[0])
    if rule:
        last = max((place for place in kept if columns[place].title or not header), default=-1)
        below = [widths[place] for place in kept if place <= last]
        drawn = style.paint(DIM, "─" * (sum(below) + GAP * (len(below) - 1)))
        if totals:
            lines.insert(len(lines) - totals, drawn)
        lines.insert(len(head), drawn)
    return lines


def _fitted(columns: Sequence[Heading], rows: Sequence[Sequence[str]], most: int | None) -> tuple[list[int], list[int]]:
    """Which columns there is room for, and how wide each is."""
    widths = [max((width(row[place]) for row in rows), default=0) for place in range(len(columns))]
    kept = list(range(len(columns)))
    if most is None:
        return kept, widths
    floors = [min(wide, _floor(column, wide)) for column, wide in zip(columns, widths, strict=True)]

    def over(sizes: list[int]) -> bool:
        return sum([sizes[place] for place in kept], GAP * (len(kept) - 1)) > most

    for place in [place for place in kept if columns[place].spare]:
        if over(floors):
            kept.remove(place)
    while over(widths):
        widest = max(kept, key=lambda place: widths[place] - floors[place])
        if widths[widest] == floors[widest]:
            break
        widths[widest] -= 1
    return kept, widths


def _floor(column: Heading, wide: int) -> int:
    return wide if column.least is None else max(column.least, width(column.title))


def _line(row: Sequence[str], kept: Sequence[int], columns: Sequence[Heading], widths: Sequence[int]) -> str:
    parts = []
    for place in kept:
        cell = shortened(row[place], widths[place]) if columns[place].least is not None else row[place]
        blank = " " * (widths[place] - width(cell))
        parts.append(blank + cell if columns[place].right else cell + blank)
    return (" " * GAP).join(parts).rstrip()
