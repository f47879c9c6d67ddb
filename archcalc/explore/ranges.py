"""The one grammar of values to try: ``0:5``, ``0.25:2:0.05``, ``1,2,4``, ``true,false``, in any mixture.

A range is first:last:step with both ends, in exact fractions. What stands alone is a word, which whoever asked reads
as the file would.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TypeAlias

from archcalc.spec.settings import exact_value

Rational: TypeAlias = int | Fraction


class RangeError(ValueError):
    """Values that cannot be read."""


def expanded(text: str, most: int) -> Iterator[Rational | str]:
    """The numbers of each range and the words between, at most so many of a range. Raises RangeError."""
    for part in text.split(","):
        if ":" in part:
            yield from _range(part.strip(), most)
        else:
            yield part.strip()


def _range(text: str, most: int) -> Iterator[Rational]:
    parts = [exact_value(part) for part in text.split(":")]
    ends = [Fraction(part) for part in parts if part is not None and not isinstance(part, bool)]
    if len(ends) < len(parts) or len(ends) > 3:
        raise no_range(text)
    first, last = ends[:2]
    step = ends[2] if len(ends) == 3 else Fraction(1)
    if step <= 0 or last < first:
        raise RangeError(f"`{text}` is empty: write the smaller number first, and a step above 0")
    count = (last - first) // step + 1
    if count > most:
        raise RangeError(f"`{text}` has {count:,} values, more than {most:,}")
    return (plain(first + n * step) for n in range(count))


def no_range(text: str) -> RangeError:
    """What is said of a text that is neither a range nor a value."""
    return RangeError(f"`{text}` is not a range: write first:last:step, such as 128:320:32, or values, such as 10,100")


def plain(value: Fraction) -> Rational:
    """The number, an int where it is whole."""
    return value.numerator if value.denominator == 1 else value
