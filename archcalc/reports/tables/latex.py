"""Text and formulas as TeX, and the widths of a table's columns, so that nothing leaves the margin."""

from __future__ import annotations

import re
from functools import lru_cache
from math import ceil, sqrt

from msgspec import Struct

from archcalc.reports.tables.model import Cell, PaperTable
from archcalc.reports.terminal_text import printable

_ESCAPES = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "$": r"\$",
        "&": r"\&",
        "%": r"\%",
        "#": r"\#",
        "_": r"\_",
        "\N{NO-BREAK SPACE}": "~",
        "\N{ZERO WIDTH SPACE}": r"\allowbreak{}",
        "^": r"\textasciicircum{}",
        "~": r"\textasciitilde{}",
        "<": r"$<$",
        ">": r"$>$",
        "|": r"$\mid$",
        # These would be arguments of the `\\` before them, or end one.
        "[": "{[}",
        "]": "{]}",
        "*": "{*}",
        '"': "''",
        "×": r"$\times$",
        "·": r"$\cdot$",
        "−": r"$-$",
        "≥": r"$\geq$",
        "≤": r"$\leq$",
        "≠": r"$\neq$",
        "⌊": r"$\lfloor$",
        "⌋": r"$\rfloor$",
        "…": r"\ldots{}",
        "→": r"$\to$",
        "†": r"\textdagger{}",
        "\N{REPLACEMENT CHARACTER}": "?",
    }
)


def tex(text: str) -> str:
    """A text as TeX sets it as it stands. Letters beyond Latin need LuaLaTeX or XeLaTeX, and a font that has them."""
    return _parted(text).translate(_ESCAPES)


def tex_prose(text: str) -> str:
    """A sentence of ours as TeX: what stands in backticks is code."""
    return re.sub("`([^`]+)`", r"\\texttt{\1}", tex(text))


def _parted(text: str) -> str:
    """A text with signs for where it may be broken, and where not."""
    # A long name may be broken where its parts meet; but not a product at its sign, nor `3×3, 64`, nor `stride 2`.
    parted = re.sub(r"((?<=\w)[._]|[^\W_]{16})(?=\w)", "\\g<0>\N{ZERO WIDTH SPACE}", printable(text))
    return re.sub(r" (?=×)|(?<=×) |(?<=[,e]) (?=\d)", "\N{NO-BREAK SPACE}", parted)


@lru_cache(1 << 10)
def tex_cell(cell: Cell) -> str:
    """What stands in a cell. A formula may be broken after its signs, also within brackets; numbers have commas."""
    if cell.math is None:
        # A decimal point is no place to break.
        return cell.text.replace(" ", "~") if isinstance(cell.data, int) else tex(cell.text)
    breakable = re.sub(r"\\(left|right)(?=[()])", "", cell.math)
    return (
        "$" + re.sub(r"(?<!\w)\d{4,}(?!\w)", lambda number: f"{int(number[0]):,}".replace(",", "{,}"), breakable) + "$"
    )


LETTER, GAP = 0.0131, 0.0232
"""What a letter, and the space between two columns, takes of a line: of 345 pt in 8 pt, as ``article`` has them."""

WIDE = 0.36
"""So much of a line is room enough for a column whose lines may be broken."""

MOST_LINES = 45
"""How many lines a page has room for."""


class Layout(Struct, frozen=True):
    """The columns as ``tabular`` has them, whether the table is longer than a page, and whether formulas are in it."""

    columns: str
    is_long: bool
    has_math: bool


def layout(table: PaperTable) -> Layout:
    """Columns that may be broken share what the others leave of the line; names are broken where that is too little."""
    lengths = [
        max([len(column.title), *(len(row[place].text) for row in table.rows)])
        for place, column in enumerate(table.columns)
    ]
    broken = {place for place, column in enumerate(table.columns) if column.broken}
    while True:
        whole = {place: length for place, length in enumerate(lengths) if place not in broken}
        left = 1 - GAP * (len(lengths) - 1) - LETTER * sum(whole.values())
        names = [place for place in whole if table.columns[place].names]
        if left >= sum(min(lengths[place] * LETTER, WIDE) for place in broken) or not names:
            break
        broken.add(max(names, key=lambda place: lengths[place]))
    shares = _shares(
        {place: lengths[place] * LETTER for place in broken},
        {place: max(_longest(row[place]) for row in table.rows) * LETTER for place in broken if table.rows},
        left,
    )
    lines = sum(
        max((ceil(len(row[place].text) * LETTER / share) for place, share in shares.items()), default=1)
        for row in table.rows
    )
    spec = [
        # Rounded down: of three columns that are rounded up the last would leave the margin.
        rf">{{\raggedright\arraybackslash}}p{{{int(1000 * shares[place]) / 1000:.3f}\linewidth}}"
        if place in shares
        else "r"
        if column.right
        else "l"
        for place, column in enumerate(table.columns)
    ]
    has_math = any(cell.math for row in table.rows for cell in row)
    return Layout("".join(spec), max(lines, len(table.rows)) * (1.3 if has_math else 1) > MOST_LINES, has_math)


def _shares(wanted: dict[int, float], least: dict[int, float], left: float) -> dict[int, float]:
    """What columns that may be broken get of a line: what they want, or by its root, as long lines are broken often."""
    if sum(wanted.values()) <= left:
        return wanted
    given: dict[int, float] = {}
    while True:
        rest = {place: sqrt(width) for place, width in wanted.items() if place not in given}
        room = max(left - sum(given.values()), 0)
        shares = {place: room * root / sum(rest.values()) for place, root in rest.items()}
        narrow = {place for place, share in shares.items() if share < least[place]}
        if not narrow:
            return given | shares
        given |= {place: least[place] for place in narrow}


def _longest(cell: Cell) -> int:
    """The most letters of a cell that stay on one line; of a formula, what its longest terms have."""
    pieces = cell.text.split(" ") if cell.math else re.split("[ \N{ZERO WIDTH SPACE}]", _parted(cell.text))
    return max(map(len, pieces))
