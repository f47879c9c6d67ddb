"""A picture for Graphviz, as text in its language."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from archcalc.pictures.colours import FRAME, LINE, TEXT, mark_of, shade
from archcalc.pictures.entries import Line, lines_of
from archcalc.pictures.model import Box
from archcalc.pictures.view import Shown, View
from archcalc.pictures.words import as_form, head, lines, title
from archcalc.reports.visible import in_one_line


def render(view: View) -> str:
    """The picture as a directed graph; open boxes are clusters."""
    title = _quoted(view.picture.title)
    label = "" if view.picture.plain else f", label={title}, labelloc=t"
    head = [
        f"digraph {title} {{",
        f'  graph [rankdir=TB, fontname="Helvetica", fontsize=12{label}]',
        f'  node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=11, fontcolor="{TEXT}"]',
        f'  edge [fontname="Helvetica", fontsize=9, color="{LINE}", fontcolor="{LINE}"]',
    ]
    found = lines_of(view)
    standing = view.standing_for()
    body = [line for part in view.root.parts for line in _box(view, part, "  ", found.dots, standing)]
    arrows = [f"  {line.source} -> {line.target} [{_how(line)}]" for line in found.lines]
    return "\n".join([*head, *body, *arrows, "}"])


def _how(line: Line) -> str:
    dashed = ", style=dashed" if line.unread else ""
    return f"label={_quoted(line.size)}{dashed}{', arrowhead=none' if line.headless else ''}"


def _box(
    view: View, shown: Shown, indent: str, dots: Mapping[int, Sequence[str]], standing: Collection[int]
) -> Iterator[str]:
    box = as_form(shown.box) if shown.box.number in standing else shown.box
    mark = mark_of(box)
    wrong = f', color="{mark}", penwidth=2' if mark else f', color="{LINE}"'
    if shown.parts:
        yield f"{indent}subgraph cluster_{box.number} {{"
        label = _quoted(*head(box, box.number in view.referred))
        yield f'{indent}  graph [label={label}, style="rounded,filled", fillcolor="{FRAME}"{wrong}]'
        for dot in dots.get(box.number, ()):
            yield f'{indent}  {dot} [shape=point, width=0.08, color="{LINE}"]'
        for part in shown.parts:
            yield from _box(view, part, indent + "  ", dots, standing)
        yield f"{indent}}}"
        return
    label = _quoted(title(box), *lines(box, view.likes.get(box.form)))
    yield f'{indent}n{box.number} [label={label}, tooltip={_quoted(*_told(box))}, fillcolor="{shade(box)}"{wrong}]'


def _told(box: Box) -> Iterator[str]:
    yield box.path or box.name
    yield from (f"sees {box.sees}",) if box.sees else ()
    yield from (*box.errors, *box.warnings)


def _quoted(*texts: str) -> str:
    """Lines as a string of Graphviz: only quotes and backslashes mean something in it."""
    # An ampersand begins an entity, such as &quot;.
    escaped = (in_one_line(text).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;") for text in texts)
    return '"' + "\\n".join(escaped) + '"'
