"""At which sizes of an input's axis every pixel has a part in what the network gives.

From the outputs back to the input it is asked of each value which of its places along the axis somebody
sees. Those are nearly always all up to an end, as windows lie side by side, and the end is a function of
the input's size (``periodic``), so that the answer holds for every size. Where windows leave holes, the
sizes that this does not decide are looked at place by place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce
from itertools import chain
from math import lcm
from typing import Any, TypeAlias, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from archcalc.analysis.axis_ways import Followed, Source, Walked, Way, follow
from archcalc.layers.working import Window
from archcalc.network.flow import flow
from archcalc.network.graph import Graph, value_of
from archcalc.sizes.periodic import AxisFunction, NotPeriodic, SizeSet
from archcalc.sizes.rules import Dim, Shape, ceil_div, dmax, dmin, floor_div, is_function

TRIED = 512
"""Up to which size those that are not decided are looked at place by place, if they need be."""

SETTLED = 128
"""For how many sizes in a row a repetition must hold before it is believed."""

Verdict: TypeAlias = SizeSet | bool

Missing: TypeAlias = dict[int, frozenset[int] | None]
"""Of each of a value's other axes that is not known to be used as a whole, at which places it is not; ``None`` for all.
"""


class _Seen(Struct, frozen=True):
    """Which places of a value have a part in what the network gives.

    ``whole`` is where it is all of them. The first ``sure`` ones surely have, and those before ``first``, or from
    ``last`` on, surely not.
    """

    whole: Verdict
    sure: Dim
    first: Dim
    last: Dim
    missing: Missing = {}

    def back(self, way: Way) -> _Seen:
        """What is seen of a layer's input, of whose output this is."""
        return _back(self, way)

    def either(self, other: _Seen) -> _Seen:
        """What is seen by one or the other."""
        return _either(self, other)

    def both(self, other: _Seen) -> _Seen:
        """What surely is by both, and perhaps by one or the other."""
        joined = _either(self, other)
        return replace(joined, whole=_and(self.whole, other.whole), sure=dmin(self.sure, other.sure))

    def over(self, other: _Seen) -> _Seen:
        """What surely is by this one, and perhaps by the other."""
        return replace(other, whole=self.whole, sure=self.sure)

    def doubted(self) -> _Seen:
        """This, where nothing is known to be seen."""
        return replace(self, whole=False, sure=0)


class _Placed(Struct, frozen=True):
    """As ``_Seen``, of numbers: the places that surely have a part in what the network gives, and that perhaps have."""

    n: int
    sure: frozenset[int]
    perhaps: frozenset[int]
    missing: Missing = {}

    @property
    def whole(self) -> bool:
        return len(self.sure) == self.n

    def back(self, way: Way) -> _Placed:
        sure, perhaps = (_places(given, way, surely) for given, surely in ((self.sure, True), (self.perhaps, False)))
        return _Placed(way.n, frozenset(sure), frozenset(perhaps))

    def either(self, other: _Placed) -> _Placed:
        return replace(self, sure=self.sure | other.sure, perhaps=self.perhaps | other.perhaps)

    def both(self, other: _Placed) -> _Placed:
        return replace(self, sure=self.sure & other.sure, perhaps=self.perhaps | other.perhaps)

    def over(self, other: _Placed) -> _Placed:
        return replace(other, sure=self.sure)

    def doubted(self) -> _Placed:
        return replace(self, sure=frozenset())


S = TypeVar("S", _Seen, _Placed)


def lossless(graph: Graph, axis: int, legal: SizeSet, walked: Walked | None = None) -> SizeSet | None:
    """The legal sizes of an axis of the input at which no pixel is lost, the others being as stated.

    ``None`` where pixels are lost from view, so that it is not known.
    ``walked`` is the walk from an input whose axis is ``AxisFunction`` the one of ``legal``; without it no size is
    known beforehand, and each is looked at.
    """
    name = legal.axis
    try:
        if walked is None:
            raise NotPeriodic
        whole, lost = (_where(verdict, name) for verdict in decided(graph, axis, walked))
        open_ = legal & _not(whole) & _not(lost)
    except NotPeriodic:
        whole, lost, open_ = _where(False, name), _where(False, name), legal
    found = legal & whole
    if any(open_.holds):
        try:
            found |= _looked_at(open_, _period(walked or [], name), lambda n: _certainly(sees_all(graph, axis, n)))
        except _Hidden:
            return None
    return found


