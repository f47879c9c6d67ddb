"""A size as a whole function of one input axis: its values, and from where on they repeat.

AxisFunction a network's axis every size is quasi-linear: from some n on, f(n + period) = f(n) + rise. A
window keeps that (⌊(f + c)/s⌋ repeats after period·s/gcd(rise, s)), and so do sums, minima and
maxima. So a question about f(n), "is it at least 3", "does 2 divide it", is answered for every n by
looking at finitely many, and the answer is a proof.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from math import gcd, lcm
from typing import TYPE_CHECKING

from msgspec import Struct

from archcalc.sizes.looked import BY_ITSELF, look
from archcalc.sizes.rules import Dim, Exact, Number, SizeCondition

if TYPE_CHECKING:
    from archcalc.sizes.axis_products import AxisProduct

MAX_BOUND = 1 << 18
"""How many values of a function are looked at before a repetition is given up on."""


class NotPeriodic(Exception):
    """An operation whose result is not quasi-linear, or repeats too late to be looked at."""


class AxisFunction(Number):
    """f(n) for n = 1, 2, …: ``values`` up to the end of the first period after ``start``.

    For n ≥ start, f(n + period) = f(n) + rise. ``axis`` names the input axis that n is.
    """

    __slots__ = ("axis", "period", "rise", "start", "values")

    def __init__(self, axis: str, values: list[int], start: int, period: int, rise: int) -> None:
        look(BY_ITSELF + len(values))
        self.axis = axis
        self.values = values
        self.start = start
        self.period = period
        self.rise = rise

    @staticmethod
    def axis_itself(axis: str) -> AxisFunction:
        """f(n) = n."""
        return AxisFunction(axis, [1], 1, 1, 1)

    def __call__(self, n: int) -> int:
        """f(n)."""
        end = len(self.values)
        if n <= end:
            return self.values[n - 1]
        turns = -((end - n) // self.period)
        return self.values[n - turns * self.period - 1] + turns * self.rise

    def _up_to(self, end: int) -> list[int]:
        if end > MAX_BOUND:
            raise NotPeriodic
        if end <= len(self.values):
            return self.values[:end]
        last = self.values[-self.period :]
        turns = (end - len(self.values)) // self.period + 1
        beyond = [value + turn * self.rise for turn in range(1, turns + 1) for value in last]
        return (self.values + beyond)[:end]

    def _joined(self, other: AxisFunction, compute: Callable[[int, int], int]) -> AxisFunction:
        """Their sum or their difference at each n."""
        if other.axis != self.axis:
            raise NotPeriodic
        start, period = max(self.start, other.start), lcm(self.period, other.period)
        end = start + period - 1
        values = list(map(compute, self._up_to(end), other._up_to(end)))
        rise = compute(self.rise * period // self.period, other.rise * period // other.period)
        return AxisFunction(self.axis, values, start, period, rise)

    def __add__(self, other: Exact) -> AxisFunction:
        if isinstance(other, int):
            return AxisFunction(self.axis, [value + other for value in self.values], self.start, self.period, self.rise)
        return self._joined(other, operator.add) if isinstance(other, AxisFunction) else NotImplemented

    __radd__ = __add__

    def _scaled(self, times: int) -> AxisFunction:
        scaled = [value * times for value in self.values]
        return AxisFunction(self.axis, scaled, self.start, self.period, self.rise * times)

    def __mul__(self, other: Exact) -> AxisFunction | AxisProduct:
        if isinstance(other, int):
            return self._scaled(other)
        if not isinstance(other, AxisFunction):
            return NotImplemented
        from archcalc.sizes.axis_products import AxisProduct

        return AxisProduct.of(self) * other

    __rmul__ = __mul__

    def __neg__(self) -> AxisFunction:
        return self._scaled(-1)

    def __sub__(self, other: Exact) -> AxisFunction:
        if isinstance(other, int):
            return self + -other
        return self._joined(other, operator.sub) if isinstance(other, AxisFunction) else NotImplemented

    def __rsub__(self, other: Exact) -> AxisFunction:
        return -self + other

    def __floordiv__(self, divisor: Exact) -> AxisFunction:
        if not isinstance(divisor, int):
            raise NotPeriodic
        times = divisor // gcd(self.rise, divisor)
        period = self.period * times
        values = [value // divisor for value in self._up_to(self.start + period - 1)]
        return AxisFunction(self.axis, values, self.start, period, self.rise * times // divisor)

    def __rfloordiv__(self, other: Exact) -> Dim:
        raise NotPeriodic

    def __ge__(self, other: Exact) -> SizeSet:
        return _non_negative(self - other)

    def __le__(self, other: Exact) -> SizeSet:
        return _non_negative(other - self)

    def __gt__(self, other: Exact) -> SizeSet:
        return _non_negative(self - other - 1)

    def __lt__(self, other: Exact) -> SizeSet:
        return _non_negative(other - self - 1)

    def equals(self, other: Exact) -> SizeSet:
        """For which n both are equal."""
        difference = self - other
        if not isinstance(difference, AxisFunction):
            raise NotPeriodic
        return (difference >= 0) & (difference <= 0)

    def smaller(self, other: Exact) -> AxisFunction:
        """The smaller of two sizes at each n."""
        if isinstance(other, int):
            other = AxisFunction(self.axis, [other], 1, 1, 0)
        if not isinstance(other, AxisFunction):
            raise NotPeriodic
        gap = other - self
        if gap.rise >= 0 and min(gap.values) >= 0:
            return self
        if gap.rise <= 0 and max(gap.values) <= 0:
            return other
        # One of them stays the smaller for good once the gap cannot close again.
        kept = self if gap.rise >= 0 else other
        start = gap.start if gap.rise == 0 else _settled(gap)
        period = gap.period if gap.rise == 0 else kept.period
        end = start + period - 1
        values = [one if one < two else two for one, two in zip(self._up_to(end), other._up_to(end), strict=True)]
        return AxisFunction(self.axis, values, start, period, kept.rise * period // kept.period)

    def larger(self, other: Exact) -> AxisFunction:
        """The larger of two sizes at each n."""
        return self + other - self.smaller(other)


def said(n: Dim) -> Dim | tuple[object, ...]:
    """What a size says, to be a key: two functions with the same one are the same at every n."""
    return (n.axis, n.start, n.period, n.rise, *n.values) if isinstance(n, AxisFunction) else n


def _settled(f: AxisFunction) -> int:
    """From which n on f, which rises or falls in the long run, is at least 0, or below 0, for good."""
    above = [value if f.rise > 0 else -1 - value for value in f._up_to(f.start + f.period - 1)[f.start - 1 :]]
    turns = max(0, -(min(above) // abs(f.rise)))
    return f.start + turns * f.period


def _non_negative(f: Exact) -> SizeSet:
    if not isinstance(f, AxisFunction):
        raise NotPeriodic
    start = f.start if f.rise == 0 else _settled(f)
    period = f.period if f.rise == 0 else 1
    values = f._up_to(start + period - 1)
    look(BY_ITSELF + len(values))
    return SizeSet(f.axis, tuple([value >= 0 for value in values]), start, period)


class SizeSet(SizeCondition, Struct, frozen=True):
    """A set of sizes of one axis: ``holds`` up to the end of the first period from ``start`` on."""

    axis: str
    holds: tuple[bool, ...]
    start: int
    period: int

    def __repr__(self) -> str:
        from archcalc.sizes.set_notation import sizes_text

        return f"<{self.axis}: {sizes_text(self)}>"

    def __contains__(self, n: int) -> bool:
        if n <= len(self.holds):
            return n >= 1 and self.holds[n - 1]
        return self.holds[self.start - 1 + (n - self.start) % self.period]

    def _up_to(self, end: int) -> tuple[bool, ...]:
        holds = self.holds
        if len(holds) < end:
            holds += holds[-self.period :] * ((end - len(holds)) // self.period + 1)
        return holds[:end]

    def _together(self, other: object, compute: Callable[[bool, bool], bool]) -> SizeSet:
        if not isinstance(other, SizeSet) or other.axis != self.axis:
            raise NotPeriodic
        start, period = max(self.start, other.start), lcm(self.period, other.period)
        if start + period > MAX_BOUND:
            raise NotPeriodic
        end = start + period - 1
        look(BY_ITSELF + end)
        return SizeSet(self.axis, tuple(map(compute, self._up_to(end), other._up_to(end))), start, period)

    def __and__(self, other: object) -> SizeSet:
        return self._together(other, operator.and_)

    def __or__(self, other: object) -> SizeSet:
        return self._together(other, operator.or_)

    def reaches(self, n: int) -> bool:
        """Whether a size of so many, or of more, is in it."""
        return any(self.holds[min(n, self.start) - 1 :])

    @staticmethod
    def everywhere(axis: str) -> SizeSet:
        """All sizes."""
        return SizeSet(axis, (True,), 1, 1)

    def simplest(self) -> SizeSet:
        """The same set with the shortest period, beginning as early as it can."""
        tail = self.holds[self.start - 1 : self.start - 1 + self.period]
        period = next(
            p for p in range(1, self.period + 1) if self.period % p == 0 and tail[p:] == tail[: self.period - p]
        )
        start = self.start
        while start > 1 and self.holds[start - 2] == (start - 1 + period in self):
            start -= 1
        return SizeSet(self.axis, tuple([n in self for n in range(1, start + period)]), start, period)
