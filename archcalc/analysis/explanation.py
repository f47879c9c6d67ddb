"""A layer of a checked spec, explained as a teacher would: every number with how it comes about.

What is said comes from the layer's kind: its docstring, its ``derivation`` and ``spent``, its weights and
needs. This module puts it together, and knows no kind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache, reduce
from inspect import cleandoc
from operator import or_

from msgspec import Struct

from archcalc.analysis.cost import layer_count
from archcalc.analysis.experts import standing_for
from archcalc.analysis.needs_shown import NeedShown, batch_needs_shown, needs_shown
from archcalc.analysis.params_shown import params_shown
from archcalc.analysis.plain_values import known, shape_list
from archcalc.analysis.receptive_field import Seen, receptive_fields
from archcalc.analysis.report import Checked, Report, as_report
from archcalc.analysis.walk import LayerFacts
from archcalc.diagnostics.codes import TABLE, Leaves
from archcalc.diagnostics.errors import ArchcalcError, text
from archcalc.diagnostics.json_object import JsonObject
from archcalc.diagnostics.model import Diagnostic
from archcalc.diagnostics.shown import Shown
from archcalc.diagnostics.spelling import did_you_mean
from archcalc.layers.contract import Layer
from archcalc.layers.outcome import Memory
from archcalc.layers.working import Line, product, written
from archcalc.sizes.axes import letters
from archcalc.sizes.rules import UNKNOWN, Shape, prod


class UnknownLayer(ArchcalcError, LookupError):
    """The network has no layer, and no group, of this name."""


class Above(Struct, frozen=True):
    """The receptive fields that a layer's comes from: of ``changing``, all that change it, a bit of ``bits`` for each.

    Each layer has those of nearly all before it: together they are the square of what there is, so none has a list.
    """

    changing: list[Seen]
    bits: int

    def __len__(self) -> int:
        return self.bits.bit_count()

    def __iter__(self) -> Iterator[Seen]:
        return (one for one, bit in zip(self.changing, reversed(f"{self.bits:b}"), strict=False) if bit == "1")


class Explained(Shown, Struct, frozen=True, kw_only=True):
    """A layer and where its numbers come from.

    ``signature`` and ``formula`` are its kind's, in letters; ``sizes``, ``params``, ``macs`` and ``buffers`` the
    same with this layer's numbers. Each is empty where an error hides it. ``seen`` is its receptive field,
    ``above`` those of the layers down to it that change it; ``errors`` what the check found at the layer, of which
    ``report`` has the network.
    """

    report: Report
    layer: LayerFacts
    signature: str
    formula: str
    sizes: tuple[Line, ...]
    params: tuple[Line, ...]
    macs: tuple[Line, ...]
    buffers: tuple[Line, ...]
    needs: tuple[NeedShown, ...]
    seen: Seen
    above: Above
    errors: tuple[Diagnostic, ...]

    @property
    def name(self) -> str:
        """The dotted path, ``features.0``."""
        return self.layer.name

    @property
    def fields(self) -> tuple[Seen, ...]:
        """The receptive fields of the layers down to this one that change it, and of this one, last."""
        return (*self.above, self.seen)

    def __repr__(self) -> str:
        return f"<Explained {self.layer.name}: {self.signature}>"

    def to_dict(self) -> JsonObject:
        """It as plain values, as ``archcalc explain --format json`` prints it."""
        layer = self.layer
        return {
            "schema": "urn:archcalc:explain:1",
            "name": layer.name,
            "kind": layer.step.spec.written_kind,
            "line": layer.line,
            "signature": self.signature,
            "formula": self.formula,
            "input": shape_list(layer.input),
            "output": shape_list(layer.output),
            "params": known(layer.params),
            "macs": known(layer.macs),
            "frozen": layer.is_frozen,
            "times": layer.step.times,
            "derivation": {
                "output": [_line(line) for line in self.sizes],
                "params": [_line(line) for line in self.params],
                "macs": [_line(line) for line in self.macs],
                "buffers": [_line(line) for line in self.buffers],
            },
            "needs": [
                {
                    "code": need.code,
                    "holds": need.holds,
                    "text": need.text,
                    "shown": [_line(line) for line in need.lines],
                    "least_batch": need.least_batch,
                }
                for need in self.needs
            ],
            "receptive_fields": [_seen(seen) for seen in self.fields],
            "diagnostics": [
                {"code": error.code, "severity": error.severity, "message": error.message, "help": list(error.help)}
                for error in self.errors
            ],
        }


def explain(report: Checked, layer: str) -> Explained:
    """Explain the layer of this dotted path; wrong layers too. Raises UnknownLayer where it has none.

    Where ``report.doubts`` is not empty, its numbers are those of the network that was probably meant.
    """
    checked = as_report(report, "explain")
    standing = layer if checked.graph is None else standing_for(checked.graph, text("layer", layer))
    for explained in _explained(checked, {standing}):
        return explained
    raise UnknownLayer(_unknown(checked, layer))


def explain_each(report: Checked, group: str | None = None) -> tuple[Explained, ...]:
    """Explain each layer of a group, or of the network. Raises UnknownLayer where there is no such group."""
    report = as_report(report, "explain_each")
    group = None if group is None else text("group", group)
    names = {one.name for one in report.layers if group is None or f"{one.name}.".startswith(f"{group}.")}
    if group is not None and not names:
        raise UnknownLayer(_unknown(report, group))
    return tuple(one for one in _explained(report, names) if not one.layer.step.is_given)


def _unknown(report: Report, name: str) -> str:
    names, many = [layer.name for layer in report.layers], layer_count(report.layers)
    groups = {path[:end] for path in names for end, sign in enumerate(path) if sign == "."}
    if name in groups:
        inside = layer_count(layer for layer in report.layers if layer.name.startswith(f"{name}."))
        what = f"`{name}` is a group of {inside} layer{'s' * (inside != 1)}, and no layer"
        return f"{report.file}: {what}; `explain_each(report, {name!r})` explains each of them"
    # Of copies, the first is meant by their name without its number.
    copy = next((path for path in names if _without_numbers(path) == name), None)
    guess = f"did you mean `{copy}`?" if copy else did_you_mean(name, [*names, *sorted(groups)])
    return f"{report.file} has no layer `{name}`; {f'{guess} ' if guess else ''}{_named(name, names, many)}"


def _without_numbers(path: str) -> str:
    return ".".join(part for part in path.split(".") if not part.isdigit())


def _named(name: str, names: Sequence[str], many: int) -> str:
    """The layers of a network, ``many`` in all; of many those that are most like a name."""
    if len(names) <= MAX_NAMED:
        return f"its layers are {', '.join(names)}"
    from difflib import SequenceMatcher

    alike = SequenceMatcher(b=name, autojunk=False)

    def likeness(place: int) -> float:
        alike.set_seq1(names[place])
        return alike.ratio()

    near = sorted(sorted(range(len(names)), key=likeness, reverse=True)[:MAX_NAMED])
    return f"of its {many:,} layers the nearest are {', '.join(names[place] for place in near)}"


MAX_NAMED = 10
"""How many layers are listed where one is not found."""


def _explained(report: Report, names: set[str]) -> Iterator[Explained]:
    if report.facts is None:
        return
    changing: list[Seen] = []
    # Of each value, which of those it comes from, a bit for each.
    above = [0]
    find = Memory(_told).of
    for seen in receptive_fields(report.facts):
        bits = reduce(or_, [above[source] for source in seen.layer.step.sources], 0)
        if seen.layer.name in names:
            yield _explain(report, seen, Above(changing, bits), find)
        if seen.changes:
            bits |= 1 << len(changing)
            changing.append(seen)
        above.append(bits)


class _Told(Struct, frozen=True):
    """What is said of a layer wherever the same arrives; without ``sizes`` where its needs leave them open."""

    needs: tuple[NeedShown, ...] = ()
    sizes: tuple[Line, ...] | None = None


def _told(kind: Layer, xs: tuple[Shape, ...]) -> _Told:
    needs = tuple(needs_shown(kind, xs))
    if not all(need.holds or TABLE[need.code].leaves > Leaves.WEIGHTS for need in needs):
        return _Told(needs)
    return _Told((*needs, *batch_needs_shown(kind, xs)), tuple(_sizes(kind, xs)))


def _explain(report: Report, seen: Seen, above: Above, find: Callable[[Layer, tuple[Shape, ...]], _Told]) -> Explained:
    layer = seen.layer
    kind, span, xs = layer.step.layer, layer.step.spec.span, layer.arriving
    signature, formula = ("", "") if kind is None else _documented(type(kind))
    told = _Told() if kind is None or xs is None else find(kind, xs)
    whole = told.sizes is not None
    return Explained(
        report=report,
        layer=layer,
        signature=signature,
        formula=formula,
        sizes=told.sizes or (),
        params=tuple(params_shown(layer, report.graph, report.facts)) if whole else (),
        macs=tuple(_macs(layer, kind, xs)) if whole and kind is not None and xs is not None else (),
        buffers=tuple(Line(name, product(shape), prod(shape)) for name, shape in layer.buffers.items()),
        needs=told.needs,
        seen=seen,
        above=above,
        errors=tuple(error for error in report.diagnostics if error.span is not None and span.covers(error.span)),
    )


@cache
def _documented(kind: type[Layer]) -> tuple[str, str]:
    """The signature of a kind, and its formula."""
    signature, _, formula = cleandoc(kind.__doc__ or "").partition("\n")
    return signature, formula.strip()


def _sizes(kind: Layer, xs: tuple[Shape, ...]) -> Iterator[Line]:
    lines = [line for line in kind.derivation(*xs) if line.code is None]
    given = kind.out(*xs)
    if any(line.value is not None for line in lines):
        pass
    elif all(given == x for x in xs):
        yield Line("shape", product(given), prod(given), "as it arrives")
    else:
        yield from (Line(f"{axis}'", written(n), n) for axis, n in zip(letters(len(given)), given, strict=True))
    yield from lines


def _macs(layer: LayerFacts, kind: Layer, xs: tuple[Shape, ...]) -> Iterator[Line]:
    if layer.step.idle:
        many = layer.step.times
        those = "an expert" if many == 1 else f"{many:,} experts"
        yield Line("MACs", "0", 0, f"it stands for {those} that a token does not take; the first of them count")
    elif layer.macs is UNKNOWN:
        yield Line("MACs", "?", UNKNOWN, "not known, because of an error")
    else:
        yield from kind.spent(*xs)


def _line(line: Line) -> JsonObject:
    return {"of": line.of, "text": line.text, "value": known(line.value), "note": line.note}


def _seen(seen: Seen) -> JsonObject:
    found: JsonObject = {"layer": seen.layer.name, "size": None, "stride": None, "padding": None}
    found["output_axes"] = list(seen.at) if seen.fields else None
    found |= {"everything": seen.everything, "besides": None, "through": seen.through, "why": seen.why}
    if seen.besides:
        found["besides"] = [
            None if f is None else [known(-f.padding), known(f.size - f.padding - 1)] for f in seen.besides
        ]
    if seen.fields:
        found |= {name: [known(getattr(f, name)) for f in seen.fields] for name in ("size", "stride", "padding")}
    return found
