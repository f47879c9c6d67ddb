"""An explanation for people: of a layer, of layers in a line each, of a diagnostic code, of all codes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from msgspec.structs import replace

from archcalc.analysis.axis_field import ReceptiveField
from archcalc.analysis.explanation import Explained
from archcalc.analysis.needs_shown import NeedShown
from archcalc.analysis.receptive_field import Seen, followed_axes
from archcalc.analysis.report import Report
from archcalc.diagnostics.pages import CodeExplained
from archcalc.layers.working import Line, written
from archcalc.reports.aligned import Heading, aligned
from archcalc.reports.diagnostic_text import diagnostic_text
from archcalc.reports.terminal_text import BOLD, PLAIN, Style, printable
from archcalc.sizes.axes import letters, shape_text
from archcalc.sizes.rules import Dim, Shape, is_known, known_size


def render(one: Explained, style: Style = PLAIN) -> str:
    """A layer, without a newline at its end."""
    layer, report = one.layer, one.report
    blocks = [[style.paint(BOLD, printable(title_of(one))), one.signature]]
    blocks.append(one.formula.split("\n"))
    blocks.append(
        [
            f"input   {shape_cell(layer.input)}",
            f"output  {shape_cell(layer.output)}",
            *_indented(line_texts(one.sizes)),
        ]
    )
    frozen = ["frozen: training changes none of its parameters"] if layer.is_frozen else []
    blocks.append(["counts", *_indented([*line_texts((*one.params, *one.macs)), *frozen])])
    blocks.append(["buffers, not learnt", *_indented(line_texts(one.buffers))])
    blocks.append(["needs", *_indented(text for need in one.needs for text in need_texts(need))])
    seen = _receptive(one, style)
    blocks.append(["receptive field", *_indented(seen)])
    # A heading with nothing below it is left out.
    kept = [block for at, block in enumerate(blocks) if at < 3 or len(block) > 1]
    text = "\n\n".join("\n".join(filter(None, block)) for block in kept if any(block))
    return "\n\n".join([text, *(diagnostic_text(error, report.texts, report.file, style) for error in one.errors)])


def title_of(one: Explained) -> str:
    """Which layer it is, and where it is written."""
    return f"{one.layer.name}: {one.layer.kind}, line {one.layer.line} of {one.report.file}"


def render_each(several: Iterable[Explained], report: Report, style: Style = PLAIN) -> str:
    """A line for each layer: how its size comes about, its parameters, and what it sees."""
    rows = [
        (
            one.name,
            one.layer.kind if one.layer.step.times == 1 else f"{one.layer.kind} × {one.layer.step.times:,}",
            shape_cell(one.layer.output),
            _last(one.params),
            seen_cells(one.seen)[0],
            _briefly(one),
        )
        for one in several
    ]
    return "\n".join([printable(report.file), "", *aligned(_LAYERS, rows, style, rule=False)])


_NAME, _KIND = Heading("layer", least=8), Heading("kind", least=8)
_LAYERS = (
    _NAME,
    _KIND,
    Heading("output"),
    Heading("parameters"),
    Heading("sees"),
    Heading("size", least=12, spare=True),
)
SEEN = (_NAME, _KIND, Heading("size"), Heading("stride"), Heading("padding"))


def render_code(code: CodeExplained) -> str:
    """A diagnostic code at length."""
    parts = [f"{code.code}: {code.title}", code.why]
    parts += ["wrong\n\n" + _inset(code.wrong.text), "right\n\n" + _inset(code.right.text), code.fix]
    return "\n\n".join(parts)


def render_codes(codes: Iterable[CodeExplained]) -> str:
    """Every code in a line."""
    return "\n".join(f"{code.code}  {code.title}" for code in codes)


def _inset(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.rstrip("\n").split("\n"))


_INDENT = "  "


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"{_INDENT}{line}" for line in lines)


def _step(line: Line) -> str:
    return line.text + (f", {line.note}" if line.note else "")


def line_texts(lines: Iterable[Line]) -> Iterator[str]:
    """``H' = ⌊…⌋ + 1 = 55, no pixel left over``; what is alike along several axes in one line."""
    for step, alike in groupby(lines, key=_step):
        names = dict.fromkeys(line.of for line in alike)
        yield printable(" = ".join([*names, step]))


def need_texts(need: NeedShown) -> Iterator[str]:
    """Whether a need holds, and below it what shows that."""
    sign = {True: "✓", False: "✗", None: "·"}[need.holds]
    hidden = need.holds is None and need.least_batch is None
    open_ = " (open: an error above hides what arrives)" if hidden else ""
    yield printable(f"{sign} {need.code}: {need.text}{open_}")
    shown: dict[str, dict[str, None]] = {}
    for line in need.lines:
        shown.setdefault(_step(line), {})[line.of] = None
    yield from (printable(f"    {' and '.join(names)}: {step}") for step, names in shown.items())


