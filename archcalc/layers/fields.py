"""What a field of a layer can be: read from a spec, described in words, drawn by Hypothesis.

A layer kind annotates its attributes with these, ``kernel_size: Annotated[Sizes, PerAxis()]``, and
everything that must know a field's values asks it: the reader of specs, the documentation and
the property tests.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec import Struct

from archcalc.sizes.rules import UNKNOWN, Dim, is_column, is_symbolic

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

MAX_SIZE = 2**31 - 1
"""The largest size a spec may state; larger tensors exist nowhere."""

WORD = 8
"""How far a word is from a number."""

MAX_AXES = 64
"""torch's own limit."""

MAX_REAL = 3.4028234663852886e38
"""The largest number that a 32-bit float holds, and so a weight or an activation."""

Sizes: TypeAlias = int | tuple[int, ...]
"""One size for every axis, or one for each."""


class FieldError(ValueError):
    """A value that a field does not take. ``wrong_type`` tells a type from a range fault."""

    def __init__(self, message: str, *, wrong_type: bool = False) -> None:
        super().__init__(message)
        self.wrong_type = wrong_type


class Field(Struct, frozen=True):
    """One field's vocabulary. ``optional`` means that the spec may leave it out or say ``null``."""

    def read(self, value: Any, axes: int) -> Any:
        """The value as the layer holds it. Raises FieldError."""
        raise NotImplementedError

    def describe(self) -> str:
        """What the field takes, in words."""
        raise NotImplementedError

    def values(self, axes: int) -> SearchStrategy[Any]:
        """A Hypothesis strategy of small legal values."""
        raise NotImplementedError

    def nearby(self, value: Any, axes: int, distance: int) -> list[Any]:
        """The legal values this far from one, for whoever looks for a small change.

        A whole number counts by ones; a flag or another choice is at distance 1.
        """
        return [near for near in self._at(value, axes, distance) if near != value and self._takes(near, axes)]

    def _at(self, value: Any, axes: int, distance: int) -> list[Any]:
        return []

    def _takes(self, value: Any, axes: int) -> bool:
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
    def unreadable(self) -> Any:
        """What stands in for a value that could not be read, or ``None`` where nothing can."""
        return None


class Size(Field, frozen=True):
    """A whole number."""

    at_least: int = 1
    drawn_to: int = 8
    optional: bool = False

    def read(self, value: Any, axes: int) -> Dim:
        if is_symbolic(value) or value is UNKNOWN or (value is None and self.optional):
            return value
        if is_column(value):
            if value.low < self.at_least or value.high > MAX_SIZE:
                raise FieldError(f"takes {self.describe()} in every row")
            return value
        if isinstance(value, bool) or not isinstance(value, int):
            raise FieldError(f"takes {self.describe()}, not {said(value)}", wrong_type=not isinstance(value, Fraction))
        if value < self.at_least:
            raise FieldError(f"takes {self.describe()}, not {value}")
        if value > MAX_SIZE:
            raise FieldError(f"takes at most {MAX_SIZE:,}, not {value:,}")
        return value

    def describe(self) -> str:
        return f"a whole number from {self.at_least} up" + (", or null" if self.optional else "")

    def values(self, axes: int) -> SearchStrategy[Any]:
        from hypothesis import strategies as st

        numbers = st.integers(self.at_least, self.drawn_to)
        return st.none() | numbers if self.optional else numbers

    def _at(self, value: Any, axes: int, distance: int) -> list[Any]:
        return either_side(value, distance)

    @property
    def unreadable(self) -> Dim:
        return UNKNOWN


class Axis(Field, frozen=True):
    """The number of an axis, the batch being 0 and negative numbers counting from the end.

    It decides how many axes come out, so it is never a symbol, and no shape stands in for a fault.
    """

    optional: bool = False

    def read(self, value: Any, axes: int) -> int | None:
        if value is None and self.optional:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            raise FieldError(f"takes {self.describe()}, not {said(value)}", wrong_type=not isinstance(value, Fraction))
        if abs(value) >= MAX_AXES:
            raise FieldError(f"takes less than {MAX_AXES} either way, not {value:,}")
        return value

    def describe(self) -> str:
        return "an axis number" + (", or null" if self.optional else "")

    def values(self, axes: int) -> SearchStrategy[Any]:
        from hypothesis import strategies as st

        numbers = st.integers(-6, 6)
        return st.none() | numbers if self.optional else numbers

    def _at(self, value: Any, axes: int, distance: int) -> list[Any]:
        return either_side(value, distance)


