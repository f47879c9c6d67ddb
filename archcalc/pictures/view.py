"""What of a picture is shown: which boxes are open, and the arrows between those that are not."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from archcalc.pictures.model import BLOCK, CHAIN, Arrow, Box, Picture

MOST_ON_A_PAGE = 30
"""As many boxes as a figure has: as deep as that allows, boxes are open unless it is said how deep."""


class Shown(Struct, frozen=True):
    """A box that is shown, and those in it, if it is open."""

    box: Box
    parts: tuple[Shown, ...] = ()

    def closed(self) -> Iterator[Shown]:
        """The innermost boxes that are shown."""
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.closed()


class View(Struct, frozen=True):
    """A picture as far as it is open: ``arrows`` are between closed boxes, each value once."""

    picture: Picture
    root: Shown
    arrows: tuple[Arrow, ...]
    depth: int | None

    def extent(self) -> tuple[int, int]:
        """How large it is to lay out: how many boxes are shown, and how many its arrows pass, all together."""
        order = {shown.box.number: place for place, shown in enumerate(self.root.closed())}
        return len(order), sum(order[arrow.target] - order[arrow.source] for arrow in self.arrows)


def view(picture: Picture, depth: int | str | None = "page") -> View:
    """A picture as deep as ``depth`` says: as in ``archcalc check``, 0 closes groups, 1 shows uses of blocks as boxes.

    ``None`` opens all, chains of layers, too; ``"page"`` is as deep as a page has room for.
    """
    if isinstance(depth, str):
        depth = _page_depth(picture)
    root = Shown(picture.root, tuple(_shown(part, depth, 0) for part in picture.root.parts))
    within: dict[int, int] = {}
    for shown in root.closed():
        within.update((box.number, shown.box.number) for box in shown.box.boxes())
    seen: dict[tuple[int, int, int], Arrow] = {}
    for arrow in picture.arrows:
        source, target = within[arrow.source], within[arrow.target]
        if source != target:
            seen.setdefault((source, target, arrow.value), Arrow(source, target, arrow.value))
    return View(picture, root, tuple(seen.values()), depth)


def _page_depth(picture: Picture) -> int:
    depth, before = 1, -1
    while True:
        boxes = sum(1 for part in picture.root.parts for _ in _shown(part, depth, 0).closed())
        if boxes > MOST_ON_A_PAGE:
            return max(depth - 1, 0 if depth == 1 else 1)
        if boxes == before:
            return depth - 1
        depth, before = depth + 1, boxes


def _shown(box: Box, depth: int | None, within: int) -> Shown:
    within += box.family == BLOCK
    if not box.parts or not _open(box, depth, within):
        return Shown(box)
    return Shown(box, tuple(_shown(part, depth, within) for part in box.parts))


def _open(box: Box, depth: int | None, within: int) -> bool:
    if depth is None:
        return True
    return box.family != CHAIN and (within < depth if box.family == BLOCK else depth > 0)
