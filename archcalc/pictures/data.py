"""A picture as plain values, for the code of the page, which lays it out and draws it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archcalc.diagnostics.json_object import JsonObject
from archcalc.pictures.colours import shade
from archcalc.pictures.model import CHAIN, Box, Picture
from archcalc.pictures.view import View
from archcalc.pictures.words import as_form, counts, followers, frame, in_a_word, in_full, lines, title
from archcalc.reports.visible import in_one_line
from archcalc.sizes.rules import Dim


def data(view: View) -> JsonObject:
    """All boxes, each behind the one that it is in, the arrows, and which boxes are open at first."""
    picture = view.picture
    root = picture.root
    found = ((root.params, "parameters"), (picture.active_params, "active parameters"), (root.macs, "MACs"))
    told = " · ".join(f"{number:,} {what}" for number, what in found if isinstance(number, int))
    return {
        "title": in_one_line(picture.title),
        "told": " · ".join(filter(None, (picture.given, told))),
        "whole": "its" if picture.is_part else "all",
        "plain": picture.plain,
        "errors": [in_one_line(error) for error in picture.errors],
        "boxes": list(_boxes(root, None, picture)),
        "arrows": [[arrow.source, arrow.target, arrow.value, arrow.unread] for arrow in picture.arrows],
        "sizes": list(picture.sizes),
        "maps": [None if shape is None else list(shape) for shape in picture.maps],
        "open": [box.number for box in view.root.opened()],
        "beside": [[shown.box.number, [box.number for box in shown.opened()]] for shown in view.beside],
    }


def _boxes(box: Box, parent: int | None, picture: Picture) -> Iterator[JsonObject]:
    root = picture.root
    yield {
        "n": box.number,
        "parent": parent,
        "inner": bool(box.parts),
        "title": in_one_line(title(box)),
        "frame": in_one_line(frame(box)),
        "full": in_one_line(in_full(box)) if box.form else "",
        "form": box.form,
        "paths": [in_one_line(path) for path in box.paths[1:]],
        "sum": counts(box) if box.times > 1 else "",
        "lines": [in_one_line(line) for line in lines(box)],
        "path": in_one_line(box.path),
        "kind": in_one_line(box.kind),
        "detail": box.detail,
        "word": in_one_line(in_a_word(box)),
        "varied": [in_one_line(title(as_form(box))), [*map(in_one_line, lines(as_form(box)))]] if box.varied else None,
        "behind": in_one_line(followers(box)),
        "family": box.family,
        "chain": box.family == CHAIN,
        "shade": shade(box),
        "times": box.times,
        "copies": box.copies,
        "value": box.output,
        "share": [_share(box.params, root.params), _share(box.macs, root.macs)],
        "params": _told(box.own_params, [(part.kind, part.own_params) for part in _links(box)]),
        "macs": _told(box.own_macs, [(part.kind, part.own_macs) for part in _links(box)]),
        "sees": box.sees,
        "line": box.line,
        "errors": [in_one_line(error) for error in box.errors],
        "warnings": [in_one_line(text) for text in box.warnings],
        "training": box.in_training,
    }
    for part in box.parts:
        yield from _boxes(part, box.number, picture)


def _links(box: Box) -> tuple[Box, ...]:
    return box.parts if box.family == CHAIN else ()


def _told(number: Dim, links: Sequence[tuple[str, Dim]]) -> str:
    """``36,992 (conv2d 36,864 + batch_norm2d 128)``: a count, and whose it is where several have a share in it."""
    if not isinstance(number, int) or not number:
        return ""
    shares = [f"{kind} {share:,}" for kind, share in links if isinstance(share, int) and share]
    return f"{number:,}" + (f" ({in_one_line(' + '.join(shares))})" if len(shares) > 1 else "")


def _share(part: Dim, whole: Dim) -> float:
    """How much of the whole it is, from 0 to 1."""
    if not isinstance(part, int) or not isinstance(whole, int) or not whole:
        return 0.0
    return min(round(part / whole, 4), 1.0)
