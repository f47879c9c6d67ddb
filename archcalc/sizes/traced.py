"""A size that remembers which size it was made of, and how: m·⌊(n + b)/c⌋ + d, folded as it is made.

Windows fold: ⌊(⌊(n + b)/c⌋ + d)/s⌋ = ⌊(n + b + c·d)/(c·s)⌋, so a chain of layers stays one floor, which what doubles
a map multiplies. This is the arithmetic of ``symbolic`` for one variable, on plain integers, for when an error must
be explained and sympy is not to be loaded for it.
"""

from __future__ import annotations

from typing import NoReturn

from msgspec import Struct

from archcalc.sizes.rules import Exact, Number


class Unfoldable(Exception):
    """An operation whose result is no floor of one size."""


class Traced(Number, Struct, frozen=True):
    """m·⌊(n + b)/c⌋ + d, where n is a size that ``origin`` gave. ``last`` is the place where it last changed."""

    origin: object
    n: int
    b: int = 0
    c: int = 1
    d: int = 0
    m: int = 1
    last: int | None = None

    @property
    def value(self) -> int:
        """What it comes to."""
        return self.m * ((self.n + self.b) // self.c) + self.d

    @property
    def form(self) -> tuple[int, int, int, int]:
        """b, c, d and m with 0 ≤ b < c: the same for sizes that are the same function of n."""
        return self.b % self.c, self.c, self.d + self.m * (self.b // self.c), self.m

    @property
    def formula(self) -> str:
        """With the number put in: ``⌊(224 + 29)/32⌋ − 2``."""
        b, c, d, m = self.form
        times = "" if m == 1 else f"{m}·"
        if c == 1:
            return _plus(f"{times}{self.n}", d)
        inside = f"({self.n} + {b})" if b else str(self.n)
        return _plus(f"{times}⌊{inside}/{c}⌋", d)

    def at(self, place: int) -> Traced:
        """The same, last changed at a place."""
        return Traced(self.origin, self.n, self.b, self.c, self.d, self.m, place)

    def __add__(self, other: Exact) -> Traced:
        if not isinstance(other, int):
            raise Unfoldable
        return Traced(self.origin, self.n, self.b, self.c, self.d + other, self.m, self.last)

    __radd__ = __add__

    def __sub__(self, other: Exact) -> Traced:
        return self + (-other if isinstance(other, int) else other)

    def __floordiv__(self, other: Exact) -> Traced:
        if not isinstance(other, int):
            raise Unfoldable
        if self.m % other == 0:
            return Traced(self.origin, self.n, self.b, self.c, self.d // other, self.m // other, self.last)
        if other % self.m == 0:
            b, c = self.b + self.c * (self.d // self.m), self.c * (other // self.m)
            return Traced(self.origin, self.n, b, c, 0, 1, self.last)
        raise Unfoldable

    def __mul__(self, other: Exact) -> Traced | TracedProduct:
        if isinstance(other, int) and other > 0:
            return Traced(self.origin, self.n, self.b, self.c, self.d * other, self.m * other, self.last)
        return TracedProduct(1, (self,)) * other

    __rmul__ = __mul__

    def smaller(self, other: Exact) -> Traced:
        """The smaller of two functions of the same size, where one is the smaller for every n."""
        return self._either(other, other if isinstance(other, Traced) and self._above(other) else self)

    def larger(self, other: Exact) -> Traced:
        """The larger of two, likewise. No size is less than 1, which is repeated to another's."""
        if type(other) is int and other == 1:
            return self
        return self._either(other, self if isinstance(other, Traced) and self._above(other) else other)

    def _either(self, other: Exact, chosen: Exact) -> Traced:
        if not isinstance(other, Traced) or (other.origin, other.c, other.m) != (self.origin, self.c, self.m):
            raise Unfoldable
        if self.m > 1 and other.b != self.b:
            raise Unfoldable
        assert isinstance(chosen, Traced)
        return chosen

    def _above(self, other: Traced) -> bool:
        return self.m * self.b + self.c * self.d > other.m * other.b + other.c * other.d

    def _refuse(self, other: object = None) -> NoReturn:
        raise Unfoldable

    __rsub__ = __rfloordiv__ = __mod__ = __rmod__ = __neg__ = __truediv__ = __rtruediv__ = _refuse
    equals = __lt__ = __le__ = __gt__ = __ge__ = _refuse


class TracedProduct(Number, Struct, frozen=True):
    """A coefficient times folded sizes, as a flatten makes one."""

    coefficient: int
    parts: tuple[Traced, ...]

    @property
    def value(self) -> int:
        """What it comes to."""
        total = self.coefficient
        for part in self.parts:
            total *= part.value
        return total

    def __mul__(self, other: Exact) -> TracedProduct:
        if isinstance(other, TracedProduct):
            return TracedProduct(self.coefficient * other.coefficient, self.parts + other.parts)
        if isinstance(other, Traced):
            return TracedProduct(self.coefficient, (*self.parts, other))
        if not isinstance(other, int):
            raise Unfoldable
        return TracedProduct(self.coefficient * other, self.parts)

    __rmul__ = __mul__

    def _refuse(self, other: object = None) -> NoReturn:
        raise Unfoldable

    __add__ = __radd__ = __sub__ = __rsub__ = __floordiv__ = __rfloordiv__ = __neg__ = _refuse
    smaller = larger = equals = __lt__ = __le__ = __gt__ = __ge__ = _refuse


def _plus(text: str, d: int) -> str:
    return text if d == 0 else f"{text} {'+' if d > 0 else '−'} {abs(d)}"
