"""The one walk over a graph, whatever a pass follows through it: shapes, windows, columns, ways of an axis.

A pass says what it knows of the input, and for each step, with what arrives at it, what that gives:

    values = [x]
    for step, xs in arriving(graph.steps, values):
        values.append(step.layer.out(*xs))

It starts at any place, and stops where it is no longer asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol, TypeVar

from archcalc.network.graph import Graph, Place, Step, Value, place_of, value_of
from archcalc.sizes.rules import Shape

V = TypeVar("V")
V_co = TypeVar("V_co", covariant=True)


class Values(Protocol[V_co]):
    """What is known of each value so far: a list, or whatever else is asked by number."""

    def __getitem__(self, value: Value, /) -> V_co: ...


def arriving(steps: Sequence[Step], values: Values[V], first: int = 0) -> Iterator[tuple[Step, tuple[V, ...]]]:
    """Each step from the place ``first`` on, with what arrives at it.

    Whoever walks adds what a step gives to ``values`` before the next is asked for. A step that is ``lost`` says of
    what it takes only how many values these are.
    """
    for step in steps[first:] if first else steps:
        sources = step.sources
        # Most take one value, and a call for each of them would be a good part of a walk.
        yield step, (values[sources[0]],) if len(sources) == 1 else taken(step, values)


def taken(step: Step, values: Values[V]) -> tuple[V, ...]:
    """What arrives at a step."""
    sources = step.sources
    return (values[sources[0]],) if len(sources) == 1 else tuple([values[source] for source in sources])


def reached(
    steps: Sequence[Step],
    users: Sequence[Sequence[Place]],
    values: Values[V],
    changed: dict[int, V],
    also: Iterable[int],
) -> Iterator[tuple[Place, Step, tuple[V, ...], bool]]:
    """Each step that a change reaches, in order: its place, what then arrives at it, and whether no other waits.

    ``changed`` are other values in the place of some, and ``also`` is where other layers stand. Whoever walks adds
    what a step gives to ``changed`` before the next is asked for, where it is another value than before.
    """
    from heapq import heappop, heappush  # of all the walks, this one alone waits in a heap

    waiting = sorted({*map(Place, also), *(place for value in changed for place in users[value])})
    while waiting:
        place = heappop(waiting)
        step = steps[place]
        xs = tuple([changed[source] if source in changed else values[source] for source in step.sources])
        yield place, step, xs, not waiting
        value = value_of(place)
        if value in changed:
            for user in users[value]:
                if user not in waiting:
                    heappush(waiting, user)


def flow(graph: Graph, x: Shape) -> Iterator[tuple[Step, tuple[Shape, ...]]]:
    """Each step with the shapes that arrive at it, from an input of shape ``x``; every layer must be built."""
    values = [x]
    for step, xs in arriving(graph.steps, values):
        yield step, xs
        assert step.layer is not None
        values.append(step.layer.out(*xs))


def users(steps: Sequence[Step]) -> list[list[Place]]:
    """For each value, the places of the steps that take it."""
    found: list[list[Place]] = [[] for _ in range(len(steps) + 1)]
    for place, step in enumerate(steps):
        for source in step.sources:
            found[source].append(Place(place))
    return found


def feeding(steps: Sequence[Step], value: Value) -> set[Place]:
    """The places of the layers that a value comes from, at whatever distance; of a layer's output it is one itself."""
    found: set[Place] = set()
    waiting = [value]
    while waiting:
        value = waiting.pop()
        place = place_of(value)
        if value and place not in found:
            found.add(place)
            waiting += steps[place].sources
    return found
