"""How the places of an axis of the input go through a network, layer by layer, and what of that is not followed.

An axis is followed to whatever axis of a value it has come. Where a reshape, or another layer that puts
places into another order, hides it, a value is taken as one place, and other axes of it must be used as a
whole for anything to be known: they are ``uneven``. So are channels that do not all see the same places.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from archcalc.layers.contract import Layer
from archcalc.layers.working import Repeats, Trace, Window
from archcalc.network.flow import arriving, taken
from archcalc.network.graph import Graph, Step
from archcalc.sizes.rules import Dim, Shape, Truth


class Way(Struct, frozen=True):
    """How the places of an axis go through a layer, from one of its inputs of n places to an output of m.

    ``window`` is what a place of the output sees; ``spread`` where a place of the input goes; ``repeats`` how it
    sees what padding repeats; ``in_parts`` says that output j sees its part of the input, from ⌊j·n/m⌋ to
    ⌈(j + 1)·n/m⌉, and ``in_firsts`` that it sees the first place of that alone. Of none of these it is only known that
    all is seen if all of the output is, if ``all_reached``.
    """

    n: Dim
    m: Dim
    window: Window | None = None
    spread: Window | None = None
    repeats: Repeats | None = None
    in_parts: bool = False
    in_firsts: bool = False
    all_reached: Truth = True

    @property
    def follows(self) -> bool:
        """Whether single places are followed."""
        return (
            self.in_parts or self.in_firsts or any(way is not None for way in (self.window, self.spread, self.repeats))
        )

    @property
    def sees_all(self) -> bool:
        """Whether each place of the output sees all of the input's."""
        return self.window is not None and type(self.window.stride) is int and self.window.stride == 0

    @property
    def passes(self) -> bool:
        """Whether each place goes where it was."""
        return self.n is self.m and self.window == Window()


Others: TypeAlias = dict[int, tuple[int, Way]]
"""Which axis of the output an axis of the input is, and how it goes there; without those of which each place sees all.
"""


class Source(Struct, frozen=True):
    """How one of a layer's inputs goes through it: along the axis that is followed, and along its others.

    ``others`` says for each of its other axes which axis of the output that is, and how it goes there. Where it is
    ``None``, all of them are known to be used only where all of the output is. ``rank`` is how many axes it has.
    ``uneven`` are the axes of the output that are so because of this input, or of how the inputs lie beside each other;
    ``fresh`` those of them that are not so because the input was.
    """

    way: Way
    others: Others | None
    rank: int
    uneven: frozenset[int] = frozenset()
    fresh: frozenset[int] = frozenset()


class Passage(Struct, frozen=True):
    """A layer, the shapes that arrive at it, and what it gives."""

    step: Step
    layer: Layer
    xs: tuple[Shape, ...]
    given: Shape


class Walked:
    """A network's layers from an input of one shape on, for whoever follows one axis of it after the other."""

    def __init__(self, x: Shape, passages: list[Passage]) -> None:
        self.x = x
        self.passages = passages

    @cached_property
    def ways(self) -> list[list[_Ways | None]]:
        """How the axes of each layer's inputs go through it."""
        known: dict[tuple[int, tuple[Shape, ...]], list[_Ways | None]] = {}
        for passage in self.passages:
            key = (id(passage.layer), passage.xs)
            if key not in known:
                known[key] = _ways(passage)
        return [known[id(passage.layer), passage.xs] for passage in self.passages]


def passing(graph: Graph, x: Shape) -> Iterator[Passage]:
    """Each layer in order, from an input of shape ``x``; all must be built."""
    values = [x]
    for step, xs in arriving(graph.steps, values):
        assert step.layer is not None
        given = step.layer.out(*xs)
        values.append(given)
        yield Passage(step, step.layer, xs, given)


class Followed(Struct, frozen=True):
    """What each step's sources are, none where it ignores them.

    And of each value its number of places, 1 where they are hidden, and its uneven axes.
    """

    sources: list[list[Source]]
    sizes: list[Dim]
    uneven: list[frozenset[int]]


class _Through(Struct, frozen=True):
    """What ``Followed`` has of one layer, and to which axis of what it gives the one followed has come."""

    sources: list[Source]
    goes: int | None = None
    size: Dim = 1
    uneven: frozenset[int] = frozenset()


def follow(walked: Walked, axis: int) -> Followed:
    """How an axis of the input goes through each layer. Layers that are alike, and are given the like, share theirs."""
    at: list[int | None] = [axis]
    found = Followed([], [walked.x[axis]], [frozenset()])
    known: dict[object, _Through] = {}
    for passage, ways in zip(walked.passages, walked.ways, strict=True):
        before = [taken(passage.step, values) for values in (at, found.sizes, found.uneven)]
        key = (id(passage.layer), passage.xs, *before)
        if key not in known:
            known[key] = _through(passage, ways, *zip(*before, strict=True))
        through = known[key]
        at.append(through.goes)
        found.sources.append(through.sources)
        found.sizes.append(through.size)
        found.uneven.append(through.uneven)
    return found


