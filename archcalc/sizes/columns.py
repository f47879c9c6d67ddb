"""Sizes as columns of numbers, one for each row of a sweep, exact however large.

numpy's int64 wraps around silently. A ``Column`` knows between which numbers its values lie, and so knows
before every step whether the result fits 64 bits; where it may not, the step is done on Python's ints.
A ``Quotient`` is what division makes of columns, until it is rounded or compared.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any, TypeAlias, TypeVar, cast

import numpy as np
import numpy.typing as npt

from archcalc.sizes.rules import LIBRARY_TYPES, Dim, Exact, Number, PerRow

Array: TypeAlias = npt.NDArray[Any]
"""int64, or Python's ints as objects; of a table also truths and text. numpy has no name for one or the other."""

Truths: TypeAlias = npt.NDArray[np.bool_]
"""A truth for each row."""

How: TypeAlias = Callable[[Array, Array | int], Array]
Compare: TypeAlias = Callable[[Any, Any], Any]
"""How two numbers are compared: what ``operator`` has takes anything, and so arrays, columns and fractions."""

LIBRARY_TYPES["numpy"] = (np.ndarray, np.generic)

FITS = 2**63 - 1
"""The largest number that int64 holds; -FITS is held too."""

LARGEST = 10**18
"""The largest quotient, as of any number in an expression."""

_IDLE: dict[How, int] = {operator.add: 0, operator.sub: 0, operator.mul: 1, operator.floordiv: 1}
"""With which number a step changes nothing."""

_R = TypeVar("_R")


