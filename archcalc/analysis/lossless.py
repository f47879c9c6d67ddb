"""At which sizes of an input's axis every pixel has a part in what the network gives.

From the outputs back to the input it is asked of each value which of its places along the axis somebody
sees. Those are nearly always all up to an end, as windows lie side by side, and the end is a function of
the input's size (``periodic``), so that the answer holds for every size. Where windows leave holes, the
sizes that this does not decide are looked at place by place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import lcm
from typing import Any, TypeAlias

from msgspec import Struct

from archcalc.layers.contract import Layer
from archcalc.layers.working import Window
from archcalc.network.graph import Graph, Step, flow
from archcalc.sizes.periodic import Along, NotPeriodic, Where
from archcalc.sizes.rules import Dim, Shape, ceil_div, dmax, dmin, floor_div, is_function

TRIED = 512
"""Up to which size those that are not decided are looked at place by place, if they need be."""

SETTLED = 128
"""For how many sizes in a row a repetition must hold before it is believed."""

Verdict: TypeAlias = Where | bool

Walked: TypeAlias = list[tuple[Step, tuple[Shape, ...]]]
"""A network's steps with the shapes that arrive at each."""


class _Way(Struct, frozen=True):
    """How the places of an axis go through a layer, from one of its inputs of n places to an output of m.

    ``window`` is what a place of the output sees; ``spread`` where a place of the input goes; ``in_parts`` says
    that output j sees its part of the input, from ⌊j·n/m⌋ to ⌈(j + 1)·n/m⌉. Of none of these it is only known
    that all is seen if all of the output is, if ``all_reached``. ``n`` is ``None`` where the axis ends.
    """

    n: Dim | None
    m: Dim | None
    window: Window | None = None
    spread: Window | None = None
    in_parts: bool = False
    all_reached: Any = True


class _Seen(Struct, frozen=True):
    """Which places of a value have a part in what the network gives.

    ``whole`` is where it is all of them. The first ``sure`` ones surely have, and those before ``first``, or from
    ``last`` on, surely not.
    """

    whole: Verdict
    sure: Dim
    first: Dim
    last: Dim


def lossless(graph: Graph, axis: int, legal: Where, walked: Walked | None = None) -> Where:
    """The legal sizes of an axis of the input at which no pixel is lost, the others being as stated.

    ``walked`` is the walk from an input whose axis is ``Along`` the one of ``legal``; without it no size is
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
        found |= _looked_at(open_, _period(walked or [], name), lambda n: sees_all(graph, axis, n))
    return found


def _period(walked: Walked, name: str) -> int:
    """After how many sizes of an axis all that follow from it have come back: the strides, one behind the other."""
    sizes = (size for _, xs in walked for x in xs for size in x)
    return lcm(1, *(size.period for size in sizes if isinstance(size, Along) and size.axis == name))


def _looked_at(open_: Where, period: int, whole: Callable[[int], bool]) -> Where:
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
    return Where(open_.axis, tuple(holds(n) for n in range(1, start + period)), start, period)


def walk(graph: Graph, x: Shape) -> Walked:
    """Each step with the shapes that arrive at it; every layer must be built."""
    return list(flow(graph, x))


def decided(graph: Graph, axis: int, walked: Walked) -> tuple[Verdict, Verdict]:
    """Whether an input surely loses no pixel along an axis, and whether it surely does; perhaps neither.

    Its size may be a function of a size; then both are sets of that. Raises NotPeriodic.
    """
    ways, alive = _ways(graph, axis, walked)
    seen: list[_Seen | None] = [_all(n) if value in graph.outputs else None for value, n in enumerate(alive)]
    for place in range(len(graph.steps) - 1, -1, -1):
        given = seen[place + 1]
        if given is None:
            continue
        for source, way in zip(graph.steps[place].sources, ways[place], strict=True):
            back = _back(given, way)
            known = seen[source]
            seen[source] = back if known is None else _either(known, back)
    start = seen[0]
    if start is None:
        return False, True
    n: Any = alive[0]
    return start.whole, _or(_negated(start.last >= n), start.first >= 1)


def _ways(graph: Graph, axis: int, walked: Walked) -> tuple[list[tuple[_Way, ...]], list[Dim | None]]:
    """How the axis goes through each layer, and how many places each value has along it, if it has it."""
    at: list[int | None] = [axis]
    sizes: list[Dim | None] = [_start(graph, walked)[axis]]
    found = []
    for step, xs in walked:
        assert step.layer is not None
        given = step.layer.out(*xs)
        ways, goes = [], None
        for source, way, to in _each(step, xs, [at[source] for source in step.sources]):
            m = None if to is None else given[to]
            ways.append(_Way(sizes[source], m, *way))
            goes = to if goes is None else goes
        found.append(tuple(ways))
        at.append(goes)
        sizes.append(None if goes is None else given[goes])
    return found, sizes


def _start(graph: Graph, walked: Walked) -> Shape:
    """The input's shape."""
    for step, xs in walked:
        if 0 in step.sources:
            return xs[step.sources.index(0)]
    return graph.input


