"""Arrows as text formats have them, with a dot in a frame of copies where several boxes in it take one value.

Of each copy but the first that is what the one before gives: a residual's way around begins within, as on the page.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from archcalc.pictures.model import Arrow
from archcalc.pictures.view import Shown, View


class Line(Struct, frozen=True, kw_only=True):
    """An arrow between two names, with the size of what goes along it; ``headless`` where it ends at a dot."""

    source: str
    target: str
    size: str
    unread: bool = False
    headless: bool = False


class Lines(Struct, frozen=True):
    """All lines of a view, and the names of the dots by the frame that they are in."""

    lines: tuple[Line, ...]
    dots: dict[int, list[str]]


def lines_of(view: View) -> Lines:
    """The arrows of a view."""
    frames = {number: within for part in view.root.parts for number, within in _frames(part, ())}
    taken: dict[tuple[int, int, int], list[Arrow]] = {}
    for arrow in view.arrows:
        outside = frames[arrow.source]
        entered = next(
            (frame for frame, times in frames[arrow.target] if times > 1 and (frame, times) not in outside), -1
        )
        taken.setdefault((entered, arrow.source, arrow.value if entered >= 0 else -arrow.target), []).append(arrow)
    lines: list[Line] = []
    dots: dict[int, list[str]] = {}
    for (frame, source, value), arrows in taken.items():
        sizes = [view.picture.sizes[arrow.value] for arrow in arrows]
        name = f"n{source}"
        if frame >= 0 and len(arrows) > 1:
            name = f"e{frame}_{source}_{value}"
            dots.setdefault(frame, []).append(name)
            unread = all(arrow.unread for arrow in arrows)
            lines.append(Line(source=f"n{source}", target=name, size=sizes[0], unread=unread, headless=True))
        for arrow, size in zip(arrows, sizes, strict=True):
            lines.append(Line(source=name, target=f"n{arrow.target}", size=size, unread=arrow.unread))
    return Lines(tuple(lines), dots)


def _frames(shown: Shown, within: tuple[tuple[int, int], ...]) -> Iterator[tuple[int, tuple[tuple[int, int], ...]]]:
    """Each closed box, and the open ones that it is in, from the outside in, with how many copies these are."""
    if not shown.parts:
        yield shown.box.number, within
    for part in shown.parts:
        yield from _frames(part, (*within, (shown.box.number, shown.box.times)))
