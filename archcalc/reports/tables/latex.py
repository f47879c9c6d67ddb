"""Text and formulas as TeX, and the widths of a table's columns, so that nothing leaves the margin."""

from __future__ import annotations

import re
from math import ceil

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
        "\N{REPLACEMENT CHARACTER}": "?",
    }
)


def tex(text: str) -> str:
    """A text as TeX sets it as it stands. Letters beyond Latin need LuaLaTeX or XeLaTeX, and a font that has them."""
    # A long name may be broken where its parts meet, and a product not at its sign.
    parted = re.sub(r"((?<=\w)[._]|[^\W_]{16})(?=\w)", "\\g<0>\N{ZERO WIDTH SPACE}", printable(text))
    return parted.replace(" × ", "\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}").translate(_ESCAPES)


def tex_cell(cell: Cell) -> str:
    """What stands in a cell. A formula may be broken after its signs, also within brackets; numbers have commas."""
    if cell.math is None:
        return tex(cell.text)
    breakable = re.sub(r"\\(left|right)(?=[()])", "", cell.math)
    return (
        "$" + re.sub(r"(?<!\w)\d{4,}(?!\w)", lambda number: f"{int(number[0]):,}".replace(",", "{,}"), breakable) + "$"
    )


LETTER, GAP = 0.0131, 0.0232
"""What a letter, and the space between two columns, takes of a line: of 345 pt in 8 pt, as ``article`` has them."""

NARROWEST = 0.16
"""The least that a column whose lines are broken should have of a line."""

MOST_LINES = 45
"""How many lines a page has room for."""


class Layout(Struct, frozen=True):
    """The columns as ``tabular`` has them, and whether the table is longer than a page."""

    columns: str
    is_long: bool


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
        names = [place for place in whole if not table.columns[place].right]
        if left >= NARROWEST * len(broken) or not names:
            break
        broken.add(max(names, key=lambda place: lengths[place]))
    wanted = sum(lengths[place] for place in broken)
    left = min(max(left, NARROWEST * len(broken)), wanted * LETTER)
    shares = {place: max(NARROWEST / 2, left * lengths[place] / wanted) for place in broken if wanted}
    lines = sum(
        max((ceil(len(row[place].text) * LETTER / share) for place, share in shares.items()), default=1)
        for row in table.rows
    )
    spec = [
        rf">{{\raggedright\arraybackslash}}p{{{shares[place]:.3f}\linewidth}}"
        if place in shares
        else "r"
        if column.right
        else "l"
        for place, column in enumerate(table.columns)
    ]
    return Layout("".join(spec), max(lines, len(table.rows)) > MOST_LINES)
