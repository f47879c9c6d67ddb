"""Statements of a ``forward``: a value assigned, and a module called several times in a row."""

from __future__ import annotations

from collections.abc import Iterator

from archcalc.targets.python import pieces
from archcalc.targets.python import source as pycode
from archcalc.targets.python.layout import Piece


def commented(line: str, comment: str, indent: int) -> str:
    """A line with a comment behind it, where it has room for one."""
    fits = "\n" not in line and indent + len(line) + 4 + len(comment) <= pycode.WIDTH
    return f"{line}  # {comment}" if comment and fits else line


def assigned(target: str, expression: Piece, indent: int) -> str:
    """What an expression gives, under a name."""
    return f"{target} = {expression.at(indent, len(target) + 3)}"


def repeated(target: str, module: str, count: str, indent: int) -> Iterator[str]:
    """A module called so many times, each time on what it gave before."""
    yield f"for _ in range({count}):"
    yield f"    {assigned(target, pieces.piece(f'{module}({target})'), indent + 4)}"
