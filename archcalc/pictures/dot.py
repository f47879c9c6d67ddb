"""A picture for Graphviz, as text in its language."""

from __future__ import annotations

from collections.abc import Iterator

from archcalc.pictures.colours import FRAME, LINE, TEXT, WRONG, shade
from archcalc.pictures.model import Box
from archcalc.pictures.view import Shown, View
from archcalc.pictures.words import head, lines, title
from archcalc.reports.visible import in_one_line


def render(view: View) -> str:
    """The picture as a directed graph; open boxes are clusters."""
    head = [
        f"digraph {_quoted(view.picture.title)} {{",
        f'  graph [rankdir=TB, fontname="Helvetica", fontsize=12, label={_quoted(view.picture.title)}, labelloc=t]',
        f'  node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=11, fontcolor="{TEXT}"]',
        f'  edge [fontname="Helvetica", fontsize=9, color="{LINE}", fontcolor="{LINE}"]',
    ]
    body = [line for part in view.root.parts for line in _box(view, part, "  ")]
    arrows = [
        f"  n{arrow.source} -> n{arrow.target} [label={_quoted(view.picture.sizes[arrow.value])}]"
        for arrow in view.arrows
    ]
    return "\n".join([*head, *body, *arrows, "}"])


def _box(view: View, shown: Shown, indent: str) -> Iterator[str]:
    box = shown.box
    wrong = f', color="{WRONG}", penwidth=2' if box.errors else f', color="{LINE}"'
    if shown.parts:
        yield f"{indent}subgraph cluster_{box.number} {{"
        label = _quoted(*head(box, box.number in view.referred))
        yield f'{indent}  graph [label={label}, style="rounded,filled", fillcolor="{FRAME}"{wrong}]'
        for part in shown.parts:
            yield from _box(view, part, indent + "  ")
        yield f"{indent}}}"
        return
    label = _quoted(title(box), *lines(box, view.likes.get(box.form)))
    yield f'{indent}n{box.number} [label={label}, tooltip={_quoted(*_told(box))}, fillcolor="{shade(box)}"{wrong}]'


def _told(box: Box) -> Iterator[str]:
    yield box.path or box.name
    yield from (f"sees {box.sees}",) if box.sees else ()
    yield from box.errors


def _quoted(*texts: str) -> str:
    """Lines as a string of Graphviz: only quotes and backslashes mean something in it."""
    # An ampersand begins an entity, such as &quot;.
    escaped = (in_one_line(text).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;") for text in texts)
    return '"' + "\\n".join(escaped) + '"'