class _Hidden(Exception):
    """At some size it is not known whether a pixel is lost."""


def _certainly(verdict: bool | None) -> bool:
    if verdict is None:
        raise _Hidden
    return verdict


def _period(walked: Walked, name: str) -> int:
    """After how many sizes of an axis all that follow from it have come back: the strides, one behind the other."""
    given = (step.layer.out(*xs) for step, xs in walked if step.layer is not None)
    sizes = (size for x in chain(given, *(xs for _, xs in walked)) for size in x)
    return lcm(1, *(size.period for size in sizes if isinstance(size, AxisFunction) and size.axis == name))


def _looked_at(open_: SizeSet, period: int, whole: Callable[[int], bool]) -> SizeSet:
    """Those of these sizes that are found to lose nothing, when each is looked at."""
    start, period = open_.start, lcm(period, open_.period)
    known: dict[int, bool] = {}

    def holds(n: int) -> bool:
        if n not in known:
            known[n] = n in open_ and whole(n)
        return known[n]

    # From where windows no longer reach from one end to the other, whether a pixel is lost repeats.
    far = max(2 * period, SETTLED)
    while start < max(TRIED, open_.start + period):
        if all(holds(n) == holds(n + period) for n in range(start, start + far)):
            break
        start += period
    else:
        # It did not come back: what lies beyond what was looked at is not known.
        raise _Hidden
    return SizeSet(open_.axis, tuple(holds(n) for n in range(1, start + period)), start, period)


def walk(graph: Graph, x: Shape) -> Walked:
    """Each step with the shapes that arrive at it; every layer must be built."""
    return list(flow(graph, x))


def decided(graph: Graph, axis: int, walked: Walked) -> tuple[Verdict, Verdict]:
    """Whether an input surely loses no pixel along an axis, and whether it surely does; perhaps neither.

    Its size may be a function of a size; then both are sets of that. Raises NotPeriodic.
    """
    followed = follow(graph, axis, walked)
    start = _from_the_end(graph, followed, [_all(n) for n in followed.sizes])
    if start is None:
        return False, True
    n: Any = followed.sizes[0]
    return start.whole, _or(_negated(start.last >= n), start.first >= 1)


def _from_the_end(graph: Graph, followed: Followed, whole: list[S]) -> S | None:
    """What is seen of the input, ``whole`` being all of each value; ``None`` where nothing is."""
    found = [[all_of_it] if value in graph.outputs else [] for value, all_of_it in enumerate(whole)]
    for place in range(len(graph.steps) - 1, -1, -1):
        value = value_of(place)
        if found[value]:
            given = _together(found[value], followed.uneven[value])
            for source in followed.sources[place]:
                found[source.value].append(_of_source(given, source))
    return _together(found[0], followed.uneven[0]) if found[0] else None


def _together(several: list[S], uneven: frozenset[int]) -> S:
    """What is seen of a value that several layers take; of an uneven one nothing is sure, if it is used in part."""
    union = reduce(lambda one, other: one.either(other), several)
    known = [one for one in several if uneven.isdisjoint(one.missing)]
    if known:
        best = next((one for one in known if one.whole is True), None)
        sure = reduce(lambda one, other: one.either(other), known)
        return replace(sure.over(union), missing=_all_missing(known) if best is None else best.missing)
    # Each takes other channels, say: of those of all of them it is sure what each sees.
    axes = {axis & uneven for axis in (frozenset(one.missing) for one in several)}
    if len(axes) == 1 and len(next(iter(axes))) == 1:
        (axis,) = next(iter(axes))
        left = reduce(_and_missing, (one.missing[axis] for one in several))
        if left is not None and not left:
            missing = {a: m for a, m in _all_missing(several).items() if a != axis}
            return replace(reduce(lambda one, other: one.both(other), several), missing=missing)
    return replace(union.doubted(), missing={})


