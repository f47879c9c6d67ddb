"""Which places of a value along an axis are seen, as all of them up to an end.

Windows mostly lie side by side, so that what they see of a value is everything up to an end, and the end is a function
of the input's size (``periodic``): what is said so holds for every size.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from archcalc.analysis.axis_ways import Way
from archcalc.layers.working import Window
from archcalc.sizes.axis_products import AxisProduct
from archcalc.sizes.periodic import AxisFunction, NotPeriodic, SizeSet, said
from archcalc.sizes.rules import Dim, Truth, ceil_div, dmax, dmin, equal, floor_div, modulo

Verdict: TypeAlias = SizeSet | bool
"""Of all sizes, or at which of them."""

Missing: TypeAlias = dict[int, frozenset[int] | None]
"""Of each of a value's other axes that is not known to be used as a whole, at which places it is not; ``None`` for all.
"""


class Ends(Struct, frozen=True):
    """Which places of a value have a part in what the network gives.

    ``whole`` is where it is all of them. The first ``sure`` ones surely have, and those before ``first``, or from
    ``last`` on, surely not.
    """

    whole: Verdict
    sure: Dim
    first: Dim
    last: Dim
    missing: Missing = {}

    @property
    def said(self) -> object:
        """What it says, to be a key: two with the same one are the same."""
        ends = tuple([said(n) for n in (self.sure, self.first, self.last)])
        return self.whole, *ends, *sorted(self.missing.items(), key=itemgetter(0))

    def back(self, way: Way) -> Ends:
        """What is seen of a layer's input, of whose output this is."""
        return _back(self, way)

    def either(self, other: Ends) -> Ends:
        """What is seen by one or the other."""
        return _either(self, other)

    def both(self, other: Ends) -> Ends:
        """What surely is by both, and perhaps by one or the other."""
        joined = _either(self, other)
        return replace(joined, whole=both_of(self.whole, other.whole), sure=dmin(self.sure, other.sure))

    def over(self, other: Ends) -> Ends:
        """What surely is by this one, and perhaps by the other."""
        return replace(other, whole=self.whole, sure=self.sure)

    def doubted(self) -> Ends:
        """This, where nothing is known to be seen."""
        return replace(self, whole=False, sure=0)


def all_of(n: Dim) -> Ends:
    return Ends(True, n, 0, n)


def _back(given: Ends, way: Way) -> Ends:
    """What is seen of a layer's input, of whose output this is."""
    n, m = way.n, way.m
    if way.sees_all:
        some = one_or_other(given.whole, given.sure >= 1)
        return all_of(n) if some is True else Ends(some, 0, 0, n)
    if way.passes:
        return given
    all_is = covered(way)
    if given.whole is True and always(all_is):
        return all_of(n)
    first, last = _hull(given, way, n, m)
    sure = dmin(n, dmax(0, _surely(given.sure, way, n, m)))
    whole = one_or_other(both_of(given.whole, all_is), sure >= n)
    return Ends(whole, sure, first, last)


def covered(way: Way) -> Truth:
    """Where all of an axis is seen, if all is of what it goes to."""
    if way.in_parts or way.in_firsts or not way.follows:
        return way.all_reached
    return _surely(way.m, way, way.n, way.m) >= way.n


def _hull(given: Ends, way: Way, n: Dim, m: Dim) -> tuple[Dim, Dim]:
    """Before where, and from where on, nothing is seen."""
    window, spread, first, last = way.window, way.spread, given.first, given.last
    if window is not None and not _is_function(window.size, window.dilation, window.stride):
        end = last * window.stride + (window.reach - window.padding - window.stride)
        return dmax(0, first * window.stride - window.padding), dmin(n, end)
    if spread is not None:
        return 0, dmin(n, floor_div(last - 1 + spread.padding, spread.stride) + 1)
    if (way.in_parts or way.in_firsts) and type(m) is int:
        return floor_div(n * first, m), dmin(n, ceil_div(n * last, m))
    return 0, n


def _surely(sure: Dim, way: Way, n: Dim, m: Dim) -> Dim:
    """How many places from the first on are surely seen, where so many of the output's are."""
    if way.window is not None:
        return _in_windows(sure, way.window)
    if way.spread is not None:
        return _spread(sure, way.spread)
    if way.repeats is not None:
        return _in_windows(sure, way.repeats.window) - way.repeats.before
    if way.in_parts and type(m) is int:
        return ceil_div(n * sure, m)
    if way.in_firsts and way.all_reached is True and type(m) is int:
        return floor_div(n * (sure - 1), m) + 1
    return 0


def _in_windows(sure: Dim, window: Window) -> Dim:
    """By windows: the first ``sure`` of them leave no hole up to an end, if they lie side by side."""
    k, s, p, d = window.size, window.stride, window.padding, window.dilation
    if _is_function(k, s, p, d) or p < 0:
        return 0
    steep = k * d + s + p
    if k == 1 or d == 1:
        if k < s:
            return dmin(sure * steep, dmax(0, k - p))
        return dmin(sure * steep, sure * s + (k - p - s))
    if s > 1:
        return 0
    # Of a dilated kernel's first places each sees every d-th pixel; d of them fill the gaps.
    filled = dmin((sure - d + 1) * steep, sure - p + (k - 1) * d)
    return dmax(filled, sure) if equal(modulo(p, d), 0) is True and floor_div(p, d) < k else filled


def _spread(sure: Dim, spread: Window) -> Dim:
    """By the places that each goes to: those whose first one is among the first ``sure``."""
    k, s, p, d = spread.size, spread.stride, spread.padding, spread.dilation
    if (d > 1 and p > 0) or p > (k - 1) * d:
        return 0
    return dmin(sure * (p + 1), floor_div(sure - 1 + p, s) + 1)


def _either(one: Ends, other: Ends) -> Ends:
    """What is seen by one or the other."""
    return Ends(
        one_or_other(one.whole, other.whole),
        dmax(one.sure, other.sure),
        dmin(one.first, other.first),
        dmax(one.last, other.last),
    )


def _is_function(*sizes: Dim) -> bool:
    return any(isinstance(size, (AxisFunction, AxisProduct)) for size in sizes)


def always(verdict: Truth) -> bool:
    return verdict is True or (isinstance(verdict, SizeSet) and all(verdict.holds))


def one_or_other(one: Truth, other: Truth) -> Verdict:
    if one is True or other is True:
        return True
    if one is False or other is False:
        return _decided(other if one is False else one)
    return _set(one) | _set(other)


def both_of(one: Truth, other: Truth) -> Verdict:
    if one is False or other is False:
        return False
    if one is True or other is True:
        return _decided(other if one is True else one)
    return _set(one) & _set(other)


def negated(one: Truth) -> Verdict:
    return not one if isinstance(one, bool) else complement(_set(one))


def _decided(truth: Truth) -> Verdict:
    """What a comparison of numbers and functions of an axis comes to."""
    return truth if isinstance(truth, bool) else _set(truth)


def _set(truth: Truth) -> SizeSet:
    if not isinstance(truth, SizeSet):
        raise NotPeriodic
    return truth


def complement(where: SizeSet) -> SizeSet:
    return SizeSet(where.axis, tuple(not held for held in where.holds), where.start, where.period)


def set_of(verdict: Verdict, name: str) -> SizeSet:
    return verdict if isinstance(verdict, SizeSet) else SizeSet(name, (verdict,), 1, 1)
