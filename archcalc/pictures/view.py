"""What of a picture is shown: which boxes are open, and the arrows between those that are not."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from msgspec import Struct

from archcalc.pictures.model import BLOCK, CHAIN, GROUP, Arrow, Box, Picture

MOST_ON_A_PAGE = 30
"""As many boxes as a figure has: as deep as that allows, boxes are open unless it is said how deep."""

MOST_WITH_ONE_OPEN = 65
"""As many as there may be when one block of each form is opened beside."""


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

    def opened(self) -> Iterator[Box]:
        """The boxes that are open, in the order of their numbers."""
        if self.parts:
            yield self.box
        for part in self.parts:
            yield from part.opened()


class View(Struct, frozen=True):
    """A picture as far as it is open: ``arrows`` are between closed boxes, each value once.

    ``depth`` is how deep all blocks are open. ``likes`` are the first open ones of each form, which closed ones of that
    form are said to be like; ``referred`` the numbers of those of which that is said. ``beside`` are closed blocks that
    are drawn open beside the picture, one of a form.
    """

    picture: Picture
    root: Shown
    arrows: tuple[Arrow, ...]
    depth: int | None
    beside: tuple[Shown, ...] = ()
    likes: dict[int, Box] = {}
    referred: frozenset[int] = frozenset()

    def standing_for(self) -> frozenset[int]:
        """The numbers of the boxes that are drawn for those in closed blocks of their form, too."""
        open_ones = (box for box in self.root.opened() if box.number in self.referred)
        return frozenset(inner.number for box in open_ones for inner in box.boxes())

    def extent(self) -> tuple[int, int]:
        """How large it is to lay out: how many boxes are shown, and how many its arrows pass, all together."""
        order = {shown.box.number: place for place, shown in enumerate(self.root.closed())}
        return len(order), sum(order[arrow.target] - order[arrow.source] for arrow in self.arrows)


def view(picture: Picture, depth: int | str | None = "page") -> View:
    """A picture as deep as ``depth`` says: as in ``archcalc check``, 0 closes groups, 1 shows uses of blocks as boxes.

    ``None`` opens all, chains of layers, too; ``"page"`` is as deep as a page has room for, groups level by level, and
    has a block of each form open beside, that of which there are the most layers first.
    """
    if isinstance(depth, str):
        depth = page_depth(picture)
        root = _with_one_open(picture, depth)
    else:
        root = root_of(picture, depth)
    return seen(picture, root, depth)


def seen(picture: Picture, root: Shown, depth: int | None, beside: tuple[Shown, ...] = ()) -> View:
    """The view in which these boxes are open."""
    likes = first_of_each(root.opened())
    forms = {shown.box.form for shown in root.closed()}
    referred = frozenset(box.number for form, box in likes.items() if form in forms)
    return View(picture, root, arrows_between(picture, root), depth, beside, likes, referred)


def arrows_between(picture: Picture, shown: Shown) -> tuple[Arrow, ...]:
    """The arrows between the closed boxes in an open one, each value once."""
    within: dict[int, int] = {}
    for closed in shown.closed():
        within.update((box.number, closed.box.number) for box in closed.box.boxes())
    found: dict[tuple[int, int, int], Arrow] = {}
    for arrow in picture.arrows:
        source, target = within.get(arrow.source), within.get(arrow.target)
        if source is not None and target is not None and source != target:
            key = (source, target, arrow.value)
            unread = arrow.unread and (key not in found or found[key].unread)
            found[key] = Arrow(source, target, arrow.value, unread)
    return tuple(found.values())


def deepest(picture: Picture) -> int:
    """The least depth at which every block is open."""
    return 1 + max(map(_blocks_within, picture.root.parts), default=0)


def _blocks_within(box: Box) -> int:
    return (box.family == BLOCK) + max(map(_blocks_within, box.parts), default=0)


def least_depth(picture: Picture, depth: int) -> int:
    """The least depth at which a picture shows the same as at this one."""
    shown = {box.number for box in root_of(picture, depth).opened()}
    return next(less for less in range(depth + 1) if {box.number for box in root_of(picture, less).opened()} == shown)


def root_of(picture: Picture, depth: int | None, opened: Collection[int] = ()) -> Shown:
    """The whole picture as deep as that, with these open besides."""
    return Shown(picture.root, tuple(shown_with(part, depth, 0, opened) for part in picture.root.parts))


def count_of(root: Shown) -> int:
    """How many closed boxes are shown in it."""
    return sum(1 for _ in root.closed())


def first_of_each(boxes: Iterable[Box]) -> dict[int, Box]:
    """The first box of each form."""
    found: dict[int, Box] = {}
    for box in boxes:
        if box.form:
            found.setdefault(box.form, box)
    return found


def page_depth(picture: Picture) -> int:
    """The greatest depth at which a page has room for all that is open."""
    last = deepest(picture)
    fits = (depth for depth in range(last, 0, -1) if count_of(root_of(picture, depth)) <= MOST_ON_A_PAGE)
    return least_depth(picture, next(fits, 0))


def groups_with_room(picture: Picture, depth: int) -> set[int]:
    """The groups that a page has room for, level by level, where it has none for all of them: at a depth of 0."""
    found: set[int] = set()
    level = [box for box in picture.root.parts if depth == 0]
    while level := [box for box in level if box.family == GROUP and box.parts]:
        more = found | {box.number for box in level}
        if count_of(root_of(picture, 0, more)) > MOST_ON_A_PAGE:
            break
        found, level = more, [part for box in level for part in box.parts]
    return found


def _with_one_open(picture: Picture, depth: int) -> Shown:
    """The boxes with a block of each form open as far as there is room, the form first that has the most layers."""
    opened = groups_with_room(picture, depth)
    tried: set[int] = set()
    while True:
        root = root_of(picture, depth, opened)
        there = first_of_each(root.opened()).keys() | tried
        closed = [shown.box for shown in root.closed() if shown.box.form and shown.box.form not in there]
        if not closed:
            return root
        layers: dict[int, int] = {}
        for box in closed:
            layers[box.form] = layers.get(box.form, 0) + len(box.places)
        form = max(layers, key=lambda one: layers[one])
        first = next(box for box in closed if box.form == form)
        tried.add(form)
        if count_of(root_of(picture, depth, {*opened, first.number})) <= MOST_WITH_ONE_OPEN:
            opened.add(first.number)


def shown_with(box: Box, depth: int | None, within: int, opened: Collection[int]) -> Shown:
    """A box in so many blocks, and what of it is shown."""
    within += box.family == BLOCK
    if not box.parts or not (box.number in opened or _open(box, depth, within)):
        return Shown(box)
    return Shown(box, tuple(shown_with(part, depth, within, opened) for part in box.parts))


def _open(box: Box, depth: int | None, within: int) -> bool:
    if depth is None:
        return True
    return box.family != CHAIN and (within < depth if box.family == BLOCK else depth > 0)
