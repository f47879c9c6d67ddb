"""Text on a terminal: what is printable, how wide it is, how it is cut and wrapped, and its colours."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct


class Style(Struct, frozen=True):
    """How a text is set: at most so many ``columns`` wide, where that is known, and with or without ``colours``.

    Only excerpts and tables are held to the columns: a terminal wraps a sentence by itself, and spoils a table.
    ``begins`` is what a colour begins with: a terminal's own sign, or one that is told from a stranger's.
    """

    columns: int | None = None
    colours: bool = False
    begins: str = "\x1b["

    def paint(self, colour: str, text: str) -> str:
        """The text in a colour (``RED`` and so on), if there are colours."""
        return f"{self.begins}{colour}m{text}{self.begins}0m" if self.colours and text else text


PLAIN = Style()
RED, YELLOW, GREEN, BLUE, CYAN, BOLD, DIM = "1;31", "1;33", "32", "34", "36", "1", "2"


def printable(text: str) -> str:
    """A text with nothing in it that moves the cursor or colours a terminal; a tab shows as one."""
    return text if text.isprintable() else "".join(_printable(character) for character in text)


def _printable(character: str) -> str:
    if character == "\t":
        return "→"
    return character if character.isprintable() else "\N{REPLACEMENT CHARACTER}"


def width(text: str) -> int:
    """How many terminal columns a text takes."""
    return len(text) if text.isascii() else sum(_widths(text))


def _widths(text: str) -> Iterator[int]:
    """How many columns each character takes: none for an accent of its own, two for a wide one."""
    from unicodedata import combining, east_asian_width

    return (0 if combining(sign) else 2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def fitting(text: str, columns: int) -> str:
    """The beginning of a text that takes at most so many columns."""
    if text.isascii():
        return text[:columns]
    left = columns
    for place, wide in enumerate(_widths(text)):
        left -= wide
        if left < 0:
            return text[:place]
    return text


def shortened(text: str, columns: int) -> str:
    """A text of at most so many columns, with ``…`` for its middle where it is longer: both ends of a name tell."""
    if width(text) <= columns:
        return text
    end = fitting(text[::-1], columns // 2)[::-1]
    return f"{fitting(text, columns - 1 - width(end))}…{end}"


def wrapped(text: str, columns: int) -> Iterator[str]:
    """The text in lines of at most so many columns, parted at spaces; a longer word stands alone."""
    line = ""
    for word in text.split(" "):
        if line and width(line) + 1 + width(word) > columns:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    yield line
