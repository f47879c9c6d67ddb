"""A spec to its report: the whole line from text to diagnostics, once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from os import PathLike
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from archcalc.binding import bind
from archcalc.channels import Axes, arriving, report_channels_last
from archcalc.claims import Compared, compare, declared_shapes, report_disagreements, walk
from archcalc.cost import Totals, totals
from archcalc.diagnostics import UNREADABLE, Diagnostic, Log, Span, TooManyFaults, did_you_mean
from archcalc.dims import Shape, is_known
from archcalc.domain import Legal, legal, pinned
from archcalc.graph import Graph, use_labels
from archcalc.infer import Facts, Failure, LayerFacts
from archcalc.layers import Need
from archcalc.lets import is_unset
from archcalc.reader import read_spec
from archcalc.settings import SettingError as SettingError
from archcalc.settings import read_input, read_settings, shown
from archcalc.source import read_text
from archcalc.spec import Spec
from archcalc.unused import report_unused_names

if TYPE_CHECKING:
    from archcalc.repair import Repairs

MAX_MENDED = 10
"""For how many faults of sizes edits are looked for, and causes."""


class Report(Struct, frozen=True, kw_only=True):
    """What a check found.

    ``input`` and the layers' shapes leave out the batch. ``ok`` is whether there is no error among
    the diagnostics; ``readable`` whether there was a spec to check at all. ``settings`` are the values of
    ``let`` that were given from outside, exactly: ints, fractions and truths. Where there was no spec, or one
    with too many faults to go on, ``spec``, ``graph``, ``facts`` and ``totals`` are ``None``.
    """

    file: str
    text: str
    name: str | None
    spec: Spec | None
    graph: Graph | None
    facts: Facts | None
    totals: Totals | None
    claims: tuple[Compared, ...]
    diagnostics: tuple[Diagnostic, ...]
    settings: dict[str, Any] = {}
    given: Shape | None = None
    as_written: bool = True

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong; warnings do not count."""
        return not self.errors

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """What is wrong: the diagnostics that are no warnings."""
        return tuple(fault for fault in self.diagnostics if fault.severity == "error")

    @property
    def doubts(self) -> tuple[Diagnostic, ...]:
        """The errors that leave open which network is meant: all but sizes that do not fit (A2) and claims (A4)."""
        return tuple(fault for fault in self.errors if not fault.code.startswith(("A2", "A4")))

    @property
    def sound(self) -> bool:
        """Whether there is a network, and its sizes fit: nothing is wrong but claims of its source (A4)."""
        return all(fault.code.startswith("A4") for fault in self.errors)

    @property
    def first_error(self) -> str:
        """The first thing that is wrong, in a line: of those that leave open which network is meant, if there are."""
        for fault in (*self.doubts, *self.errors):
            at = f"{fault.file}:{fault.span.line}" if fault.span is not None else fault.file
            return f"{at}: {fault.message} ({fault.code})"
        return ""

    @property
    def readable(self) -> bool:
        """Whether there was a spec in the file, faulty or not."""
        return not any(fault.code in UNREADABLE and fault.file == self.file for fault in self.diagnostics)

    @property
    def texts(self) -> dict[str, str]:
        """The texts that spans point into, by file; the spec's own by an empty name."""
        return {"": self.text} | (self.spec.texts if self.spec is not None else {})

    @property
    def preset(self) -> str | None:
        """Which member of a family of networks was checked."""
        return None if self.spec is None else self.spec.preset

    @property
    def input(self) -> Shape | None:
        """The input's shape, ``(C, H, W)``, or ``None`` where there is none."""
        return (self.facts.input or None) if self.facts is not None else None

    @property
    def legal(self) -> Legal | None:
        """Which input sizes the network as built accepts; ``None`` where it has a fault. Computed anew each time."""
        return legal(pinned(self.facts)) if self.ok and self.facts is not None else None

    @property
    def layers(self) -> tuple[LayerFacts, ...]:
        """Every layer with its shapes and counts, in order; groups are opened."""
        return () if self.facts is None else self.facts.layers