def _through(passage: Passage, ways: list[_Ways | None], *before: tuple[int | None, Dim, frozenset[int]]) -> _Through:
    """``before`` is of each source where the axis is in it, of what size, and which of its axes are uneven."""
    layer, xs, given = passage.layer, passage.xs, passage.given
    if layer.ignores_values or (passage.step.is_given and _goes(ways[0], before[0][0]) is None):
        # Of an axis that another input has alone, this one sees nothing.
        return _Through([])
    to = [_goes(each, a) for each, (a, _, _) in zip(ways, before, strict=True)]
    goes = next((b for b in to if b is not None), None)
    m = 1 if goes is None else given[goes]
    beside = layer.beside(*xs)
    besides = frozenset() if beside is None else frozenset({beside})
    sources = []
    for place, (x, each, b, (a, n, so_before)) in enumerate(zip(xs, ways, to, before, strict=True)):
        if each is None and place in layer.only_sizes:
            # Not one of its values is seen.
            sources.append(Source(Way(n, m, all_reached=False), None, len(x)))
            continue
        uneven, fresh = (
            (_uneven(layer, x, given, each, uneven, a) | besides) - {goes} for uneven in (so_before, frozenset[int]())
        )
        sources.append(replace(_source(n, m, each, (a, b, goes), len(x)), uneven=uneven, fresh=fresh))
    return _Through(sources, goes, m, frozenset().union(*(source.uneven for source in sources)))


class _Ways(Struct, frozen=True):
    """How each axis of an input goes to one of the output's; ``all_or_none`` where only one of them is followed."""

    axes: Others
    all_or_none: bool = False


def _goes(ways: _Ways | None, axis: int | None) -> int | None:
    return None if ways is None or axis is None or axis not in ways.axes else ways.axes[axis][0]


def _source(n: Dim, m: Dim, ways: _Ways | None, axes: tuple[int | None, int | None, int | None], rank: int) -> Source:
    """``axes`` are the one followed, in the input and behind the layer, and the one followed from there on."""
    axis, to, goes = axes
    if ways is None:
        return Source(Way(n, m), None, rank)
    if axis is None:
        return Source(Way(n, m) if goes is not None else Way(n, m, Window()), ways.axes, rank)
    others = {a: way for a, way in ways.axes.items() if a != axis}
    if to is None:
        return Source(Way(n, m, Window(n, 0)), others, rank)
    if to != goes:
        return Source(Way(n, m), None, rank)
    return Source(ways.axes[axis][1], None if ways.all_or_none else others, rank)


def _uneven(
    layer: Layer, x: Shape, given: Shape, ways: _Ways | None, before: frozenset[int], axis: int | None
) -> frozenset[int]:
    """Along which axes of the output an uneven input, or the layer itself, makes it so."""
    if ways is None:
        stays = len(given) > 1 and axis != 0 and 0 not in before and layer.channels_stay(x)
        return frozenset(range(1 if stays else 0, len(given)))
    found = {ways.axes[a][0] for a in before if a in ways.axes and not ways.axes[a][1].sees_all}
    parted = 0 in ways.axes and ways.axes[0][0] == 0 and len(given) == len(x) > 1
    return frozenset(found | ({0} if parted and layer.arity == (1, 1) and not layer.channels_stay(x) else set()))


def _ways(passage: Passage) -> list[_Ways | None]:
    """How the axes of each of a layer's inputs go through it; ``None`` where they are put into another order."""
    layer, xs, given = passage.layer, passage.xs, passage.given
    beside = layer.beside(*xs)
    if beside is not None:
        return [*_laid_beside(xs, given, beside)]
    found: list[_Ways | None] = []
    for place, (x, trace) in enumerate(zip(xs, layer.traces(*xs), strict=True)):
        alone = len(xs) == 1 or (len(xs) - len(layer.only_sizes) == 1 and place not in layer.only_sizes)
        if trace is not None and trace.whole:
            found.append(_Ways(dict(_traced(layer, x, given, trace))))
        else:
            found.append(_untraced(layer, xs, given) if alone else None)
    return found


def _laid_beside(xs: tuple[Shape, ...], given: Shape, beside: int) -> Iterator[_Ways]:
    """How the axes of inputs go that are laid beside each other along one."""
    offset: Dim = 0
    for x in xs:
        axes = {a: (a, Way(n, given[a], Window())) for a, n in enumerate(x)}
        axes[beside] = (beside, Way(x[beside], given[beside], Window(1, 1, offset)))
        yield _Ways(axes)
        offset = offset + x[beside]


def _traced(layer: Layer, x: Shape, given: Shape, trace: Trace) -> list[tuple[int, tuple[int, Way]]]:
    found = []
    for axis, (n, window) in enumerate(zip(x, trace.windows, strict=True)):
        if axis not in trace.axes or window is None:
            continue
        to = trace.axes.index(axis)
        fixed = type(window.stride) is int and window.stride == 0
        # That a place may see all channels is not that it does: those of another group it does not.
        perhaps = fixed and axis == 0 and len(x) > 1 and layer.arity == (1, 1) and not layer.mixes_all(x)
        if perhaps:
            found.append((axis, (to, Way(n, given[to]))))
        else:
            found.append((axis, (to, Way(n, given[to], window))))
    return found


def _untraced(layer: Layer, xs: tuple[Shape, ...], given: Shape) -> _Ways | None:
    x = xs[0]
    if len(given) != len(x) or not layer.channels_stay(*xs) or len(x) == 1:
        return None
    spreads, repeats = layer.spreads(x), layer.repeats(x)
    reached = layer.all_reached(*xs)
    axes: Others = (
        {} if layer.mixes_all(x) else {0: (0, Way(x[0], given[0], None if layer.mixes_channels else Window()))}
    )
    for axis, (n, m) in enumerate(zip(x[1:], given[1:], strict=True)):
        if spreads is not None:
            way = Way(n, m, spread=spreads[axis])
        elif repeats is not None:
            way = Way(n, m, repeats=repeats[axis])
        else:
            way = Way(n, m, in_parts=layer.in_parts, in_firsts=layer.in_firsts, all_reached=reached[axis])
        axes[axis + 1] = (axis + 1, way)
    return _Ways(axes, spreads is not None and layer.mixes_channels and not layer.mixes_all(x))
