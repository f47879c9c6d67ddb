"""A report as a picture, in each of the formats."""

from __future__ import annotations

from collections import Counter
from importlib import import_module
from typing import Final, Literal, overload

from msgspec.structs import replace

from archcalc.analysis.report import Checked, Report, as_report
from archcalc.diagnostics.errors import ArchcalcError, text
from archcalc.network.graph import Part
from archcalc.pictures.build import picture
from archcalc.pictures.drawing import Drawing
from archcalc.pictures.figure import figure
from archcalc.pictures.model import Picture
from archcalc.pictures.part import part_named
from archcalc.pictures.u_shape import u_view
from archcalc.pictures.view import View, page_depth, view
from archcalc.spec.settings import shown

FORMATS: Final = ("svg", "html", "dot", "mermaid")
"""The formats of pictures, each a module of ``archcalc.pictures``."""

STYLES: Final = ("layers", "boxes")
"""The styles of an SVG."""

MOST_BOXES, MOST_PASSED = 600, 4_000
"""With more boxes, or arrows that pass more, a picture takes long to lay out, and nobody reads it."""


class DrawError(ArchcalcError, ValueError):
    """A picture that cannot be drawn: there is no network, it is too large, or what lays it out is not installed."""


@overload
def draw(
    report: Checked,
    form: str = ...,
    *,
    depth: int | str | None = ...,
    fold: bool = ...,
    symbolic: bool = ...,
    style: str = ...,
    of: str | None = ...,
    plain: bool = ...,
    pages: Literal[False] = ...,
    columns: Literal[False] = ...,
) -> Drawing: ...


@overload
def draw(
    report: Checked,
    form: str = ...,
    *,
    depth: int | str | None = ...,
    fold: bool = ...,
    symbolic: bool = ...,
    style: str = ...,
    of: str | None = ...,
    plain: bool = ...,
    pages: bool = ...,
    columns: bool = ...,
) -> Drawing | tuple[Drawing, ...]: ...


def draw(
    report: Checked,
    form: str = "svg",
    *,
    depth: int | str | None = "page",
    fold: bool = True,
    symbolic: bool = False,
    style: str = "layers",
    of: str | None = None,
    plain: bool = False,
    pages: bool = False,
    columns: bool = False,
) -> Drawing | tuple[Drawing, ...]:
    """The picture of a network as text: an SVG, a page, or what Graphviz or Mermaid read.

    ``depth`` is how deep blocks are in one another before they are one box; ``None`` shows every layer by itself, and
    ``"page"`` what a page has room for. With ``fold``, copies that are alike are one box. ``symbolic`` gives sizes as
    formulas in those of the input. ``style`` is ``"layers"``, or ``"boxes"`` for an SVG of maps in proportion.
    ``of`` is a group, the use of a block or a repeat that is drawn alone, by its dotted path: ``layer2.0``. A ``plain``
    picture has neither title nor legend, for papers whose captions say it. With ``pages`` it is a tuple of as many SVGs
    as it takes to be read on a page, and with ``columns`` in a column of 252 pt, two on a page.
    A notebook shows an SVG and a page as pictures. Raises DrawError, LawError where a network has no formulas, and
    ArgumentError for what is not a report.
    """
    report = as_report(report, "draw")
    _refuse_other_words(form, depth, style)
    if pages and columns:
        raise DrawError("`pages` or `columns`: a picture is cut for one of them")
    if form != "svg" and (pages or columns):
        raise DrawError(f"`{'pages' if pages else 'columns'}` are SVGs, not {form}")
    found = whole(report, fold=fold, symbolic=symbolic, of=of, plain=plain)
    seen = chosen(found, depth, form, style)
    if pages or columns:
        return tuple(drawn_pages(seen, "page" if pages else "column", style))
    return drawn(seen, form, style)


def whole(
    report: Report, *, fold: bool = True, symbolic: bool = False, of: str | None = None, plain: bool = False
) -> Picture:
    """The picture of a network, or of a part, of which a view is drawn. Raises DrawError where there is none, and as
    ``draw``.
    """
    part = None if of is None else _part(report, text("of", of))
    found = picture(report, fold=fold, sizes=_formulas(report) if symbolic else None, part=part)
    if found is None:
        raise DrawError(_NO_NETWORK.format(report.file))
    return replace(found, plain=plain)