def _all_missing(several: Iterable[_Seen] | Iterable[_Placed]) -> Missing:
    """What is missing in one or the other."""
    found: Missing = {}
    for one in several:
        for axis, places in one.missing.items():
            known = found.get(axis, frozenset())
            found[axis] = None if places is None or known is None else known | places
    return found


def _and_missing(one: frozenset[int] | None, other: frozenset[int] | None) -> frozenset[int] | None:
    return other if one is None else one if other is None else one & other


def _of_source(given: S, source: Source) -> S:
    """What is seen of a layer's input, of whose output this is."""
    back = given.back(source.way)
    if source.others is not None:
        missing = {axis: _missing(given.missing.get(to, frozenset()), way) for axis, (to, way) in source.others.items()}
        return replace(back, missing={axis: places for axis, places in missing.items() if places is None or places})
    if given.whole is True and not given.missing:
        return replace(back, missing={})
    if given.missing and not source.way.follows:
        back = back.doubted()
    return replace(back, missing=dict.fromkeys(range(source.rank)))


def _missing(missing: frozenset[int] | None, way: Way) -> frozenset[int] | None:
    """Which places of an axis are not known to be used, where these are not of the axis that it goes to."""
    n, m = way.n, way.m
    if way.sees_all:
        return frozenset()
    if missing is None or way.passes:
        return missing
    if not missing and _always(_covered(way)):
        return missing
    if type(n) is int and type(m) is int and way.follows:
        return frozenset(range(n)) - _places(frozenset(range(m)) - missing, way, True)
    return None


def _always(verdict: Any) -> bool:
    return verdict is True or (isinstance(verdict, SizeSet) and all(verdict.holds))


def _covered(way: Way) -> Any:
    """Where all of an axis is seen, if all is of what it goes to."""
    return _surely(way.m, way, way.n, way.m) >= way.n if way.follows and not way.in_parts else way.all_reached


def _all(n: Dim) -> _Seen:
    return _Seen(True, n, 0, n)


def _back(given: _Seen, way: Way) -> _Seen:
    """What is seen of a layer's input, of whose output this is."""
    n, m = way.n, way.m
    if way.sees_all:
        some = _or(given.whole, given.sure >= 1)
        return _all(n) if some is True else _Seen(some, 0, 0, n)
    if way.passes:
        return given
    covered = _covered(way)
    if given.whole is True and _always(covered):
        return _all(n)
    first, last = _hull(given, way, n, m)
    sure = dmin(n, dmax(0, _surely(given.sure, way, n, m)))
    whole = _or(_and(given.whole, covered), sure >= n)
    return _Seen(whole, sure, first, last)


def _hull(given: _Seen, way: Way, n: Any, m: Any) -> tuple[Dim, Dim]:
    """Before where, and from where on, nothing is seen."""
    window, spread, first, last = way.window, way.spread, given.first, given.last
    if window is not None and not _is_function(window.size, window.dilation, window.stride):
        end = (last - 1) * window.stride - window.padding + window.reach
        return dmax(0, first * window.stride - window.padding), dmin(n, end)
    if spread is not None:
        return 0, dmin(n, floor_div(last - 1 + spread.padding, spread.stride) + 1)
    if way.in_parts and way.all_reached is True and type(m) is int:
        return floor_div(n * first, m), dmin(n, ceil_div(n * last, m))
    return 0, n


def _surely(sure: Any, way: Way, n: Any, m: Any) -> Dim:
    """How many places from the first on are surely seen, where so many of the output's are."""
    if way.window is not None:
        return _in_windows(sure, way.window)
    if way.spread is not None:
        return _spread(sure, way.spread)
    if way.repeats is not None:
        return _in_windows(sure, way.repeats.window) - way.repeats.before
    if way.in_parts and way.all_reached is True and type(m) is int:
        return ceil_div(n * sure, m)
    return 0


