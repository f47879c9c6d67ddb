"""How many values one question about functions of sizes may look at, wherever in their arithmetic that is done.

The count is a context variable: operators take two numbers, and nothing beside them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

MAX_LOOKED = 8_000_000
"""How many values of all functions may be looked at for one question: about half a second's."""

BY_ITSELF = 50
"""What a function costs besides its values, counted as if it were so many more of them."""

A_LAYER = 150
"""What a layer costs with sizes that are numbers, counted alike."""

A_PLACE = 3
"""What it costs to follow one place of an axis back through a layer, or one place of a window, counted alike."""

ITS_WAYS = 1500
"""What it costs to follow every place through a layer, counted alike."""


class TooLong(Exception):
    """A question that takes more values to answer than may be looked at."""


class FormulaTooLong(Exception):
    """A formula is longer than anybody reads; the text says of what it has too many."""


_left: ContextVar[list[int] | None] = ContextVar("_left", default=None)


@contextmanager
def one_question() -> Iterator[None]:
    """Let what is done in here look at ``MAX_LOOKED`` values at most, all together; beyond that TooLong is raised."""
    before = _left.set([MAX_LOOKED])
    try:
        yield
    finally:
        _left.reset(before)


def look(values: int) -> None:
    """Count values that are looked at. Raises TooLong where the question has no more of them."""
    left = _left.get()
    if left is not None:
        left[0] -= values
        if left[0] < 0:
            raise TooLong