def _briefly(one: Explained) -> str:
    """The first and the last step of each size; nothing where nothing is computed."""
    texts = []
    computed = [line for line in one.sizes if line.value is not None and " = " in line.text]
    for text, alike in groupby(computed, key=lambda line: line.text):
        names = dict.fromkeys(line.of for line in alike)
        steps = text.split(" = ")
        texts.append(" = ".join([*names, steps[0], steps[-1]]))
    return "; ".join(texts)


def _last(lines: tuple[Line, ...]) -> str:
    return lines[-1].text.split(" = ")[-1] if lines else "?"


def shape_cell(shape: Shape | None) -> str:
    """A shape, or that it is not known."""
    return shape_text(shape) if shape else "?"


class _Axes:
    """The axes of the input along which it is told what is seen: their places, their names and their sizes."""

    def __init__(self, report: Report) -> None:
        followed = followed_axes(report.facts) if report.facts is not None else []
        self.places, self.names = tuple(axis for axis, _ in followed), [name for _, name in followed]
        inputs = () if report.facts is None else report.facts.inputs
        # Where each stands in its own input, of several that have it in the first.
        within = {axis: at for one in reversed(inputs) for at, axis in enumerate(one.axes)}
        self.own = tuple(within.get(axis, axis) for axis in self.places)
        self.of_several = len(report.inputs) > 1
        self.sizes: Shape = tuple((report.input or ())[axis] for axis in self.places)


def _receptive(one: Explained, style: Style) -> Iterator[str]:
    """A table of the layers that change it, and what it means for the last one."""
    narrower = None if style.columns is None else style.columns - len(_INDENT)
    yield from aligned(SEEN, seen_rows(one), replace(style, columns=narrower), rule=False)
    yield from map(printable, seen_in_words(one))


def seen_rows(one: Explained) -> list[tuple[str, ...]]:
    """How the receptive field grows from layer to layer, by ``SEEN``."""
    return [(seen.layer.name, seen.layer.kind, *seen_cells(seen)) for seen in one.fields]


def seen_in_words(one: Explained) -> Iterator[str]:
    """What the last layer sees, in words."""
    axes = _Axes(one.report)
    if one.seen.fields is None:
        yield one.seen.why or "what it sees is not known, because of an error above"
        return
    local = " on the local path" if one.seen.besides else ""
    meanings = [_meaning(field, n) + local for field, n in zip(one.seen.fields, axes.sizes, strict=True)]
    yield from _along(one, axes, meanings)
    yield from _besides(one.seen, axes)


def _along(one: Explained, axes: _Axes, meanings: list[str]) -> Iterator[str]:
    """What is seen along each axis of the input, and by the places of which of the output's, where that is another."""
    rank = len(one.layer.output or ())
    turned = any(at is not None and at != axis for axis, at in zip(axes.own, one.seen.at, strict=True))
    if not turned and len(set(meanings)) <= 1 and not axes.of_several:
        yield from meanings[:1]
        return
    for axis, name, at, meaning in zip(axes.own, axes.names, one.seen.at, meanings, strict=True):
        moved = at is not None and at != axis and at < rank
        of = f"place j of {letters(rank)[at]}' " if moved and at is not None else "place j "
        yield f"along {name}: {meaning.replace('place j ', of, 1)}"


def _besides(seen: Seen, axes: _Axes) -> Iterator[str]:
    """What every place sees beside its window."""
    if seen.everything:
        yield f"every place sees everything, too, through `{seen.through}`"
    elif seen.besides:
        for name, field in zip(axes.names, seen.besides, strict=True):
            if field is not None:
                pixels = f"{written(-field.padding)} … {written(field.size - field.padding - 1)}"
                yield f"every place sees pixels {pixels} of {name}, too, through `{seen.through}`"


def seen_cells(seen: Seen) -> tuple[str, str, str]:
    """The size, the stride and the padding of what a place sees."""
    if seen.fields is None:
        return "?", "?", "?"
    sizes, strides, paddings = (
        [getattr(field, name) for field in seen.fields] for name in ("size", "stride", "padding")
    )
    more = " and everything" if seen.everything else " and more" if seen.besides else ""
    return " × ".join(map(written, sizes)) + more, _once(strides), _once(paddings)


def _once(numbers: list[Dim]) -> str:
    """A number for each axis, or one where they are the same."""
    return " × ".join(map(written, numbers if any(number != numbers[0] for number in numbers) else numbers[:1]))


def _meaning(field: ReceptiveField, n: Dim) -> str:
    first, last = -field.padding, field.size - field.padding - 1
    if type(field.size) is int and field.size == 0:
        return "nothing is seen"
    if not is_known(first, last, field.stride, n):
        return "what it sees is not known, because of an error above"
    if field.stride == 0:
        whole = ": the whole input" if first <= 0 and last >= n - 1 else ""
        return f"each value sees pixels {written(first)} … {written(last)}{whole}"
    shift = "j" if field.stride == 1 else f"{written(field.stride)}·j"
    return f"place j sees pixels {shift}{_signed(first)} … {shift}{_signed(last)}"


def _signed(number: Dim) -> str:
    number = known_size(number)
    return "" if number == 0 else f" {'+' if number > 0 else '−'} {abs(number):,}"