def _in_windows(sure: Any, window: Window) -> Dim:
    """By windows: the first ``sure`` of them leave no hole up to an end, if they lie side by side."""
    k, s, p, d = window.size, window.stride, window.padding, window.dilation
    if _is_function(k, s, p, d) or p < 0:
        return 0
    steep = k * d + s + p
    if k == 1 or d == 1:
        if k < s:
            return dmin(sure * steep, dmax(0, k - p))
        return dmin(sure * steep, (sure - 1) * s - p + k)
    if s > 1:
        return 0
    # Of a dilated kernel's first places each sees every d-th pixel; d of them fill the gaps.
    filled = dmin((sure - d + 1) * steep, sure - p + (k - 1) * d)
    return dmax(filled, sure) if p % d == 0 and p // d < k else filled


def _spread(sure: Any, spread: Window) -> Dim:
    """By the places that each goes to: those whose first one is among the first ``sure``."""
    k, s, p, d = spread.size, spread.stride, spread.padding, spread.dilation
    if (d > 1 and p > 0) or p > (k - 1) * d:
        return 0
    return dmin(sure * (p + 1), floor_div(sure - 1 + p, s) + 1)


def _either(one: _Seen, other: _Seen) -> _Seen:
    """What is seen by one or the other."""
    return _Seen(
        _or(one.whole, other.whole),
        dmax(one.sure, other.sure),
        dmin(one.first, other.first),
        dmax(one.last, other.last),
    )


def _is_number(size: Dim, n: int) -> bool:
    return type(size) is int and size == n


def _is_function(*sizes: Dim) -> bool:
    return any(map(is_function, sizes))


def _or(one: Any, other: Any) -> Verdict:
    if one is True or other is True:
        return True
    found: Verdict = other if one is False else one if other is False else one | other
    return found


def _and(one: Any, other: Any) -> Verdict:
    if one is False or other is False:
        return False
    found: Verdict = other if one is True else one if other is True else one & other
    return found


def _negated(one: Any) -> Verdict:
    return not one if isinstance(one, bool) else _not(one)


def _not(where: SizeSet) -> SizeSet:
    return SizeSet(where.axis, tuple(not held for held in where.holds), where.start, where.period)


def _where(verdict: Verdict, name: str) -> SizeSet:
    return verdict if isinstance(verdict, SizeSet) else SizeSet(name, (verdict,), 1, 1)


# One size, place by place


def sees_all(graph: Graph, axis: int, n: int) -> bool | None:
    """Whether no pixel along an axis of the input is lost at a size of it; ``None`` where that is hidden."""
    x = (*graph.input[:axis], n, *graph.input[axis + 1 :])
    walked = walk(graph, x)
    whole, lost = decided(graph, axis, walked)
    if whole is True or lost is True:
        return whole is True
    followed = follow(graph, axis, walked)
    everything = [frozenset(range(size)) for size in followed.sizes]
    found = _from_the_end(graph, followed, [_Placed(len(places), places, places) for places in everything])
    if found is None or len(found.perhaps) < n:
        return False
    return True if found.whole else None


def _places(given: frozenset[int], way: Way, surely: bool) -> frozenset[int]:
    """Which places of a layer's input the given ones of its output see, surely or perhaps."""
    n, m = way.n, way.m
    everything = frozenset(range(n))
    if way.sees_all:
        return everything if given else given
    if way.window is not None:
        return _in_these(given, way.window) & everything
    if way.spread is not None:
        s, p = way.spread.stride, way.spread.padding
        offsets = [i * way.spread.dilation - p for i in range(way.spread.size)]
        return frozenset(t for t in range(n) if any(t * s + offset in given for offset in offsets))
    if way.repeats is not None:
        padded = range(n + way.repeats.before + way.repeats.after)
        return frozenset(way.repeats.source(j, n) for j in _in_these(given, way.repeats.window) if j in padded)
    if way.in_parts and way.all_reached:
        return frozenset(t for j in given for t in range(j * n // m, -((j + 1) * -n // m)))
    if way.in_parts:
        return frozenset(j * n // m for j in given)
    seen = len(given) == m if surely else bool(given)
    return everything if seen else frozenset()


def _in_these(given: frozenset[int], window: Window) -> frozenset[int]:
    starts = [j * window.stride - window.padding for j in given]
    return frozenset(start + i * window.dilation for start in starts for i in range(window.size))
