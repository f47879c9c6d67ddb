"""What two networks have otherwise, for people, and as Markdown for a pull request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby

from archcalc.analysis.claim_check import UNITS
from archcalc.analysis.cost import layer_count
from archcalc.analysis.experts import every_path, standing_paths
from archcalc.analysis.report import OkReport
from archcalc.explore.difference import Difference, Unpaired, called
from archcalc.reports.aligned import Heading, aligned
from archcalc.reports.alike import folded
from archcalc.reports.markdown_text import code_in_markdown, in_markdown
from archcalc.reports.terminal_text import BOLD, GREEN, PLAIN, Style, printable
from archcalc.sizes.axes import shape_text
from archcalc.sizes.periodic import SizeSet
from archcalc.sizes.rules import Shape
from archcalc.sizes.set_notation import sizes_text

MOST_NAMED = 4
"""How many layers are named of those that follow from others, copies of one as one."""

_LAYERS = ("", "layer", "what", "before", "after")
_COUNTS = ("", "before", "after", "change")
_INPUTS = ("input and output", "before", "after")
_SIGNS = {"added": "+", "removed": "-", "changed": "~"}


def render(found: Difference | Unpaired, style: Style = PLAIN) -> str:
    """The difference as aligned tables, without a newline at its end."""
    head = style.paint(BOLD, printable(title_of(found)))
    if found.same:
        return f"{head}\n\n{style.paint(GREEN, 'the same network')}"
    parts = [head]
    if layers := layer_rows(found):
        cut = [Heading(), Heading("layer", least=8), *(Heading(title, least=8) for title in _LAYERS[2:])]
        parts.append("\n".join(aligned(cut, layers, style)))
    parts += [line] if (line := following(found)) else []
    numbers = [Heading(), *(Heading(title, right=True) for title in _COUNTS[1:])]
    parts.append("\n".join(aligned(numbers, list(count_rows(found)), style)))
    if inputs := list(input_rows(found)):
        parts.append("\n".join(aligned(list(map(Heading, _INPUTS)), inputs, style)))
    return "\n\n".join(parts)


def render_markdown(found: Difference | Unpaired) -> str:
    """The difference as Markdown, whatever the names in it."""
    head = f"### {in_markdown(title_of(found))}"
    if found.same:
        return f"{head}\n\nThe same network."
    parts = [head]
    if layers := layer_rows(found):
        parts.append(_markdown(_LAYERS, layers, names=1))
    parts += [line] if (line := following(found, code_in_markdown)) else []
    parts.append(_markdown(_COUNTS, count_rows(found), right=True))
    if inputs := list(input_rows(found)):
        parts.append(_markdown(_INPUTS, inputs))
    return "\n\n".join(parts)


def title_of(found: Difference | Unpaired) -> str:
    """What is compared with what."""
    other = found.other if isinstance(found, Unpaired) else ""
    pairs = ((found.old, found.new), (found.new, found.old))
    old, new = (other if report is None else called(report, beside) for report, beside in pairs)
    report = newest(found)
    return f"{report.name or report.file}: {old} → {new}"


def newest(found: Difference | Unpaired) -> OkReport:
    """The new network, and where it is gone the old one."""
    return next(report for report in (found.new, found.old) if report is not None)


def layer_rows(found: Difference | Unpaired) -> list[tuple[str, ...]]:
    """Rows of what is added, removed and changed, of copies of a block that say the same once.

    Modules that are added or removed as a whole are a row each.
    """
    rows = list(_rows(found))
    by_itself = {row[1] for row in rows}
    return [
        (sign, name, f"{what} each" if what.endswith(" layers") and name not in by_itself else what, *values)
        for sign, name, what, *values in folded(rows, name=1)
    ]


def _rows(found: Difference | Unpaired) -> Iterator[tuple[str, ...]]:
    whole = {"added": _modules(found.new, found.old), "removed": _modules(found.old, found.new)}
    told = (change for change in found.layers if change.how != "follows")
    many = {how: standing_paths(report.graph) for how, report in _having(found)}
    whose = groupby(told, lambda change: (change.how, whole.get(change.how, {}).get(change.name) or change.name))
    for (how, name), group in whose:
        changes = list(group)
        if how == "changed":
            for change in changes:
                for field, (before, after) in change.fields.items():
                    for path in every_path(change.name, many[how]):
                        yield _SIGNS[how], path, field, *_values(before, after)
            continue
        paths = every_path(name, many[how])
        layers = [layer for change in changes if (layer := change.new or change.old) is not None]
        what = layers[0].kind if len(layers) == 1 else f"{layer_count(layers) // len(paths)} layers"
        shape = _shape(layers[-1].output)
        values = ("", shape) if how == "added" else (shape, "")
        yield from ((_SIGNS[how], path, what, *values) for path in paths)


def _having(found: Difference | Unpaired) -> Iterator[tuple[str, OkReport]]:
    """The network that has the layers of each kind of change."""
    for how, report in (("added", found.new), ("removed", found.old), ("changed", found.new), ("follows", found.new)):
        if report is not None:
            yield how, report


def _modules(having: OkReport | None, other: OkReport | None) -> dict[str, str]:
    """By the layers that only one of two networks has, the outermost module that they are in and the other has not."""
    there = {prefix for layer in (other.layers if other else ()) for prefix in _prefixes(layer.name)}
    found = {}
    for layer in having.layers if having else ():
        module = next((prefix for prefix in _prefixes(layer.name) if prefix not in there), None)
        if module is not None:
            found[layer.name] = module
    return found


def _prefixes(path: str) -> Iterator[str]:
    parts = path.split(".")
    return (".".join(parts[:depth]) for depth in range(1, len(parts) + 1))


def _shape(shape: Shape | None) -> str:
    return "" if shape is None else shape_text(shape)


def following(found: Difference | Unpaired, named: Callable[[str], str] = lambda name: f"`{printable(name)}`") -> str:
    """How many layers follow from others, and the first of them; nothing where none does."""
    follow = [change.name for change in found.layers if change.how == "follows"]
    if not follow or found.new is None:
        return ""
    standing = standing_paths(found.new.graph)
    names = [path for name in follow for path in every_path(name, standing)]
    alike = [name for (name,) in folded((name,) for name in names)]
    told = ", ".join(map(named, alike[:MOST_NAMED])) + (", …" if len(alike) > MOST_NAMED else "")
    return f"{len(names)} layer{'s' * (len(names) != 1)} with other shapes or counts because of this: {told}"


def count_rows(found: Difference | Unpaired) -> Iterator[tuple[str, ...]]:
    """Rows of totals: before, after, and the change in per cent."""
    totals = found.totals
    unlike = {"trainable_params": "params", "active_params": "params", "training_macs": "macs", "flops": "macs"}
    for what, (before, after) in totals.items():
        if what == "flops" or (what in unlike and totals[what] == totals[unlike[what]]):
            continue
        change = f"{after / before - 1:+.2%}" if before else ""
        was, now = (
            "" if report is None else f"{count:,}" for report, count in ((found.old, before), (found.new, after))
        )
        yield UNITS.get(what, "MACs in training"), was, now, "" if before == after or not now else change


def input_rows(found: Difference | Unpaired) -> Iterator[tuple[str, str, str]]:
    """Rows of the inputs, the output and legal sizes that are not the same."""
    was, now = ({} if report is None else _given(report) for report in (found.old, found.new))
    for name in dict.fromkeys([*was, *now]):
        if was.get(name) != now.get(name):
            yield name, was.get(name, ""), now.get(name, "")
    before, after = (" and ".join(map(shape_text, shapes)) for shapes in found.outputs)
    if before != after:
        yield "output", before, after
    for axis, (old, new) in found.legal.items():
        texts = _sizes(old), _sizes(new)
        if texts[0] != texts[1]:
            yield f"legal {axis}", *texts


def _given(report: OkReport) -> dict[str, str]:
    """The shape of each input, by its name, or by what one without a name is called."""
    if not report.inputs:
        return {"input": shape_text(report.input)}
    return {f"input {name}": shape_text(shape) for name, shape in report.inputs.items()}


def _sizes(where: SizeSet | None) -> str:
    return "" if where is None else sizes_text(where)


def _values(before: object, after: object) -> tuple[str, str]:
    """Two values of a field, rates in four digits unless they differ in none of them."""
    if (
        isinstance(before, float)
        and isinstance(after, float)
        and (short := (f"{before:.4g}", f"{after:.4g}"))[0] != short[1]
    ):
        return short
    return _value(before), _value(after)


def _value(value: object) -> str:
    """A field's value as a spec writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(map(_value, value))}]"
    return "none" if value is None else str(value)


def _markdown(
    titles: Sequence[str], rows: Iterable[tuple[str, ...]], *, right: bool = False, names: int | None = None
) -> str:
    """A table; the column ``names`` has names, as code."""
    rule = ["---", *("---:" if right else "---" for _ in titles[1:])]
    shown = (
        [code_in_markdown(cell, cell=True) if at == names else in_markdown(cell) for at, cell in enumerate(row)]
        for row in rows
    )
    lines: list[Sequence[str]] = [titles, rule, *shown]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
