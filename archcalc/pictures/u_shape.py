"""Networks that are drawn as a U: maps get smaller, then larger again, and skips go straight across.

What decides it is the graph: as boxes follow each other their maps halve down to the smallest and double up again,
skips lead from the way down to a map of the same row on the way up, and every other arrow stays in its row or leads
to the next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import log2

from msgspec import Struct

from archcalc.layers.contract import KINDS
from archcalc.pictures.model import Arrow, Box, Picture
from archcalc.pictures.view import View, deepest, view

LEAST_RATIO = 1.8
"""From how much smaller on a map is in the next row: convolutions without padding, and crops, take less."""

LEAST_SKIPS = 2
"""A single skip makes no U."""

MOST_COLUMNS = 26
"""So many boxes side by side have numbers that can be read at the width of a page."""


class Row(Struct, frozen=True):
    """Boxes whose maps are about as large, by their numbers: those on the way down, and those on the way up."""

    down: tuple[int, ...]
    up: tuple[int, ...] = ()


class Skip(Struct, frozen=True):
    """An arrow from the way down to the way up; ``through`` are kinds of layers on it that only cut."""

    source: int
    target: int
    through: tuple[str, ...] = ()


class U(Struct, frozen=True):
    """The rows, the largest maps first; the last is the bottom, and has no way up. ``links`` are all other arrows."""

    rows: tuple[Row, ...]
    links: tuple[tuple[int, int], ...]
    skips: tuple[Skip, ...]

    @property
    def columns(self) -> int:
        """How many boxes stand side by side: a row begins below the end of the one above."""
        down = sum(len(row.down) - 1 for row in self.rows)
        return down + 1 + sum(max(len(row.up) - 1, 0) for row in self.rows)


def u_view(picture: Picture) -> View | None:
    """A picture that is a U, as deep as a page has room for its columns; ``None`` where it is none."""
    for depth in range(min(deepest(picture), MOST_COLUMNS), 0, -1):
        seen = view(picture, depth)
        found = u_shape(seen) if seen.extent()[0] <= MOST_COLUMNS * 4 else None
        if found is not None and found.columns <= MOST_COLUMNS:
            return seen
    return None


def u_shape(seen: View) -> U | None:
    """The U that a view is; ``None`` where it is none."""
    boxes = {shown.box.number: shown.box for shown in seen.root.closed()}
    levels = _levels(seen, boxes)
    if levels is None or len({*levels.values()}) < 2:
        return None
    arrows, cut = _without_cuts(seen, boxes)
    order = [number for number in boxes if number not in cut]
    halves = _halves(order, levels)
    if halves is None:
        return None
    places = {number: place for place, number in enumerate(order)}
    rises = len(halves[0])
    skips, links = [], []
    for arrow, through in arrows:
        one, other = places[arrow.source], places[arrow.target]
        same = levels[arrow.source] == levels[arrow.target]
        if same and one < rises <= other:
            skips.append(Skip(arrow.source, arrow.target, through))
        elif through or not (same or other - one == 1):
            return None
        else:
            links.append((arrow.source, arrow.target))
    if len({levels[skip.source] for skip in skips}) < LEAST_SKIPS:
        return None
    of_levels = [[tuple(n for n in half if levels[n] == one) for half in halves] for one in sorted({*levels.values()})]
    return (
        U(tuple(Row(*row) for row in of_levels), tuple(links), tuple(skips))
        if all(row[0] for row in of_levels)
        else None
    )


def _levels(seen: View, boxes: Mapping[int, Box]) -> dict[int, int] | None:
    """How often the map of each box was halved; ``None`` where one has no map, or several arrive that differ."""
    picture = seen.picture
    sides = {number: _side(picture.maps[box.output]) for number, box in boxes.items()}
    into: dict[int, list[int]] = {}
    for arrow in seen.arrows:
        into.setdefault(arrow.target, []).append(arrow.source)
    found = {next(iter(boxes)): 0}
    for number in boxes:
        told = set()
        for source in into.get(number, ()):
            one, other = sides[source], sides[number]
            if source not in found or not one or not other:
                return None
            steps = log2(one / other)
            told.add(found[source] + (round(steps) if abs(steps) >= log2(LEAST_RATIO) else 0))
        if len(told) > 1 or (not told and number not in found):
            return None
        found.update((number, level) for level in told)
    return found


def _side(shape: Sequence[int] | None) -> float:
    """How long a side of a map is; 0 where it is none."""
    if shape is None or len(shape) < 2:
        return 0
    sides = shape[1:]
    product = 1
    for side in sides:
        product *= side
    return float(product ** (1 / len(sides)))


def _without_cuts(seen: View, boxes: Mapping[int, Box]) -> tuple[list[tuple[Arrow, tuple[str, ...]]], set[int]]:
    """The arrows with layers that only cut contracted into the one that goes through them, and these layers."""
    into: dict[int, list[Arrow]] = {}
    leaving: dict[int, list[Arrow]] = {}
    for arrow in seen.arrows:
        into.setdefault(arrow.target, []).append(arrow)
        leaving.setdefault(arrow.source, []).append(arrow)
    cut = {
        number
        for number, box in boxes.items()
        if _cuts(box) and len(into.get(number, ())) == len(leaving.get(number, ())) == 1
    }
    found = []
    for arrow in seen.arrows:
        if arrow.target in cut:
            continue
        through: list[str] = []
        source = arrow.source
        while source in cut:
            through.insert(0, boxes[source].kind)
            source = into[source][0].source
        found.append((Arrow(source, arrow.target, arrow.value), tuple(through)))
    return found, cut


def _cuts(box: Box) -> bool:
    return box.kind in KINDS and not box.parts and not KINDS[box.kind].told_in_tables and not KINDS[box.kind].joins


def _halves(order: Sequence[int], levels: Mapping[int, int]) -> tuple[list[int], list[int]] | None:
    """The boxes on the way down, the bottom with them, and those on the way up."""
    bottom = max(levels[number] for number in order)
    last = max(place for place, number in enumerate(order) if levels[number] == bottom) + 1
    down, up = [*order[:last]], [*order[last:]]
    falls = all(levels[one] <= levels[other] for one, other in pairwise(down))
    rises = all(levels[one] >= levels[other] for one, other in pairwise(up))
    return (down, up) if up and falls and rises else None