def _each(
    step: Step, xs: tuple[Shape, ...], at: list[int | None]
) -> Iterator[tuple[int, tuple[Window | None, Window | None, bool, Any], int | None]]:
    """Each source with what the layer does along the axis of it, and which axis of the output that is."""
    layer = step.layer
    assert layer is not None
    for source, x, axis, trace in zip(step.sources, xs, at, layer.traces(*xs), strict=True):
        if axis is None:
            yield source, (None, None, False, True), None
        elif trace is not None:
            goes = trace.axes.index(axis) if axis in trace.axes else None
            yield source, (trace.windows[axis], None, False, True), goes
        else:
            yield source, *_untraced(layer, xs, x, axis)


def _untraced(
    layer: Layer, xs: tuple[Shape, ...], x: Shape, axis: int
) -> tuple[tuple[Window | None, Window | None, bool, Any], int | None]:
    if len(xs) > 1 or len(layer.out(*xs)) != len(x) or not layer.channels_stay(x) or axis == 0:
        stays = len(xs) > 1 and axis > 0
        return (None, None, False, True), axis if stays else None
    spreads = layer.spreads(x)
    if spreads is not None:
        return (None, spreads[axis - 1], False, True), axis
    return (None, None, layer.in_parts, layer.all_reached(x)[axis - 1]), axis


def _all(n: Dim | None) -> _Seen:
    return _Seen(True, 0 if n is None else n, 0, 0 if n is None else n)


def _back(given: _Seen, way: _Way) -> _Seen:
    """What is seen of a layer's input, of whose output this is."""
    n, m = way.n, way.m
    if n is None or m is None:
        return _all(n)
    if way.window is not None and _is_number(way.window.stride, 0):
        return _all(n)
    if n is m and way.window == Window():
        return given
    covered = way.all_reached if way.window is way.spread else _surely(m, way, n, m) >= n
    if given.whole is True and (covered is True or (isinstance(covered, Where) and all(covered.holds))):
        return _all(n)
    first, last = _hull(given, way, n, m)
    sure = dmin(n, dmax(0, _surely(given.sure, way, n, m)))
    whole = _or(_and(given.whole, covered), sure >= n)
    return _Seen(whole, sure, first, last)


def _hull(given: _Seen, way: _Way, n: Any, m: Any) -> tuple[Dim, Dim]:
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


def _surely(sure: Any, way: _Way, n: Any, m: Any) -> Dim:
    """How many places from the first on are surely seen, where so many of the output's are."""
    if way.window is not None:
        return _in_windows(sure, way.window)
    if way.spread is not None:
        return _spread(sure, way.spread)
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


def _not(where: Where) -> Where:
    return Where(where.axis, tuple(not held for held in where.holds), where.start, where.period)


def _where(verdict: Verdict, name: str) -> Where:
    return verdict if isinstance(verdict, Where) else Where(name, (verdict,), 1, 1)


# One size, place by place


def sees_all(graph: Graph, axis: int, n: int) -> bool:
    """Whether no pixel along an axis of the input is lost at a size of it."""
    x = (*graph.input[:axis], n, *graph.input[axis + 1 :])
    walked = walk(graph, x)
    whole, lost = decided(graph, axis, walked)
    if whole is True or lost is True:
        return whole is True
    ways, sizes = _ways(graph, axis, walked)
    seen: list[set[int]] = [
        set(range(size or 0)) if value in graph.outputs else set() for value, size in enumerate(sizes)
    ]
    reached = [value in graph.outputs for value in range(len(sizes))]
    for place in range(len(graph.steps) - 1, -1, -1):
        if reached[place + 1]:
            for source, way in zip(graph.steps[place].sources, ways[place], strict=True):
                seen[source] |= _places(seen[place + 1], way)
                reached[source] = True
    return len(seen[0]) == n


def _places(given: set[int], way: _Way) -> set[int]:
    """Which places of a layer's input the given ones of its output see."""
    n, m, window, spread = way.n, way.m, way.window, way.spread
    if n is None:
        return set()
    if m is None:
        return set(range(n))
    if window is not None:
        if window.stride == 0:
            return set(range(n))
        starts = [j * window.stride - window.padding for j in given]
        found = {start + i * window.dilation for start in starts for i in range(window.size)}
        return {t for t in found if 0 <= t < n}
    if spread is not None:
        offsets = [i * spread.dilation - spread.padding for i in range(spread.size)]
        return {t for t in range(n) if any(t * spread.stride + offset in given for offset in offsets)}
    if way.in_parts and way.all_reached:
        return {t for j in given for t in range(j * n // m, -((j + 1) * -n // m))}
    if way.in_parts:
        return {j * n // m for j in given}
    return set(range(n)) if given else set()
