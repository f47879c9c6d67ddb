"""What an expression may do, on every kind of number that a name may stand for; and how it fails."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from operator import and_, eq, ne, or_, truediv
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar, cast

from archcalc.sizes.rules import PerRow, dmax, dmin, floor_div, is_symbolic, modulo

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from archcalc.language.rows import Row
    from archcalc.sizes.rules import Dim, Exact, Truth

    Truths: TypeAlias = npt.NDArray[np.bool_]
    Bound: TypeAlias = Exact | Truth | tuple["Bound", ...] | Row
    """What an expression is, or a name in it stands for: a number, a truth, a list of these or of rows, or a row."""
else:
    Bound = object

T = TypeVar("T")

MAX_EXPONENT = 64
"""Of a power: with it 2 is beyond the largest value."""


class ExprError(ValueError):
    """An expression that cannot be read or computed.

    It concerns ``length`` characters from ``offset`` on, from 0; with no length, all of it. ``misread``
    says that it is not an expression at all, ``unknown`` which name is not known, ``undecided`` that a condition is
    left open.
    """

    def __init__(
        self,
        message: str,
        offset: int = 0,
        length: int = 0,
        *,
        misread: bool = False,
        unknown: str | None = None,
        undecided: bool = False,
    ) -> None:
        super().__init__(message)
        self.offset = offset
        self.length = length
        self.misread = misread
        self.unknown = unknown
        self.undecided = undecided


def _divide(a: Exact, b: Exact) -> Exact:
    if isinstance(a, (int, Fraction)) and isinstance(b, (int, Fraction)):
        return Fraction(a) / Fraction(b)
    quotient: Exact = truediv(a, b)
    return quotient


def _power(a: Exact, b: Exact) -> Exact:
    """a multiplied with itself; of a column of exponents, factor by factor, each 1 in the rows that it is beyond."""
    most = b.high if isinstance(b, PerRow) else b
    least = b.low if isinstance(b, PerRow) else b
    if not isinstance(most, int) or not isinstance(least, int) or not 0 <= least <= most <= MAX_EXPONENT:
        raise ExprError(f"an exponent is a whole number from 0 to {MAX_EXPONENT}")
    if isinstance(a, (int, Fraction)) and isinstance(b, int):
        return a**b
    product: Exact = 1
    for place in range(most):
        product = product * (a if place < least else 1 + (a - 1) * dmin(1, dmax(0, b - place)))
    return product


def _same(a: Exact, b: Exact) -> Truth:
    if not is_symbolic(a, b):
        same: Truth = eq(a, b)
        return same
    zero = getattr(a - b, "is_zero", None)
    if zero is None:
        raise ExprError("it holds for some sizes and not for others", undecided=True)
    return bool(zero)


class _Ratio(Protocol):
    """A number that says what it is a quotient of: sympy's, and a column's."""

    def as_numer_denom(self) -> tuple[Dim, Dim]: ...


def _floor(value: Exact) -> Dim:
    if isinstance(value, Fraction):
        return value.numerator // value.denominator
    if isinstance(value, int):
        return value
    return floor_div(*cast(_Ratio, value).as_numer_denom())


def _ceil(value: Exact) -> Dim:
    return -_floor(-value)


def _fold(pick: Callable[[T, T], T]) -> Callable[[list[T]], T]:
    def fold(values: list[T]) -> T:
        result = values[0]
        for value in values[1:]:
            result = pick(result, value)
        return result

    return fold


all_of: Callable[[list[bool | Truths]], bool | Truths] = _fold(and_)
any_of: Callable[[list[bool | Truths]], bool | Truths] = _fold(or_)


def same_in_all(holds: bool | Truths) -> bool:
    """A condition by which one of two values is taken. Raises TypeError where it differs from row to row."""
    if not isinstance(holds, bool):
        raise TypeError("a condition that differs from row to row")
    return holds


OPERATORS: dict[str, Callable[[Exact, Exact], Exact]] = {
    "Add": lambda a, b: a + b,
    "Sub": lambda a, b: a - b,
    "Mult": lambda a, b: a * b,
    "Div": _divide,
    "FloorDiv": lambda a, b: floor_div(a, b) if isinstance(a, int) else _floor(_divide(a, b)),
    "Mod": modulo,
    "Pow": _power,
}
COMPARISONS: dict[str, Callable[[Exact, Exact], Truth]] = {
    "Eq": _same,
    "NotEq": lambda a, b: not _same(a, b) if is_symbolic(a, b) else ne(a, b),
    "Lt": lambda a, b: a < b,
    "LtE": lambda a, b: a <= b,
    "Gt": lambda a, b: a > b,
    "GtE": lambda a, b: a >= b,
}
FUNCTIONS: dict[str, tuple[Callable[[list[Exact]], Exact], int, int]] = {
    "min": (_fold(dmin), 2, 99),
    "max": (_fold(dmax), 2, 99),
    "ceil": (lambda values: _ceil(values[0]), 1, 1),
    "floor": (lambda values: _floor(values[0]), 1, 1),
}
