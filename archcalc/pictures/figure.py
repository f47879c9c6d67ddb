"""A picture for a page of a paper: the network in one column, and beside it a block of each form.

So papers draw what does not fit in one piece: the stages, and what a block is made of. All of it is decided by how
long a column is, and by how many layers a block stands for; no network and no kind is a case of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from archcalc.pictures.model import BLOCK, Box, Picture
from archcalc.pictures.view import (
    MOST_ON_A_PAGE,
    MOST_WITH_ONE_OPEN,
    Shown,
    View,
    arrows_between,
    count_of,
    first_of_each,
    groups_with_room,
    page_depth,
    seen,
    shown_with,
    view,
)

MOST_ROWS = 20
"""How many boxes one below another a page has room for, at a size at which they can be read."""

MOST_ROWS_BESIDE = 12
"""How many a block may have beside before blocks in it are left closed."""


def figure(picture: Picture) -> View:
    """A picture with one block of each form open: in its place, or, where that makes a long column, beside it."""
    whole = view(picture, "page")
    if _rows(picture, whole.root) <= MOST_ROWS:
        return whole
    depth = min(page_depth(picture), 1)
    root = _opened(picture, picture.root, depth, MOST_ROWS, groups_with_room(picture, depth))
    return seen(picture, root, depth, _beside(picture, root))


def _opened(picture: Picture, box: Box, groups: int, most_rows: int, already: Collection[int] = ()) -> Shown:
    """A box with blocks open as far as there is room: those of a form together, those with the most layers first.

    A block without blocks in it that comes twice is not: beside it is drawn once. ``groups`` is 1 where all groups
    outside of these blocks are open; ``already`` are open whatever room there is.
    """
    opened = {box.number, *already}
    shown = shown_with(box, groups, 1, opened)
    while True:
        found = _alike(one.box for one in shown.closed())
        alike = {form: boxes for form, boxes in found.items() if len(boxes) == 1 or any(map(_has_blocks, boxes))}
        if not alike:
            return shown
        opened |= {box.number for box in alike[_largest(alike)]}
        more = shown_with(box, groups, 1, opened)
        if count_of(more) > MOST_ON_A_PAGE or _rows(picture, more) > most_rows:
            return shown
        shown = more


def _alike(closed: Iterable[Box]) -> dict[int, list[Box]]:
    """The blocks among them, by their forms."""
    found: dict[int, list[Box]] = {}
    for box in closed:
        if box.form and box.parts:
            found.setdefault(box.form, []).append(box)
    return found


def _has_blocks(box: Box) -> bool:
    return any(part.family == BLOCK or _has_blocks(part) for part in box.parts)


def _largest(alike: Mapping[int, Sequence[Box]]) -> int:
    """The form that has the most layers."""
    return max(alike, key=lambda form: sum(len(box.places) for box in alike[form]))


def _beside(picture: Picture, root: Shown) -> tuple[Shown, ...]:
    """The first closed block of each form, opened, in the network's order.

    As far as there is room: that goes to the form first that has the most layers.
    """
    found: list[Shown] = []
    tried: set[int] = set()
    while True:
        there = first_of_each(box for one in (root, *found) for box in one.opened()).keys() | tried
        closed = (shown.box for one in (root, *found) for shown in one.closed())
        alike = _alike(box for box in closed if box.form not in there)
        if not alike:
            return tuple(sorted(found, key=lambda block: block.box.number))
        form = _largest(alike)
        tried.add(form)
        block = _opened(picture, alike[form][0], 1, MOST_ROWS_BESIDE)
        if sum(map(count_of, (root, *found, block))) <= MOST_WITH_ONE_OPEN and _rows(picture, block) <= MOST_ROWS:
            found.append(block)


def _rows(picture: Picture, shown: Shown) -> int:
    """How many closed boxes stand one below another, along the longest way."""
    rows = {one.box.number: 1 for one in shown.closed()}
    # Arrows lead from boxes to later ones.
    for arrow in sorted(arrows_between(picture, shown), key=lambda one: one.source):
        rows[arrow.target] = max(rows[arrow.target], rows[arrow.source] + 1)
    return max(rows.values())