class PerAxis(Field, frozen=True):
    """A whole number for every spatial axis, or a list of one for each.

    ``words`` are strings taken instead (``same``); ``keep`` lets an entry of the list be ``null``,
    "as it is".
    """

    at_least: int = 1
    drawn_to: int = 4
    words: tuple[str, ...] = ()
    keep: bool = False
    optional: bool = False

    def read(self, value: Any, axes: int) -> Any:
        if isinstance(value, str) and value in self.words:
            return value
        if value is None and self.optional:
            return None
        if isinstance(value, (list, tuple)):
            if len(value) != axes:
                raise FieldError(f"takes one number, or a list of {axes}, not of {len(value)}")
            return tuple(entry if entry is None and self.keep else self._entry(entry) for entry in value)
        return self._entry(value)

    def _entry(self, value: Any) -> Any:
        if value is UNKNOWN:
            return value
        if isinstance(value, str) or value is None or isinstance(value, (list, tuple)):
            raise FieldError(f"takes {self.describe()}, not {said(value)}", wrong_type=True)
        return Size(self.at_least).read(value, 1)

    def describe(self) -> str:
        number = f"{Size(self.at_least).describe()}, or a list of one for each axis"
        if self.keep:
            number += " (null keeps the input's)"
        words = [f"`{word}`" for word in self.words] + ["null"] * self.optional
        return ", or ".join([number, *words])

    def values(self, axes: int) -> SearchStrategy[Any]:
        from hypothesis import strategies as st

        one = st.integers(self.at_least, self.drawn_to)
        entry = st.none() | one if self.keep else one
        others: list[SearchStrategy[Any]] = [st.sampled_from(self.words)] if self.words else []
        if self.optional:
            others.append(st.none())
        return st.one_of(one, st.tuples(*[entry] * axes), *others)

    def _at(self, value: Any, axes: int, distance: int) -> list[Any]:
        # A word is further than the numbers that do the same.
        words: list[Any] = list(self.words) if distance == WORD else []
        if isinstance(value, tuple):
            shifted = [either_side(entry, distance) for entry in value]
            alone = [(*value[:i], n, *value[i + 1 :]) for i, entries in enumerate(shifted) for n in entries]
            return [pair for pair in zip(*shifted, strict=False) if len(pair) == axes] + alone + words
        if value is None or isinstance(value, str):
            # Nothing is stated: the smallest numbers come first.
            return [distance - 1 + self.at_least, *words]
        return either_side(value, distance) + words

    @property
    def unreadable(self) -> Dim:
        return UNKNOWN


class Listed(Field, frozen=True):
    """A list of any length: sizes, or numbers of axes. It decides how many axes come out, so its length is no symbol.

    ``alone`` lets one stand without a list; ``rest`` takes a single -1 for the size that follows from the others.
    """

    entry: Field = Size()
    alone: bool = False
    rest: bool = False
    optional: bool = False
    drawn: int = 3

    def read(self, value: Any, axes: int) -> Any:
        if value is None and self.optional:
            return None
        if not isinstance(value, (list, tuple)):
            if self.alone and value is not None:
                return self.entry.read(value, axes)
            raise FieldError(f"takes {self.describe()}, not {said(value)}", wrong_type=True)
        if not 1 <= len(value) <= MAX_AXES:
            raise FieldError(f"takes a list of 1 to {MAX_AXES}, not of {len(value)}")
        if self.rest and sum(entry == -1 for entry in value if type(entry) is int) > 1:
            raise FieldError("takes -1 once: what is left goes to one axis")
        return tuple(self._entry(entry, axes) for entry in value)

    def _entry(self, value: Any, axes: int) -> Any:
        if isinstance(value, (list, tuple)) or value is None:
            raise FieldError(f"takes {self.describe()}, not {said(value)} in it", wrong_type=True)
        return value if self.rest and type(value) is int and value == -1 else self.entry.read(value, axes)

    def describe(self) -> str:
        entry = self.entry.describe()
        one = f"{entry}, or a list of such" if self.alone else f"a list, each entry {entry}"
        return one + (", once -1 for what is left" if self.rest else "") + (", or null" if self.optional else "")

    def values(self, axes: int) -> SearchStrategy[Any]:
        from hypothesis import strategies as st

        entry = self.entry.values(axes)
        lists = st.lists(entry, min_size=1, max_size=self.drawn).map(tuple)
        if self.rest:
            lists |= st.lists(entry, max_size=self.drawn - 1).flatmap(
                lambda one: st.permutations([-1, *one]).map(tuple)
            )
        if self.alone:
            lists |= entry
        return st.none() | lists if self.optional else lists

    def _at(self, value: Any, axes: int, distance: int) -> list[Any]:
        if not isinstance(value, tuple):
            return either_side(value, distance)
        return [(*value[:i], n, *value[i + 1 :]) for i, one in enumerate(value) for n in either_side(one, distance)]