class Column(PerRow):
    """Whole numbers from ``low`` to ``high``, in int64 where these fit it and else as Python's ints.

    What was computed of a column is remembered: networks that differ in width ask the same of one
    height, and a rule asks for the same size more than once.
    """

    __slots__ = ("_found", "high", "low", "values")

    def __init__(self, values: Array, low: int, high: int) -> None:
        fits = low >= -FITS and high <= FITS
        self.values: Array = values.astype(np.int64, copy=False) if fits else values.astype(object, copy=False)
        self.low = low
        self.high = high
        self._found: dict[tuple[object, ...], tuple[object, object]] = {}

    @staticmethod
    def of(values: npt.ArrayLike) -> Column:
        """A column of these whole numbers, of which there is at least one."""
        array = np.asarray(values)
        return Column(array, int(array.min()), int(array.max()))

    def _remembered(self, how: object, other: object, compute: Callable[[], _R]) -> _R:
        key = (how, id(other), True) if isinstance(other, Column) else (how, other)
        found = self._found.get(key)
        if found is None:
            # The other is kept too, so that no later column gets its id.
            found = self._found[key] = (other, compute())
        return cast("_R", found[1])

    def _step(self, how: How, other: Column | int, ends: Callable[[int, int], list[int]]) -> Column:
        """``how`` on both; ``ends`` gives, for the bounds of the other, what the results lie between."""
        if type(other) is int and other == _IDLE.get(how):
            return self
        return self._remembered(how, other, lambda: self._computed(how, other, ends(*_bounds(other))))

    def _computed(self, how: How, other: Column | int, ends: list[int]) -> Column:
        low, high = min(ends), max(ends)
        mine, others = self.values, other.values if isinstance(other, Column) else other
        if not (low >= -FITS and high <= FITS and (isinstance(other, Column) or -FITS <= other <= FITS)):
            mine = mine.astype(object)
        return Column(how(mine, others), low, high)

    def plus(self, other: Column | int) -> Column:
        """The sum in each row."""
        return self._step(operator.add, other, lambda low, high: [self.low + low, self.high + high])

    def times(self, other: Column | int) -> Column:
        """The product in each row."""
        return self._step(
            operator.mul,
            other,
            lambda low, high: [self.low * low, self.low * high, self.high * low, self.high * high],
        )

    def __add__(self, other: Exact) -> Dim:
        if isinstance(other, Fraction):
            return Quotient(self, 1) + other
        return self.plus(other) if isinstance(other, (Column, int)) else NotImplemented

    __radd__ = __add__

    def __mul__(self, other: Exact) -> Dim:
        if isinstance(other, Fraction):
            return Quotient(self, 1) * other
        return self.times(other) if isinstance(other, (Column, int)) else NotImplemented

    __rmul__ = __mul__

    def __neg__(self) -> Column:
        return self.times(-1)

    def __sub__(self, other: Exact) -> Dim:
        if isinstance(other, Fraction):
            return Quotient(self, 1) - other
        if not isinstance(other, (Column, int)):
            return NotImplemented
        return self._step(operator.sub, other, lambda low, high: [self.low - high, self.high - low])

    def __rsub__(self, other: Exact) -> Dim:
        return -self + other

    def __floordiv__(self, other: Exact) -> Column:
        if not isinstance(other, (Column, int)):
            return NotImplemented
        if _bounds(other)[0] <= 0:
            raise ZeroDivisionError
        return self._step(
            operator.floordiv,
            other,
            lambda low, high: [self.low // low, self.low // high, self.high // low, self.high // high],
        )

    def __rfloordiv__(self, other: Exact) -> Dim:
        return Column.of([other]) // self if isinstance(other, int) else NotImplemented

    def __truediv__(self, other: Exact) -> Column | Quotient:
        return Quotient(self, 1) / other

    def as_numer_denom(self) -> tuple[Column, int]:
        """The column over 1."""
        return self, 1

    def smaller(self, other: Exact) -> Dim:
        """The smaller of both in each row."""
        if not isinstance(other, (Column, int)):
            return Quotient(self, 1).smaller(other)
        return self._step(np.minimum, other, lambda low, high: [min(self.low, low), min(self.high, high)])

    def larger(self, other: Exact) -> Dim:
        """The larger of both in each row."""
        if not isinstance(other, (Column, int)):
            return Quotient(self, 1).larger(other)
        return self._step(np.maximum, other, lambda low, high: [max(self.low, low), max(self.high, high)])

    def _truth(self, how: Compare, other: object) -> Truths:
        if not isinstance(other, (Column, int, Fraction)):
            left_to_the_other: Truths = NotImplemented
            return left_to_the_other
        others = other.values if isinstance(other, Column) else other
        return self._remembered(how, other, lambda: np.asarray(how(self.values, others), dtype=bool))

    def equals(self, other: Exact) -> Truths:
        """In which rows both are equal."""
        return other.equals(self) if isinstance(other, Quotient) else self._truth(operator.eq, other)

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> Any:  # an array, as numpy's own: no bool, as ``object`` says
        return self._truth(operator.eq, other)

    def __ne__(self, other: object) -> Any:
        return self._truth(operator.ne, other)

    def __ge__(self, other: Exact) -> Truths:
        return self._truth(operator.ge, other)

    def __gt__(self, other: Exact) -> Truths:
        return self._truth(operator.gt, other)

    def __le__(self, other: Exact) -> Truths:
        return self._truth(operator.le, other)

    def __lt__(self, other: Exact) -> Truths:
        return self._truth(operator.lt, other)


def _bounds(other: Column | int) -> tuple[int, int]:
    return (other.low, other.high) if isinstance(other, Column) else (other, other)


class Quotient(Number):
    """A column over a whole number above 0, or over a column of such. Raises OverflowError beyond LARGEST."""

    __slots__ = ("above", "below")

    def __init__(self, above: Column, below: Column | int) -> None:
        if max(-above.low, above.high) > LARGEST * _bounds(below)[0]:
            raise OverflowError(f"a quotient beyond ±{LARGEST}")
        self.above = above
        self.below = below

    def as_numer_denom(self) -> tuple[Column, Column | int]:
        """Numerator and denominator."""
        return self.above, self.below

    def __add__(self, other: Exact) -> Column | Quotient:
        above, below = _parts(other)
        return quotient(self.above.times(below).plus(_times(above, self.below)), _times(self.below, below))

    __radd__ = __add__

    def __neg__(self) -> Column | Quotient:
        return quotient(-self.above, self.below)

    def __sub__(self, other: Exact) -> Dim:
        return self + -other

    def __rsub__(self, other: Exact) -> Dim:
        return -self + other

    def __mul__(self, other: Exact) -> Column | Quotient:
        above, below = _parts(other)
        return quotient(self.above.times(above), _times(self.below, below))

    __rmul__ = __mul__

    def __truediv__(self, other: Exact) -> Column | Quotient:
        above, below = _parts(other)
        if _bounds(above)[0] <= 0:
            # A divisor below 0 is left to who computes one row at a time.
            raise ZeroDivisionError
        return quotient(self.above.times(below), _times(self.below, above))

    def smaller(self, other: Exact) -> Dim:
        """The smaller of both in each row."""
        above, below = _parts(other)
        least = self.above.times(below).smaller(_times(above, self.below))
        assert isinstance(least, Column)
        return quotient(least, _times(self.below, below))

    def larger(self, other: Exact) -> Dim:
        """The larger of both in each row."""
        return -(-self).smaller(-other)

    def equals(self, other: Exact) -> Truths:
        """In which rows both are equal."""
        return self._truth(operator.eq, other)

    def _truth(self, how: Compare, other: object) -> Truths:
        above, below = _parts(other)
        holds: Truths = how(self.above.times(below), _times(above, self.below))
        return holds

    def __eq__(self, other: object) -> Any:  # an array, as a column's
        return self._truth(operator.eq, other)

    def __ne__(self, other: object) -> Any:
        return self._truth(operator.ne, other)

    def __ge__(self, other: Exact) -> Truths:
        return self._truth(operator.ge, other)

    def __gt__(self, other: Exact) -> Truths:
        return self._truth(operator.gt, other)

    def __le__(self, other: Exact) -> Truths:
        return self._truth(operator.le, other)

    def __lt__(self, other: Exact) -> Truths:
        return self._truth(operator.lt, other)

    __hash__ = None  # type: ignore[assignment]


def _parts(value: object) -> tuple[Column | int, Column | int]:
    if isinstance(value, Quotient):
        return value.above, value.below
    if isinstance(value, (Column, int)):
        return value, 1
    if isinstance(value, Fraction):
        return value.numerator, value.denominator
    raise TypeError(f"no column of {type(value).__name__}")


def _times(a: Column | int, b: Column | int) -> Column | int:
    if isinstance(a, Column):
        return a.times(b)
    return b.times(a) if isinstance(b, Column) else a * b


def quotient(above: Column, below: Column | int) -> Column | Quotient:
    """A column over another, or over a whole number above 0; a column again where it divides in every row."""
    whole = above // below
    return whole if whole.times(below).equals(above).all() else Quotient(above, below)
