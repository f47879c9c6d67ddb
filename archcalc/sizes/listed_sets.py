"""A set of sizes (``periodic.SizeSet``) as plain JSON values.

A set is a beginning without pattern and a tail that repeats. The beginning is runs, ``[227, 258]``; the
tail is one open run, ``[63, null]``, or a ``{"from": 32, "step": 32}`` for every size that comes back at
each step.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from archcalc.sizes.periodic import SizeSet

Run: TypeAlias = tuple[int, int]
"""A stretch of sizes, its first and its last."""


def sizes_json(where: SizeSet) -> list[object]:
    """The set in order: ``[first, last]``, ``[first, None]`` for no end, ``{"from": first, "step": every}``."""
    where = where.simplest()
    start, step = where.start, where.period
    found: list[list[int | None]] = [[*run] for run in stretches(where, range(1, start))]
    tail = [n for n in range(start, start + step) if n in where]
    if step > 1:
        return [*found, *({"from": n, "step": step} for n in tail)]
    if tail:
        # A run that ends where the tail begins is the beginning of it.
        first = found.pop()[0] if found and found[-1][1] == start - 1 else start
        found.append([first, None])
    return [*found]


def stretches(where: SizeSet, sizes: Iterable[int]) -> Iterator[Run]:
    """The longest stretches of these consecutive sizes that are in the set, each as its first and its last."""
    return rising(n for n in sizes if n in where)


def rising(numbers: Iterable[int]) -> Iterator[Run]:
    """The longest stretches without a gap among rising numbers."""
    first = last = 0
    for n in numbers:
        if last != n - 1 or not last:
            if last:
                yield first, last
            first = n
        last = n
    if last:
        yield first, last
