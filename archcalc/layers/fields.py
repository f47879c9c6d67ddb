"""What a field of a layer can be: read from a spec, described in words, drawn by Hypothesis.

A layer kind annotates its attributes with these, ``kernel_size: Annotated[Sizes, PerAxis()]``, and
everything that must know a field's values asks it: the reader of specs, the documentation and
the property tests.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

MAX_REAL = 3.4028234663852886e38
"""The largest number that a 32-bit float holds, and so a weight or an activation."""


class FieldError(ValueError):
    """A value that a field does not take. ``wrong_type`` tells a type from a range error."""

    def __init__(self, message: str, *, wrong_type: bool = False) -> None:
        super().__init__(message)
        self.wrong_type = wrong_type


class Field(Struct, frozen=True, kw_only=True):
    """One field's vocabulary. ``optional`` means that the spec may leave it out or say ``null``.

    ``follows_axis`` says of which axis of the input it is the size, 0 being the first behind the batch: the spec may
    leave such a field out, and what it states is compared with what arrives.
    """

    follows_axis: int | None = None

    def read(self, value: object, axes: int) -> object:
        """The value as the layer holds it. Raises FieldError."""
        raise NotImplementedError

    def describe(self) -> str:
        """What the field takes, in words."""
        raise NotImplementedError

    def values(self, axes: int) -> SearchStrategy[object]:
        """A Hypothesis strategy of small legal values."""
        raise NotImplementedError

    def nearby(self, value: object, axes: int, distance: int) -> list[object]:
        """The legal values this far from one, for whoever looks for a small change.

        A whole number counts by ones; a flag or another choice is at distance 1.
        """
        return [near for near in self._at(value, axes, distance) if near != value and self._takes(near, axes)]

    def _at(self, value: object, axes: int, distance: int) -> Sequence[object]:
        return []

    def _takes(self, value: object, axes: int) -> bool:
        try:
            self.read(value, axes)
        except FieldError:
            return False
        return True

    @property
    def takes_expressions(self) -> bool:
        """Whether a string in the spec is an expression, not the value itself."""
        return True

    @property
    def unreadable(self) -> object:
        """What stands in for a value that could not be read, or ``None`` where nothing can."""
        return None


class Factor(Field, frozen=True):
    """A factor above 0 whose products with sizes a float holds exactly: a whole number over a power of 2."""

    def read(self, value: object, axes: int) -> int | float:
        if isinstance(value, bool) or not isinstance(value, (int, float, Fraction)) or value != value:
            raise FieldError(f"takes {self.describe()}, not {said(value)}", wrong_type=True)
        if not 0 < value <= LARGEST_FACTOR:
            raise FieldError(f"takes {self.describe()}, not {said(value)}")
        exact = Fraction(value)
        if LARGEST_FACTOR % exact.denominator:
            # n·0.7 is 62.99… for n = 90: what torch makes of it is left to how floats are rounded.
            raise FieldError(f"takes {self.describe()}, not {said(value)}: the sizes would depend on rounding")
        return exact.numerator if exact.denominator == 1 else float(exact)

    def describe(self) -> str:
        return f"a whole number to {LARGEST_FACTOR}, or such a fraction over a power of 2 (0.5, 1.25)"

    def values(self, axes: int) -> SearchStrategy[object]:
        from hypothesis import strategies as st

        return st.sampled_from((1, 2, 3, 4, 0.25, 0.5, 0.75, 1.5, 2.25))

    def _at(self, value: object, axes: int, distance: int) -> Sequence[object]:
        return either_side(value, distance)


LARGEST_FACTOR = 1024
"""The largest factor of a size, and the largest power of 2 below one."""


class Flag(Field, frozen=True):
    """``true`` or ``false``."""

    optional: bool = False

    def read(self, value: object, axes: int) -> bool | None:
        if value is None and self.optional:
            return None
        if not isinstance(value, bool):
            raise FieldError(f"takes {self.describe()}, not {said(value)}", wrong_type=True)
        return value

    def describe(self) -> str:
        return "true or false" + (", or null" if self.optional else "")

    def values(self, axes: int) -> SearchStrategy[object]:
        from hypothesis import strategies as st

        return st.none() | st.booleans() if self.optional else st.booleans()

    def _at(self, value: object, axes: int, distance: int) -> Sequence[object]:
        return [not value] if distance == 1 else []

    @property
    def words(self) -> tuple[str, ...]:
        """Words that mean a flag elsewhere, and are text in YAML 1.2."""
        return ("yes", "no", "on", "off", "y", "n", "true", "false")


class Choice(Field, frozen=True):
    """One of a few words."""

    options: tuple[str, ...]

    def read(self, value: object, axes: int) -> str:
        if not isinstance(value, str):
            raise FieldError(f"takes {self.describe()}, not {said(value)}", wrong_type=True)
        if value not in self.options:
            raise FieldError(f"takes {self.describe()}, not `{value}`")
        return value

    def describe(self) -> str:
        return " or ".join(f"`{option}`" for option in self.options)

    def values(self, axes: int) -> SearchStrategy[object]:
        from hypothesis import strategies as st

        return st.sampled_from(self.options)

    def _at(self, value: object, axes: int, distance: int) -> Sequence[object]:
        return list(self.options) if distance == 1 else []

    @property
    def takes_expressions(self) -> bool:
        return False


class Real(Field, frozen=True):
    """A real number in a closed interval; ``above`` makes its lower end open."""

    at_least: float = -MAX_REAL
    at_most: float = MAX_REAL
    above: bool = False
    optional: bool = False

    def read(self, value: object, axes: int) -> float | int | None:
        if value is None and self.optional:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float, Fraction)):
            raise FieldError(f"takes {self.describe()}, not {said(value)}", wrong_type=True)
        high_enough = value > self.at_least if self.above else value >= self.at_least
        if not (high_enough and value <= self.at_most):
            raise FieldError(f"takes {self.describe()}, not {said(value)}")
        # torch takes whole numbers for reals, but none beyond 64 bits.
        return value if isinstance(value, int) and abs(value) < 2**53 else float(value)

    def describe(self) -> str:
        low = "" if self.at_least == -MAX_REAL else f" {'above' if self.above else 'from'} {self.at_least:g}"
        high = "" if self.at_most == MAX_REAL else f" to {self.at_most:g}"
        return f"a number{low}{high}" + (", or null" if self.optional else "")

    def values(self, axes: int) -> SearchStrategy[object]:
        from hypothesis import strategies as st

        low, high = max(self.at_least, -2.0), min(self.at_most, 2.0)
        whole = st.integers(math.floor(low) + 1 if self.above else math.ceil(low), math.floor(high))
        numbers = st.floats(low, high, exclude_min=self.above) | whole
        return st.none() | numbers if self.optional else numbers

    def _at(self, value: object, axes: int, distance: int) -> Sequence[object]:
        return either_side(value, distance)


def either_side(value: object, distance: int) -> list[int]:
    """The numbers this far below and above one; none around what is no number."""
    return [value - distance, value + distance] if type(value) is int else []


def said(value: object) -> str:
    """A value as a message repeats it to the user."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"the text `{value}`"
    if isinstance(value, (list, tuple)):
        return "a list"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, Fraction):
        return f"{float(value):g}" if abs(value) <= MAX_REAL else str(int(value))
    return str(value)
