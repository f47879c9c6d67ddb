"""A table as it is before it has a format: cells that each format writes in its own way."""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from archcalc.sizes.axes import shape_text
from archcalc.sizes.rules import Dim, Shape, is_known

Plain: TypeAlias = str | int | float | None
"""What a cell is for a program."""


class Cell(Struct, frozen=True):
    """What stands in a table: ``text`` for people, ``data`` for programs, and as TeX, if it is a formula, ``math``."""

    text: str = ""
    data: Plain = None
    math: str | None = None


Cells: TypeAlias = tuple[Cell, ...]


class Column(Struct, frozen=True):
    """A column: its title, what programs call it, and whether it stands right.

    The lines of a ``broken`` one may be broken, those of one with ``names`` only where there is no room.
    """

    title: str
    key: str
    right: bool = False
    broken: bool = False
    names: bool = False


class PaperTable(Struct, frozen=True, kw_only=True):
    """A table with its caption. ``label`` is what a paper refers to it by; the last ``totals`` rows are sums."""

    columns: tuple[Column, ...]
    rows: tuple[Cells, ...]
    caption: str = ""
    label: str = ""
    totals: int = 0
    notes: tuple[str, ...] = ()


def words(said: str) -> Cell:
    """Text."""
    return Cell(said, said)


def count(value: Dim) -> Cell:
    """A number; ``?`` of what an error hides."""
    return Cell(f"{value:,}", value) if isinstance(value, int) else Cell("?")


def given(value: bool | int | float | str | None) -> Cell:
    """A value as it is."""
    if value is None or isinstance(value, bool):
        return words("" if value is None else str(value).lower())
    return count(value) if isinstance(value, int) else words(str(value))


def shape(sizes: Shape | None) -> Cell:
    """A shape; for programs only where all of it is known."""
    return Cell(shape_text(sizes), "x".join(map(str, sizes)) if is_known(*sizes) else None) if sizes else Cell("?")


def label(*names: str | None) -> str:
    """What a paper refers to a table by: ``tab:resnet-resnet152``."""
    letters = ("".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in name or "") for name in names)
    return "tab:" + "-".join(filter(None, (part.strip("-").lower() for part in letters)))
