"""A product of sizes of different axes, as a flatten makes of a map: the length of a sequence of patches, say."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import gcd, prod
from typing import NoReturn, TypeAlias

from msgspec import Struct

from archcalc.sizes.periodic import AxisFunction, NotPeriodic, SizeSet
from archcalc.sizes.rules import Dim, Exact, Number, Shape, SizeCondition, Truth


class AxisProduct(Number):
    """coefficient · Π f(axis) + offset, for sizes of different axes multiplied by a flatten.

    Each factor is a size, and so 1 or more: who walks a network asks that of every size. ``among`` are the values
    that the needs of layers have left for Π f(axis); ``None`` for any.
    """

    __slots__ = ("among", "coefficient", "factors", "offset")

    def __init__(
        self, coefficient: int, factors: dict[str, AxisFunction], offset: int = 0, among: frozenset[int] | None = None
    ) -> None:
        self.coefficient = coefficient
        self.factors = factors
        self.offset = offset
        self.among = among

    @staticmethod
    def of(one: AxisFunction) -> AxisProduct:
        """A product of one factor."""
        # What divides every value is no part of what varies.
        common = gcd(one.rise, *one.values) or 1
        return AxisProduct(common, {one.axis: one // common})

    def __add__(self, other: Exact) -> AxisProduct:
        if not isinstance(other, int):
            raise NotPeriodic
        return AxisProduct(self.coefficient, self.factors, self.offset + other, self.among)

    __radd__ = __add__

    def __sub__(self, other: Exact) -> Dim:
        if isinstance(other, AxisProduct) and self.coefficient == other.coefficient and self.is_multiple_of(other):
            return self.offset - other.offset
        return self + -other

    def __floordiv__(self, other: Exact) -> AxisProduct:
        if not isinstance(other, int) or self.coefficient % other or self.offset % other:
            raise NotPeriodic
        return AxisProduct(self.coefficient // other, self.factors, self.offset // other, self.among)

    def __mul__(self, other: Exact) -> AxisProduct:
        if isinstance(other, int):
            return AxisProduct(self.coefficient * other, self.factors, self.offset * other, self.among)
        if isinstance(other, AxisFunction):
            other = AxisProduct.of(other)
        if not isinstance(other, AxisProduct) or self.factors.keys() & other.factors.keys():
            raise NotPeriodic
        if self.offset or other.offset:
            raise NotPeriodic
        return AxisProduct(self.coefficient * other.coefficient, self.factors | other.factors)

    __rmul__ = __mul__

    def _unknown(self, other: Exact) -> NoReturn:
        raise NotPeriodic

    __rsub__ = __rfloordiv__ = _unknown

    def is_multiple_of(self, other: AxisProduct) -> bool:
        """Whether both are products of the same functions."""
        return self.factors.keys() == other.factors.keys() and all(
            f is other.factors[axis] or all(f.equals(other.factors[axis]).holds) for axis, f in self.factors.items()
        )

    def _more_than(self, other: Exact) -> tuple[int | None, int | None]:
        """The least and the most by which it is more than a number, or than another product of the same functions."""
        if isinstance(other, int):
            times, apart = self.coefficient, self.offset - other
        elif isinstance(other, AxisProduct) and self.is_multiple_of(other):
            times, apart = self.coefficient - other.coefficient, self.offset - other.offset
        else:
            raise NotPeriodic
        if times == 0:
            return apart, apart
        near = apart + times * (1 if self.among is None else min(self.among))
        far = None if self.among is None else apart + times * max(self.among)
        return (near, far) if times > 0 else (far, near)

    def __ge__(self, other: Exact) -> Truth:
        """The condition that it is at least a given number; decided where that is the same whatever the axes are."""
        least, most = self._more_than(other)
        if least is not None and least >= 0:
            return True
        if most is not None and most < 0:
            return False
        if not isinstance(other, int) or self.coefficient < 0:
            raise NotPeriodic
        return ProductAtLeast(AxisProduct(self.coefficient, self.factors), other - self.offset)

    def __gt__(self, other: Exact) -> Truth:
        return self - 1 >= other

    def __le__(self, other: Exact) -> Truth:
        """The condition that it is at most a given number; decided as ``>=`` is."""
        least, most = self._more_than(other)
        if most is not None and most <= 0:
            return True
        if least is not None and least > 0:
            return False
        if not isinstance(other, int) or self.coefficient < 0:
            raise NotPeriodic
        return ProductAtMost(AxisProduct(self.coefficient, self.factors), other - self.offset)

    def __lt__(self, other: Exact) -> Truth:
        return self + 1 <= other

    def _is_larger(self, other: Exact) -> bool:
        """Whether it is at least another; else it is at most that."""
        least, most = self._more_than(other)
        if least is not None and least >= 0:
            return True
        if most is not None and most <= 0:
            return False
        raise NotPeriodic

    def smaller(self, other: Exact) -> Dim:
        """The smaller of two, where that is the same one whatever the axes are."""
        return self if isinstance(other, Fraction) or not self._is_larger(other) else other

    def larger(self, other: Exact) -> Dim:
        """The larger of two, likewise."""
        return self if isinstance(other, Fraction) or self._is_larger(other) else other

    def equals(self, other: Exact) -> Truth:
        """The condition that it is a given number; decided where that is the same whatever the axes are."""
        least, most = self._more_than(other)
        if least == most == 0:
            return True
        if (least is not None and least > 0) or (most is not None and most < 0):
            return False
        if not isinstance(other, int):
            raise NotPeriodic
        return ProductEquals(AxisProduct(self.coefficient, self.factors), (other - self.offset,))

    def settled(self, known: ProductEquals) -> Dim:
        """This, where a product of the same functions is known to be one of a few numbers: a number where it is one."""
        if not self.is_multiple_of(known.product):
            return self
        among = frozenset(n // known.product.coefficient for n in known.targets if n % known.product.coefficient == 0)
        among = among if self.among is None else among & self.among
        if len(among) == 1:
            return self.coefficient * min(among) + self.offset
        return AxisProduct(self.coefficient, self.factors, self.offset, among) if among else self


class ProductEquals(SizeCondition, Struct, frozen=True):
    """The condition that a product of sizes of several axes is a given number, or one of a few."""

    product: AxisProduct
    targets: tuple[int, ...]

    def admits(self, value: int) -> bool:
        """Whether it holds where the product is this."""
        return value in self.targets

    def for_factor(self, f: AxisFunction, others: int) -> SizeSet:
        """The sizes at which it holds of an axis with the factor ``f``, where all else of the product is ``others``."""
        found = SizeSet(f.axis, (False,), 1, 1)
        for target in self.targets:
            if others != 0 and target % others == 0:
                found |= f.equals(target // others)
        return found

    def __or__(self, other: object) -> ProductEquals:
        alike = isinstance(other, ProductEquals) and self.product.equals(other.product) is True
        if not isinstance(other, ProductEquals) or not alike:
            raise NotPeriodic
        return ProductEquals(self.product, (*self.targets, *other.targets))


class ProductAtLeast(SizeCondition, Struct, frozen=True):
    """The condition that a product of sizes of several axes is at least a given number."""

    product: AxisProduct
    least: int

    def admits(self, value: int) -> bool:
        """Whether it holds where the product is this."""
        return value >= self.least

    def for_factor(self, f: AxisFunction, others: int) -> SizeSet:
        """As of ``ProductEquals``."""
        holds = others > 0 and f >= -(-self.least // others)
        return holds if isinstance(holds, SizeSet) else SizeSet(f.axis, (holds is True,), 1, 1)

    def __or__(self, other: object) -> NoReturn:
        raise NotPeriodic

    __ror__ = __or__


class ProductAtMost(SizeCondition, Struct, frozen=True):
    """The condition that a product of sizes of several axes is at most a given number."""

    product: AxisProduct
    most: int

    def admits(self, value: int) -> bool:
        """Whether it holds where the product is this."""
        return value <= self.most

    def for_factor(self, f: AxisFunction, others: int) -> SizeSet:
        """As of ``ProductEquals``."""
        return f <= self.most // others if others > 0 else SizeSet(f.axis, (self.admits(0),), 1, 1)

    def __or__(self, other: object) -> NoReturn:
        raise NotPeriodic

    __ror__ = __or__


ProductCondition: TypeAlias = ProductEquals | ProductAtLeast | ProductAtMost
"""What is asked of the sizes of several axes at once."""


def product_at(condition: ProductCondition, sizes: Mapping[str, int], besides: str | None = None) -> int:
    """The product that a condition is about, at these sizes of its axes, without the factor of one of them."""
    factors = condition.product.factors.items()
    return condition.product.coefficient * prod(f(sizes[axis]) for axis, f in factors if axis != besides)


class Settled:
    """What the needs of layers have said of products of sizes, put into the sizes that arrive further on."""

    def __init__(self) -> None:
        self._known: list[ProductEquals] = []

    def add(self, holds: Truth) -> None:
        """Let this be known, if it says so."""
        if isinstance(holds, ProductEquals):
            self._known.append(holds)

    def into(self, xs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """These shapes with what is known."""
        return tuple([tuple(map(self._one, x)) for x in xs]) if self._known else xs

    def _one(self, n: Dim) -> Dim:
        for known in self._known:
            if isinstance(n, AxisProduct):
                n = n.settled(known)
        return n