def check(
    path: PathLike[str] | str,
    *,
    preset: str | None = None,
    input: Iterable[Any] | str | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Report:
    """Check a spec file, of a family the member that ``preset`` names.

    ``input`` replaces its input's shape, ``(C, H, W)`` without the batch: 1 to 4 whole numbers, numpy's too, or
    the text of ``--input``, ``"3,224,224"``. ``settings`` replaces values of its ``let``. Each is a number or a
    truth, read exactly and as the file would read it: 0.75, ``"0.75"``, ``Decimal("0.75")``, ``Fraction(3, 4)``
    and numpy's 0.75 are 3/4; 1, 1.0 and ``"1.0"`` are the number 1; True and ``"true"`` are true, and no number.
    An expression is read in the file only.

    A fault of the spec is a diagnostic in the report, never an exception. Raises SettingError for another
    ``input``, for a setting that is neither a number up to ±10**18 nor a truth or that the spec's ``let`` does
    not name, and for a preset that it has not.
    """
    given, values = read_input(input), read_settings(settings)
    log = Log(os.fspath(path))
    return _explained(_report(read_text(path, log), log, preset, given, values))


def check_text(
    text: str,
    *,
    file: str = "<text>",
    preset: str | None = None,
    input: Iterable[Any] | str | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Report:
    """Check a spec given as text; otherwise as ``check``. Blocks' files are looked for beside ``file``."""
    given, values = read_input(input), read_settings(settings)
    return _explained(_report(text, Log(file), preset, given, values))


def check_each(
    path: PathLike[str] | str,
    *,
    input: Iterable[Any] | str | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Iterator[Report]:
    """Check each preset of a spec file, one after the other; a spec that has none, as ``check`` does. Raises as it."""
    given, values = read_input(input), read_settings(settings)
    log = Log(os.fspath(path))
    text, spec = read_text(path, log), None
    with suppress(TooManyFaults):
        spec = None if text is None else read_spec(text, log)
    for preset in spec.presets if spec is not None and spec.presets else (None,):
        yield check(path, preset=preset, input=given, settings=values)


def _report(
    text: str | None, log: Log, preset: str | None, input_shape: Shape | None, settings: Mapping[str, Any]
) -> Report:
    spec = None
    try:
        spec = None if text is None else read_spec(text, log)
        if spec is not None:
            refuse_unknown(settings, spec)
            spec = chosen(spec, preset, settings, log)
            return _checked(spec, log, input_shape, settings)
    except TooManyFaults:
        pass
    return Report(
        file=log.file,
        text=text or "",
        name=None if spec is None else spec.name or None,
        spec=None,
        graph=None,
        facts=None,
        totals=None,
        claims=(),
        diagnostics=_ordered(log),
    )


def refuse_unknown(settings: Mapping[str, Any], spec: Spec) -> None:
    """Raise SettingError for a setting that the spec's ``let`` does not name."""
    for name in settings:
        if name not in spec.let:
            known = ", ".join(spec.let) or "nothing"
            guess = did_you_mean(name, spec.let) or f"it names {known}"
            raise SettingError(f"{spec.file}: `let` does not name `{name}`; {guess}")


def chosen(spec: Spec, preset: str | None, settings: Mapping[str, Any], log: Log) -> Spec:
    """The member of a family that was asked for. Raises SettingError for one that it has not."""
    if preset is None:
        unset = [name for name, node in spec.let.items() if name not in settings and is_unset(node)]
        if unset and spec.presets:
            message = f"this is a family of networks: `{unset[0]}` has no value before a preset is chosen"
            log.error("A314", spec.let[unset[0]].span, message, f"choose one of {', '.join(spec.presets)}")
            for name in unset:
                log.settle(spec.let[name].span)
        return spec
    if not isinstance(preset, str):
        raise SettingError(f"`preset` takes the name of a member of the family, not {shown(preset)}")
    if preset not in spec.presets:
        known = f"it has {', '.join(spec.presets)}" if spec.presets else "it has none"
        raise SettingError(f"{spec.file} has no preset `{preset}`; {did_you_mean(preset, spec.presets) or known}")
    return spec.chosen(preset)


def _checked(spec: Spec, log: Log, input_shape: Shape | None, settings: Mapping[str, Any]) -> Report:
    graph = bind(spec, settings, input_shape, log)
    if not log.has_errors:
        report_unused_names(spec.unused, log)
    as_written = graph == bind(spec, {}, None, Log(spec.file)) if settings or input_shape else True
    facts, _ = walk(graph, declared_shapes(graph) if as_written else {})
    _report_failures(facts, log)
    if not facts.failures:
        report_channels_last(spec, facts, input_shape, log)
    counts = totals(facts)
    compared = compare(spec, graph, facts, counts, as_written)
    report_disagreements(spec, graph, compared, log)
    return Report(
        file=log.file,
        text=spec.text,
        name=spec.name or None,
        spec=spec,
        graph=graph,
        facts=facts,
        totals=counts,
        claims=compared,
        diagnostics=_ordered(log),
        settings=dict(settings),
        given=input_shape,
        as_written=as_written,
    )


def _report_failures(facts: Facts, log: Log) -> None:
    found = log.once()
    try:
        _gather_failures(facts, found)
    finally:
        log.adopt(found)


def _gather_failures(facts: Facts, found: Log) -> None:
    # The entry of a block, or of a repeat, is at fault once, however many layers it makes.
    alike: dict[tuple[str, Span], dict[str, Failure]] = {}
    for failure in facts.failures:
        need, spec = failure.need, failure.step.spec
        alike.setdefault((need.code, spec.where(need.field)), {}).setdefault(spec.path, failure)
    for (code, span), (failure, *others) in zip(alike, map(dict.values, alike.values()), strict=True):
        more = f", and in {len(others):,} other place{'s' * (len(others) > 1)}" if others else ""
        message = f"`{failure.step.spec.path}` {failure.need.why()}{more}"
        found.error(code, span, message, labels=use_labels(failure.step.uses))
    advised: set[str] = set()
    for layer, axes in arriving(facts):
        for need in _advice(layer, axes):
            # What follows is in the same case for the same reason, unless a value of its own is the reason.
            if need.holds is False and (need.field is not None or need.code not in advised):
                advised.add(need.code)
                span = layer.step.spec.where(need.field)
                ways = (*need.help, *_advised(need.mend))
                found.warning(
                    need.code, span, f"`{layer.name}` {need.why()}", *ways, labels=use_labels(layer.step.uses)
                )


def _advice(layer: LayerFacts, axes: Axes) -> Iterator[Need]:
    """What is probably not meant of a layer; nothing where it is not known what arrives."""
    kind, xs = layer.step.layer, layer.arriving
    if kind is None or xs is None or not all(is_known(*x) for x in xs):
        return
    yield from kind.advice(*xs)
    if axes.is_map and len(xs) == 1:
        yield from kind.advice_on_maps(*xs)


def _explained(report: Report) -> Report:
    """The report with causes of its faults of sizes, and ways out; without such a fault nothing more is loaded."""
    failed = report.facts is not None and report.facts.failures
    if not failed and not any(fault.code == "A401" for fault in report.diagnostics):
        return report
    search = edits_for(report)
    explained = {}
    for fault in [fault for fault in report.diagnostics if search.located(fault)][:MAX_MENDED]:
        first, *others = [repair.help for repair in search.offered(fault)] or [""]
        ways = [first, *(f"or {way.removeprefix('write ')}" for way in others)] if first else []
        # Of a claim that disagrees there is always one more: that the source slips.
        kept = fault.help[1:] if ways else fault.help
        explained[fault] = replace(fault, help=(*ways, *kept), labels=(*search.causes(fault), *fault.labels))
    return replace(report, diagnostics=tuple(explained.get(fault, fault) for fault in report.diagnostics))


def edits_for(report: Report) -> Repairs:
    """The search for edits that mend the faults of a report that has a spec."""
    from archcalc.mending import Problem
    from archcalc.repair import Repairs

    assert report.spec is not None
    assert report.graph is not None

    written = _as_written(report.text, report) if report.settings else ()

    def recheck(text: str, input: Shape | None) -> tuple[Diagnostic, ...]:
        found = _report(text, Log(report.file), report.preset, input, report.settings).diagnostics
        # What mends the network of these settings must not spoil the one that is written.
        known = {(fault.code, fault.message) for fault in (*written, *found)}
        more = _as_written(text, report) if report.settings else ()
        return (*found, *(fault for fault in more if (fault.code, fault.message) not in known))

    def rebind(name: str, value: int) -> Graph | None:
        assert report.spec is not None
        if name in report.settings:
            return None
        return bind(report.spec, report.settings | {name: value}, report.given, Log(report.file))

    claimed = declared_shapes(report.graph) if report.as_written else {}
    facts, trusted = walk(report.graph, claimed)
    problem = Problem(report.graph, facts, claimed, trusted)
    differing = [one.claim.span for one in report.claims if one.agrees is False and one.claim.because is None]
    return Repairs(report.spec, problem, report.diagnostics, report.given, recheck, rebind, differing)


def _as_written(text: str, report: Report) -> tuple[Diagnostic, ...]:
    """What is wrong with the spec without settings from outside."""
    return _report(text, Log(report.file), report.preset, None, {}).diagnostics


def _advised(mend: dict[str, Any] | None) -> list[str]:
    return [f"to mean it, write {', '.join(f'`{name}: {value}`' for name, value in mend.items())}"] if mend else []


def _ordered(log: Log) -> tuple[Diagnostic, ...]:
    """The faults in the order of the file, that they are too many last."""
    return tuple(sorted(log.found, key=lambda fault: (fault.code == "A109", fault.span or _TOP)))


_TOP = Span(0, 0, 0, 0)
