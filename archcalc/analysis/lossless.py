"""At which sizes of an input's axis every pixel has a part in what the network gives.

From the outputs back to the input it is asked of each value which of its places along the axis somebody
sees. Those are nearly always all up to an end, as windows lie side by side, and the end is a function of
the input's size (``periodic``), so that the answer holds for every size. Where windows leave holes, the
sizes that this does not decide are looked at place by place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce
from math import lcm
from typing import TYPE_CHECKING, Generic, TypeVar

from msgspec.structs import replace

from archcalc.analysis.axis_ways import Followed, Source, Walked, Way, follow, passing
from archcalc.analysis.seen_ends import (
    Ends,
    Missing,
    Verdict,
    all_of,
    always,
    complement,
    covered,
    negated,
    one_or_other,
    set_of,
)
from archcalc.network.graph import Graph, value_of
from archcalc.sizes.looked import ITS_WAYS, look
from archcalc.sizes.periodic import AxisFunction, NotPeriodic, SizeSet
from archcalc.sizes.rules import known_size

if TYPE_CHECKING:
    from archcalc.analysis.seen_places import Places

TRIED = 512
"""Up to which size those that are not decided are looked at place by place, if they need be."""

SETTLED = 128
"""For how many sizes in a row a repetition must hold before it is believed."""

S = TypeVar("S", Ends, "Places")


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
        whole, lost = (set_of(verdict, name) for verdict in decided(graph, follow(walked, axis)))
        open_ = legal & complement(whole) & complement(lost)
    except NotPeriodic:
        whole, lost, open_ = set_of(False, name), set_of(False, name), legal
    found = legal & whole
    if any(open_.holds):
        try:
            found |= _looked_at(open_, _period(walked, name), lambda n: _certainly(sees_all(graph, axis, n)))
        except _Hidden:
            return None
    return found


class _Hidden(Exception):
    """At some size it is not known whether a pixel is lost."""


def _certainly(verdict: bool | None) -> bool:
    if verdict is None:
        raise _Hidden
    return verdict


def _period(walked: Walked | None, name: str) -> int:
    """After how many sizes of an axis all that follow from it have come back: the strides, one behind the other."""
    sizes = (size for passage in (walked.passages if walked else ()) for size in passage.given)
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


def decided(graph: Graph, followed: Followed) -> tuple[Verdict, Verdict]:
    """Whether an input surely loses no pixel along an axis, and whether it surely does; perhaps neither.

    Its size may be a function of a size; then both are sets of that. Raises NotPeriodic.
    """
    start = _from_the_end(graph, followed, [all_of(n) for n in followed.sizes])
    if start is None:
        return False, True
    n = followed.sizes[0]
    return start.whole, one_or_other(negated(start.last >= n), start.first >= 1)


def sees_all(graph: Graph, axis: int, n: int) -> bool | None:
    """Whether no pixel along an axis of the input is lost at a size of it; ``None`` where that is hidden."""
    look(ITS_WAYS * len(graph.steps))
    x = (*graph.input[:axis], n, *graph.input[axis + 1 :])
    followed = follow(Walked(x, list(passing(graph, x))), axis)
    whole, lost = decided(graph, followed)
    if whole is True or lost is True:
        return whole is True
    from archcalc.analysis.seen_places import Places

    look(sum(map(known_size, followed.sizes)))
    everything = [frozenset(range(known_size(size))) for size in followed.sizes]
    found = _from_the_end(graph, followed, [Places(len(places), places, places) for places in everything])
    if found is None or len(found.perhaps) < n:
        return False
    return True if found.whole else None


def _from_the_end(graph: Graph, followed: Followed, whole: list[S]) -> S | None:
    """What is seen of the input, ``whole`` being all of each value; ``None`` where nothing is."""
    outputs = {*graph.outputs}
    found = [[all_of_it] if value in outputs else [] for value, all_of_it in enumerate(whole)]
    known = _Known[S]()
    for place in range(len(graph.steps) - 1, -1, -1):
        value = value_of(place)
        if found[value]:
            for number, source in zip(graph.steps[place].sources, followed.sources[place], strict=False):
                # What makes a value uneven is no reason to doubt what is seen of the others that it is made of.
                given = known.together(found[value], source.uneven, source.fresh)
                found[number].append(known.of_source(given, source))
    return _together(found[0], followed.uneven[0], followed.uneven[0]) if found[0] else None


class _Known(Generic[S]):
    """What was found already, so that of a block that comes again, and of which the same is seen, nothing is asked."""

    def __init__(self) -> None:
        self._alike: dict[object, S] = {}
        self._found: dict[object, S] = {}

    def together(self, several: list[S], uneven: frozenset[int], fresh: frozenset[int]) -> S:
        """As ``_together``."""
        if len(several) == 1 and not (uneven or fresh):
            return several[0]
        key = (*map(id, several), uneven, fresh)
        if key not in self._found:
            self._found[key] = self._kept(_together(several, uneven, fresh))
        return self._found[key]

    def of_source(self, given: S, source: Source) -> S:
        """As ``_of_source``."""
        key = (id(given), id(source))
        if key not in self._found:
            self._found[key] = self._kept(_of_source(given, source))
        return self._found[key]

    def _kept(self, one: S) -> S:
        """The first that says the same, which stands for all; what is kept has an identity for good."""
        return self._alike.setdefault(one.said, one)


def _together(several: list[S], uneven: frozenset[int], fresh: frozenset[int]) -> S:
    """What is seen of a value that several layers take.

    Of an uneven one that is used in part nothing is sure where it has become so, ``fresh``; until then its parts stay.
    """
    if len(several) == 1 and uneven.isdisjoint(several[0].missing):
        return several[0]
    union = reduce(lambda one, other: one.either(other), several)
    known = [one for one in several if uneven.isdisjoint(one.missing)]
    if known:
        best = min((one for one in known if one.whole is True), key=lambda one: len(one.missing), default=None)
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
    if fresh.isdisjoint(_all_missing(several)):
        return replace(union, missing=_all_missing(several))
    return replace(union.doubted(), missing={})


def _all_missing(several: Iterable[Ends] | Iterable[Places]) -> Missing:
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
    if not missing and always(covered(way)):
        return missing
    if type(n) is int and type(m) is int and way.follows:
        from archcalc.analysis.seen_places import places_seen

        return frozenset(range(n)) - places_seen(frozenset(range(m)) - missing, way, True)
    return None