class AxisOrder(Field, frozen=True):
    """The numbers of all axes in another order, the batch, 0, first."""

    def read(self, value: Any, axes: int) -> tuple[int, ...]:
        if not isinstance(value, (list, tuple)):
            raise FieldError(f"takes {self.describe()}, not {said(value)}", wrong_type=True)
        if len(value) > MAX_AXES or any(isinstance(entry, bool) or not isinstance(entry, int) for entry in value):
            raise FieldError(f"takes {self.describe()}")
        if len(value) < 2 or value[0] != 0 or sorted(value) != [*range(len(value))]:
            raise FieldError(f"takes {self.describe()}, not {list(value)}")
        return tuple(value)

    def describe(self) -> str:
        return "a list of the axes 0, 1, 2 … in their new order, 0, the batch, first"

    def values(self, axes: int) -> SearchStrategy[Any]:
        from hypothesis import strategies as st

        orders = [st.permutations(range(1, rank)) for rank in range(2, 6)]
        return st.one_of(orders).map(lambda order: (0, *order))


class Place(Field, frozen=True):
    """A place along an axis: a whole number from 0, or below 0 from the axis's end."""

    optional: bool = False

    def read(self, value: Any, axes: int) -> Dim:
        if is_symbolic(value) or value is UNKNOWN or (value is None and self.optional):
            return value
        if is_column(value):
            if value.low < 0 <= value.high or value.low < -MAX_SIZE or value.high > MAX_SIZE:
                raise FieldError(f"takes {self.describe()}, of one sign in every row")
            return value
        if isinstance(value, bool) or not isinstance(value, int):
            raise FieldError(f"takes {self.describe()}, not {said(value)}", wrong_type=not isinstance(value, Fraction))
        if abs(value) > MAX_SIZE:
            raise FieldError(f"takes at most {MAX_SIZE:,} either way, not {value:,}")
        return value

    def describe(self) -> str:
        return "a whole number, below 0 from the end" + (", or null" if self.optional else "")

    def values(self, axes: int) -> SearchStrategy[Any]:
        from hypothesis import strategies as st

        numbers = st.integers(-6, 6)
        return st.none() | numbers if self.optional else numbers

    def _at(self, value: Any, axes: int, distance: int) -> list[Any]:
        return either_side(value, distance)

    @property
    def unreadable(self) -> Dim:
        return UNKNOWN


class Factor(Field, frozen=True):
    """A factor above 0 whose products with sizes a float holds exactly: a whole number over a power of 2."""

    def read(self, value: Any, axes: int) -> int | float:
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

    def values(self, axes: int) -> SearchStrategy[Any]:
        from hypothesis import strategies as st

        return st.sampled_from((1, 2, 3, 4, 0.25, 0.5, 0.75, 1.5, 2.25))

    def _at(self, value: Any, axes: int, distance: int) -> list[Any]:
        return either_side(value, distance)


LARGEST_FACTOR = 1024
"""The largest factor of a size, and the largest power of 2 below one."""


class Flag(Field, frozen=True):
    """``true`` or ``false``."""

    optional: bool = False

    def read(self, value: Any, axes: int) -> bool | None:
        if value is None and self.optional:
            return None
        if not isinstance(value, bool):
            raise FieldError(f"takes {self.describe()}, not {said(value)}", wrong_type=True)
        return value

    def describe(self) -> str:
        return "true or false" + (", or null" if self.optional else "")

    def values(self, axes: int) -> SearchStrategy[Any]:
        from hypothesis import strategies as st

        return st.none() | st.booleans() if self.optional else st.booleans()

    def _at(self, value: Any, axes: int, distance: int) -> list[Any]:
        return [not value] if distance == 1 else []

    @property
    def words(self) -> tuple[str, ...]:
        """Words that mean a flag elsewhere, and are text in YAML 1.2."""
        return ("yes", "no", "on", "off", "y", "n", "true", "false")


class Choice(Field, frozen=True):
    """One of a few words."""

    options: tuple[str, ...]

    def read(self, value: Any, axes: int) -> str:
        if not isinstance(value, str):
            raise FieldError(f"takes {self.describe()}, not {said(value)}", wrong_type=True)
        if value not in self.options:
            raise FieldError(f"takes {self.describe()}, not `{value}`")
        return value

    def describe(self) -> str:
        return " or ".join(f"`{option}`" for option in self.options)

    def values(self, axes: int) -> SearchStrategy[Any]:
        from hypothesis import strategies as st

        return st.sampled_from(self.options)

    def _at(self, value: Any, axes: int, distance: int) -> list[Any]:
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

    def read(self, value: Any, axes: int) -> float | int | None:
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

    def values(self, axes: int) -> SearchStrategy[Any]:
        from hypothesis import strategies as st

        low, high = max(self.at_least, -2.0), min(self.at_most, 2.0)
        whole = st.integers(math.floor(low) + 1 if self.above else math.ceil(low), math.floor(high))
        numbers = st.floats(low, high, exclude_min=self.above) | whole
        return st.none() | numbers if self.optional else numbers

    def _at(self, value: Any, axes: int, distance: int) -> list[Any]:
        return either_side(value, distance)


def either_side(value: Any, distance: int) -> list[Any]:
    """The numbers this far below and above one; none around what is no number."""
    return [value - distance, value + distance] if type(value) is int else []


def said(value: Any) -> str:
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