_NO_NETWORK = "{} has no picture: its errors leave no network"


def _part(report: Report, name: str) -> Part:
    if report.graph is None:
        raise DrawError(_NO_NETWORK.format(report.file))
    found = part_named(report.graph, name)
    if isinstance(found, str):
        raise DrawError(f"{report.file}: {found}")
    return found


def chosen(picture: Picture, depth: int | str | None, form: str, style: str = "layers") -> View:
    """The view of a picture as deep as ``depth`` says; boxes in proportion stand as deep as each other."""
    if depth == "page" and style == "boxes":
        return u_view(picture) or view(picture, page_depth(picture))
    return figure(picture) if depth == "page" and form == "svg" else view(picture, depth)


def drawn(seen: View, form: str, style: str = "layers") -> Drawing:
    """A view in a format. Raises DrawError."""
    if seen.picture.plain and form == "html":
        raise DrawError("a page is not `plain`: its title and legend stand around the picture")
    if form in ("svg", "html"):
        _refuse_too_large(seen)
    if style == "boxes":
        _refuse_alike(seen)
    module = import_module(f"archcalc.pictures.{form}")
    rendered: str = module.render(seen, style) if form == "svg" else module.render(seen)
    return Drawing(rendered, form)


def drawn_pages(seen: View, fit: str = "page", style: str = "layers") -> list[Drawing]:
    """A view as SVGs, each for a page on which it can be read, or for a ``"column"`` of one. Raises DrawError."""
    from archcalc.pictures.svg import render_pages

    _refuse_too_large(seen)
    if style == "boxes":
        _refuse_alike(seen)
    return [Drawing(page, "svg") for page in render_pages(seen, fit, style)]


def _refuse_other_words(form: str, depth: int | str | None, style: str) -> None:
    for name, value, known in (("form", form, FORMATS), ("style", style, STYLES)):
        if value not in known:
            raise DrawError(f"`{name}` is one of {', '.join(known)}, not {shown(value)}")
    if depth not in ("page", None) and (type(depth) is not int or depth < 0):
        raise DrawError(f"`depth` is a number from 0 up, None or `page`, not {shown(depth)}")


def _refuse_too_large(seen: View) -> None:
    boxes, passed = seen.extent()
    way_out = "close some with --depth, or write --format dot"
    if boxes > MOST_BOXES:
        raise DrawError(f"the picture has {boxes:,} boxes, and at most {MOST_BOXES:,} are laid out: {way_out}")
    if passed > MOST_PASSED:
        raise DrawError(
            f"the picture's arrows pass {passed:,} boxes, and with at most {MOST_PASSED:,} it is laid out: {way_out}"
        )


def _refuse_alike(seen: View) -> None:
    """Refuse boxes of sequences: they have the same length throughout, and no sides that tell anything."""
    given = [seen.picture.maps[shown.box.output] for shown in seen.root.closed()]
    lengths = Counter(shape[0] for shape in given if shape is not None and len(shape) == 2)
    for length, often in lengths.most_common(1):
        if 2 * often > len(given):
            raise DrawError(
                f"{often} of {len(given)} boxes would stand for sequences of {length:,}, one as high as another: boxes "
                "are for networks whose maps change; leave out --style boxes"
            )


def _formulas(report: Report) -> list[str]:
    """The shape of each value as formulas, the input's first; as numbers where they are long."""
    from archcalc.analysis.laws import laws
    from archcalc.sizes.axes import shape_text
    from archcalc.sizes.notation import factor

    found = laws(report)
    numbers = [report.input, *report.inputs.values(), *(layer.output for layer in report.layers)]
    shapes = (found.input, *found.inputs.values(), *(law.output for law in found.layers))
    told = (" × ".join(map(factor, shape)) for shape in shapes)
    return [
        words if len(words) <= LONGEST else shape_text(known or ()) for words, known in zip(told, numbers, strict=True)
    ]


LONGEST = 60
"""How many characters a formula on an arrow may have."""
