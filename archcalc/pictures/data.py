"""A picture as plain values, for the code of the page, which lays it out and draws it."""

from __future__ import annotations

from collections.abc import Iterator

from archcalc.diagnostics.json_object import JsonObject
from archcalc.pictures.colours import shade
from archcalc.pictures.model import CHAIN, Box, Picture
from archcalc.pictures.view import Shown, View
from archcalc.pictures.words import frame, lines, title
from archcalc.reports.visible import in_one_line
from archcalc.sizes.rules import Dim


def data(view: View) -> JsonObject:
    """All boxes, each behind the one that it is in, the arrows, and which boxes are open at first."""
    picture = view.picture
    root = picture.root
    counts = " · ".join(f"{number:,} {what}" for number, what in _counts(root) if isinstance(number, int))
    return {
        "title": in_one_line(picture.title),
        "told": " · ".join(filter(None, (f"input {picture.sizes[0]}", counts))),
        "errors": [in_one_line(error) for error in picture.errors],
        "boxes": list(_boxes(root, None, picture)),
        "arrows": [[arrow.source, arrow.target, arrow.value] for arrow in picture.arrows],
        "sizes": list(picture.sizes),
        "maps": [None if shape is None else list(shape) for shape in picture.maps],
        "open": list(_open(view.root)),
    }


def _boxes(box: Box, parent: int | None, picture: Picture) -> Iterator[JsonObject]:
    root = picture.root
    yield {
        "n": box.number,
        "parent": parent,
        "inner": bool(box.parts),
        "title": in_one_line(title(box)),
        "frame": in_one_line(frame(box)),
        "lines": [in_one_line(line) for line in lines(box)],
        "path": in_one_line(box.path),
        "kind": in_one_line(box.kind),
        "detail": box.detail,
        "family": box.family,
        "chain": box.family == CHAIN,
        "shade": shade(box),
        "times": box.times,
        "value": box.output,
        "share": [_share(box.params, root.params), _share(box.macs, root.macs)],
        "counts": [f"{number:,} {what}" for number, what in _counts(box) if isinstance(number, int) and number],
        "sees": box.sees,
        "line": box.line,
        "errors": [in_one_line(error) for error in box.errors],
        "training": box.in_training,
        "unread": box.unread,
    }
    for part in box.parts:
        yield from _boxes(part, box.number, picture)


def _counts(box: Box) -> tuple[tuple[Dim, str], ...]:
    return (box.params, "parameters"), (box.macs, "MACs")


def _share(part: Dim, whole: Dim) -> float:
    """How much of the whole it is, from 0 to 1."""
    if not isinstance(part, int) or not isinstance(whole, int) or not whole:
        return 0.0
    return min(round(part / whole, 4), 1.0)


def _open(shown: Shown) -> Iterator[int]:
    if shown.parts:
        yield shown.box.number
    for part in shown.parts:
        yield from _open(part)
