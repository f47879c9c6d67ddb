"""A picture for Mermaid, which Markdown on GitHub and GitLab draws."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from archcalc.pictures.colours import DOUBTFUL, FRAME, LINE, TEXT, WRONG, shade
from archcalc.pictures.entries import Line, lines_of
from archcalc.pictures.view import Shown, View
from archcalc.pictures.words import as_form, head, lines, title
from archcalc.reports.visible import in_one_line


def render(view: View) -> str:
    """The picture as a flowchart; open boxes are subgraphs."""
    shades = sorted({shade(shown.box) for part in view.root.parts for shown in part.closed()})
    found = lines_of(view)
    standing = view.standing_for()
    body = [line for part in view.root.parts for line in _box(view, part, "  ", shades, found.dots, standing)]
    arrows = [_arrow(line) for line in found.lines]
    classes = [f"  classDef c{place} fill:{colour},stroke:{LINE},color:{TEXT}" for place, colour in enumerate(shades)]
    classes.append(f"  classDef frame fill:{FRAME},stroke:{LINE},color:{TEXT}")
    classes.append(f"  classDef dot fill:{LINE},stroke:{LINE}")
    classes.append(f"  classDef wrong stroke:{WRONG},stroke-width:3px")
    classes.append(f"  classDef doubtful stroke:{DOUBTFUL},stroke-width:3px")
    return "\n".join(["flowchart TD", *body, *arrows, *classes])


def _arrow(line: Line) -> str:
    tip = "" if line.headless else ">"
    start, end = ("-.", f".-{tip}") if line.unread else ("--", f"--{tip or '-'}")
    return f"  {line.source} {start} {_quoted(line.size)} {end} {line.target}"


def _box(
    view: View,
    shown: Shown,
    indent: str,
    shades: list[str],
    dots: Mapping[int, Sequence[str]],
    standing: Collection[int],
) -> Iterator[str]:
    box = as_form(shown.box) if shown.box.number in standing else shown.box
    if shown.parts:
        yield f"{indent}subgraph n{box.number}[{_quoted(*head(box, box.number in view.referred))}]"
        for dot in dots.get(box.number, ()):
            yield f'{indent}  {dot}((" ")):::dot'
        for part in shown.parts:
            yield from _box(view, part, indent + "  ", shades, dots, standing)
        yield f"{indent}end"
        yield f"{indent}class n{box.number} frame"
    else:
        label = _quoted(title(box), *lines(box, view.likes.get(box.form)))
        yield f"{indent}n{box.number}[{label}]:::c{shades.index(shade(box))}"
    if box.errors or box.warnings:
        yield f"{indent}class n{box.number} {'wrong' if box.errors else 'doubtful'}"


def _quoted(*texts: str) -> str:
    """Lines as a string of Mermaid: what could be markup, or end the string, is written by its number."""
    return '"' + "<br/>".join("".join(map(_sign, in_one_line(text))) for text in texts) + '"'


def _sign(sign: str) -> str:
    plain = sign.isalnum() or sign in " _.,:×·+-()[]/…✗⌊⌋=?" or not sign.isascii()
    return sign if plain else f"#{ord(sign)};"
