"""How far ahead the places of a network's output see: whether a word's place depends on words that come after it.

An axis of the input is followed to whatever axis of a value it has come. Place j of a value sees places of the input up
to j + ahead; a window of reach r and padding p adds r − 1 − p to that, and what a kind says of no window is taken to
see all. So what is said to see nothing ahead sees nothing, though not the other way round.
"""

from __future__ import annotations

import math
from typing import TypeAlias

from msgspec import Struct

from archcalc.analysis.walk import Facts, LayerFacts
from archcalc.layers.contract import Layer
from archcalc.layers.working import Trace
from archcalc.network.flow import arriving
from archcalc.sizes.rules import Shape, known_size


class Ahead(Struct, frozen=True):
    """Place j along ``axis`` sees places of the input up to j + ``places``, or up to ``places`` if there is no axis.

    ``since`` is the layer at which places first came to see some that are behind them.
    """

    places: float = 0
    axis: int | None = 0
    since: str | None = None


Sight: TypeAlias = Ahead | None
"""What a value sees of the input; ``None`` where that is nothing."""


def sees_ahead(facts: Facts, axis: int = 0) -> list[Sight]:
    """What each output sees of an axis of the input, of a network without errors."""
    found = sights(facts, axis)
    return [found[value] for value in facts.output_values]


def sights(facts: Facts, axis: int = 0) -> list[Sight]:
    """The same of each value: the input, and what each layer gives."""
    found: list[Sight] = [Ahead(axis=axis)]
    for layer, (_, before) in zip(facts.layers, arriving([layer.step for layer in facts.layers], found), strict=True):
        found.append(_given(layer, before))
    return found


def _given(layer: LayerFacts, before: tuple[Sight, ...]) -> Sight:
    kind, xs, given = layer.step.layer, layer.arriving, layer.output
    assert kind is not None
    assert xs is not None
    assert given is not None
    if kind.ignores_values or (layer.step.is_given and not _has_it(kind, xs, before[0])):
        return None
    seen = [
        _through(kind, sight, trace, (place, xs), given)
        for place, (sight, trace) in enumerate(zip(before, kind.traces(*xs), strict=True))
        if sight is not None and place not in kind.only_sizes
    ]
    if not seen:
        return None
    furthest = max(seen, key=lambda one: one.places)
    axes = {one.axis for one in seen if one.axis is not None}
    ahead = math.inf if len(axes) > 1 else furthest.places
    since = furthest.since or (layer.name if ahead > 0 else None)
    return Ahead(ahead, next(iter(axes), None), since)


def _has_it(kind: Layer, xs: tuple[Shape, ...], sight: Sight) -> bool:
    """Whether an input with a name has the axis that is followed."""
    (trace,) = kind.traces(*xs)
    return sight is not None and trace is not None and sight.axis in trace.axes


def _through(kind: Layer, sight: Ahead, trace: Trace | None, at: tuple[int, tuple[Shape, ...]], given: Shape) -> Ahead:
    """What the output sees by way of the input of this number, of those with these shapes."""
    place, xs = at
    axis = sight.axis
    if axis is None:
        # All of it sees up to one place, and so does all that is made of it.
        return sight
    everything = Ahead(math.inf, None, sight.since)
    if kind.batch_statistics:
        # In training all places are normalised by what is found in all of them.
        return everything
    beside = kind.beside(*xs) if len(xs) > 1 else None
    if beside is not None:
        before = sum((known_size(x[axis]) for x in xs[:place]), start=0) if beside == axis else 0
        return Ahead(sight.places - before, axis, sight.since)
    if trace is None:
        return everything
    window, goes = trace.windows[axis], trace.axes.index(axis) if axis in trace.axes else None
    if window is None:
        return Ahead(sight.places, goes, sight.since) if kind.hides_later and goes is not None else everything
    stride, padding = known_size(window.stride), known_size(window.padding)
    if goes is None and stride:
        return everything
    # What takes every second place runs ahead of its own places, the further the later.
    running = max(0, stride - 1) * (known_size(given[goes]) - 1) if goes is not None else 0
    return Ahead(sight.places + known_size(window.reach) - 1 - padding + running, goes, sight.since)
