"""Which places of a value along an axis are seen, each by its number, at one size of the input."""

from __future__ import annotations

from operator import itemgetter

from msgspec import Struct
from msgspec.structs import replace

from archcalc.analysis.axis_ways import Way
from archcalc.analysis.seen_ends import Missing
from archcalc.layers.working import Window
from archcalc.sizes.looked import A_PLACE, look
from archcalc.sizes.rules import known_size, known_sizes


class Places(Struct, frozen=True):
    """As ``Ends``, of numbers: the places that surely have a part in what the network gives, and that perhaps have."""

    n: int
    sure: frozenset[int]
    perhaps: frozenset[int]
    missing: Missing = {}

    @property
    def whole(self) -> bool:
        return len(self.sure) == self.n

    @property
    def said(self) -> object:
        """What it says, to be a key."""
        return self.n, self.sure, self.perhaps, *sorted(self.missing.items(), key=itemgetter(0))

    def back(self, way: Way) -> Places:
        sure, perhaps = (
            places_seen(given, way, surely) for given, surely in ((self.sure, True), (self.perhaps, False))
        )
        return Places(known_size(way.n), frozenset(sure), frozenset(perhaps))

    def either(self, other: Places) -> Places:
        return replace(self, sure=self.sure | other.sure, perhaps=self.perhaps | other.perhaps)

    def both(self, other: Places) -> Places:
        return replace(self, sure=self.sure & other.sure, perhaps=self.perhaps | other.perhaps)

    def over(self, other: Places) -> Places:
        return replace(other, sure=self.sure)

    def doubted(self) -> Places:
        return replace(self, sure=frozenset())


def places_seen(given: frozenset[int], way: Way, surely: bool) -> frozenset[int]:
    """Which places of a layer's input the given ones of its output see, surely or perhaps."""
    n, m = known_size(way.n), known_size(way.m)
    window = way.window or way.spread or (None if way.repeats is None else way.repeats.window)
    look(A_PLACE * (n + m * (1 if window is None else known_size(window.size))))
    everything = frozenset(range(n))
    if way.sees_all:
        return everything if given else given
    if way.window is not None:
        return _in_these(given, way.window) & everything
    if way.spread is not None:
        k, s, p, d = known_sizes((way.spread.size, way.spread.stride, way.spread.padding, way.spread.dilation))
        offsets = [i * d - p for i in range(k)]
        return frozenset(t for t in range(n) if any(t * s + offset in given for offset in offsets))
    if way.repeats is not None:
        padded = range(known_size(n + way.repeats.before + way.repeats.after))
        return frozenset(way.repeats.source(j, n) for j in _in_these(given, way.repeats.window) if j in padded)
    if way.in_parts:
        return frozenset(t for j in given for t in range(j * n // m, -((j + 1) * -n // m)))
    if way.in_firsts:
        return frozenset(j * n // m for j in given)
    seen = len(given) == m and way.all_reached is True if surely else bool(given)
    return everything if seen else frozenset()


def _in_these(given: frozenset[int], window: Window) -> frozenset[int]:
    k, s, p, d = known_sizes((window.size, window.stride, window.padding, window.dilation))
    return frozenset(j * s - p + i * d for j in given for i in range(k))
