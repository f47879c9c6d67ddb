"""The lines of a source that a diagnostic is about, with the marks below them, within the columns there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from msgspec import Struct

from archcalc.diagnostics.model import Span
from archcalc.reports.terminal_text import BLUE, Style, fitting, printable, width, wrapped

MAX_WIDTH = 120
"""The longest piece of a source line that is shown."""

NARROW = 20
"""How many columns a note has at least, if need be from further left than its mark."""


class SourceMark(Struct, frozen=True, order=True):
    """A stretch of a source, the sign that stands below it, ``^`` or ``-``, its colour, and what is said of it."""

    span: Span
    sign: str
    note: str
    colour: str


def excerpt(marks: Sequence[SourceMark], source: Sequence[str], margin: str, style: Style) -> Iterator[str]:
    """Each source line that has marks, with its number, and the marks below it."""
    columns = None if style.columns is None else max(NARROW, style.columns - len(margin) - 3)
    room = min(MAX_WIDTH, columns or MAX_WIDTH)
    bar = style.paint(BLUE, f"{margin} |")
    for number, group in groupby(marks, key=lambda mark: mark.span.line):
        line = source[number - 1] if number <= len(source) else ""
        left = list(group)
        while left:
            # What does not fit beside the first mark, or the error's own, has a piece of the line to itself.
            lead = next((mark for mark in left if mark.sign == "^"), left[0])
            first = _first_shown(line, lead.span.column - 1, room)
            piece = fitting(line[first:], room)
            here = [mark for mark in left if mark is lead or first <= mark.span.column - 1 < first + len(piece)]
            left = [mark for mark in left if mark not in here]
            number_text = style.paint(BLUE, f"{str(number).rjust(len(margin))} |")
            yield f"{number_text} {_cut(piece, before=first > 0, after=first + len(piece) < len(line))}".rstrip()
            for mark in here:
                for text in _below(mark, line, first, len(piece), columns):
                    yield f"{bar} {_painted(text, mark, style)}".rstrip()


def _cut(piece: str, *, before: bool, after: bool) -> str:
    """A piece of a line, with ``…`` in the place of its first or last character where the line goes on there."""
    shown = printable(piece)
    if before and shown:
        shown = "…" + " " * (width(shown[0]) - 1) + shown[1:]
    if after and shown:
        shown = shown[:-1] + " " * (width(shown[-1]) - 1) + "…"
    return shown


def _first_shown(line: str, at: int, room: int) -> int:
    """Where the shown piece of a line begins, so that a place is in it, with some of what stands before and behind."""
    last = len(line) - len(fitting(line[::-1], room))
    return max(0, min(at - len(fitting(line[:at][::-1], room // 3)), last))


def _below(mark: SourceMark, line: str, first: int, shown: int, columns: int | None) -> Iterator[str]:
    """The mark below its stretch of the piece that is shown, and its note beside it, or below where it is too long."""
    span = mark.span
    start = max(first, min(span.column - 1, len(line)))
    end = span.end_column - 1 if span.end_line == span.line else len(line)
    end = min(end, len(line), first + shown)
    before, note = width(line[first:start]), printable(mark.note)
    sign = " " * before + mark.sign * max(1, width(line[start:end]))
    if not note or columns is None or width(sign) + 1 + width(note) <= columns:
        yield f"{sign} {note}".rstrip()
        return
    yield sign
    indent = max(0, min(before, columns - max(NARROW, *map(width, note.split(" ")))))
    yield from (" " * indent + part for part in wrapped(note, columns - indent))


def _painted(text: str, mark: SourceMark, style: Style) -> str:
    bare = text.lstrip(" ")
    return text[: len(text) - len(bare)] + style.paint(mark.colour, bare)
