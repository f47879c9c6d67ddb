"""A spec to its report: the whole line from text to diagnostics, once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from os import PathLike
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from archcalc.analysis.batch_limits import batch_limits, least_batch, named
from archcalc.analysis.channel_axis import Axes, arriving, report_channels_last
from archcalc.analysis.claim_check import compare, declared_shapes, report_disagreements, walk
from archcalc.analysis.cost import totals
from archcalc.analysis.inplace import report_clashes
from archcalc.analysis.report import Report
from archcalc.analysis.walk import Facts, Failure, LayerFacts
from archcalc.diagnostics.model import Diagnostic, Log, Span, TooManyFaults
from archcalc.language.files import read_text
from archcalc.layers.contract import Need, shape_text
from archcalc.layers.outcome import overflow_text, too_large
from archcalc.network.elaborate import elaborate
from archcalc.network.graph import Graph, use_labels
from archcalc.network.session import Session
from archcalc.sizes.rules import Shape, is_known
from archcalc.spec.bundled import located
from archcalc.spec.model import Spec
from archcalc.spec.reader import read_spec
from archcalc.spec.settings import Setting, chosen, read_input, read_settings, refuse_unknown, setting_text
from archcalc.spec.unused_names import report_unused_names

if TYPE_CHECKING:
    from archcalc.fixes.search import Repair, Repairs

MAX_MENDED = 10
"""For how many faults of sizes edits are looked for, and causes."""


def check(
    path: PathLike[str] | str,
    *,
    preset: str | None = None,
    input: Iterable[Any] | str | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Report:
    """Check a spec file, or the bundled spec of a bare name, ``"lenet5"``; of a family the member ``preset``.

    ``input`` replaces its input's shape, ``(C, H, W)`` without the batch: 1 to 4 whole numbers, numpy's too, or
    the text of ``--input``, ``"3,224,224"``. ``settings`` replaces values of its ``let``. Each is a number or a
    truth, read exactly and as the file would read it: 0.75, ``"0.75"``, ``Decimal("0.75")``, ``Fraction(3, 4)``
    ``"3/4"`` and numpy's 0.75 are 3/4; 1, 1.0 and ``"1.0"`` are the number 1; True and ``"true"`` are true, and no
    number. Any other expression is read in the file only.

    A fault of the spec is a diagnostic in the report, never an exception. Raises SettingError for another
    ``input``, for a setting that is neither a number up to ±10**18 nor a truth or that the spec's ``let`` does
    not name, and for a preset that it has not.
    """
    given, values = read_input(input), read_settings(settings)
    path = located(os.fspath(path))
    log = Log(path)
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
    path = located(os.fspath(path))
    log = Log(path)
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


def _checked(spec: Spec, log: Log, input_shape: Shape | None, settings: Mapping[str, Any]) -> Report:
    read = len(log.found)
    session = Session(spec)
    graph = session.graph(settings, input_shape, log)
    log.found[read:] = _from_outside(log.found[read:], spec, settings, input_shape)
    if not log.has_errors:
        report_unused_names(spec.unused, log)
    as_written = graph == session.graph({}, None, Log(spec.file)) if settings or input_shape else True
    facts, _ = walk(graph, declared_shapes(graph) if as_written else {})
    if too_large(facts.input):
        message = f"the input is {shape_text(facts.input)} values for one sample: {overflow_text(facts.input)}"
        log.error("A218", spec.input_span, message)
    _report_failures(facts, log)
    if not facts.failures:
        report_channels_last(spec, facts, input_shape, log)
    report_clashes(graph, log)
    _report_small_batch(spec, facts, log)
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


def _from_outside(
    faults: Sequence[Diagnostic], spec: Spec, settings: Mapping[str, Setting], input_shape: Shape | None
) -> list[Diagnostic]:
    """The faults of a binding; one that is there for a setting's sake says so, since the file says another value.

    A setting is a reason where the fault goes with it; where none is by itself, all are if it goes with all of them.
    """
    if not faults or not settings:
        return list(faults)
    without = {name: _kinds_without({name}, spec, settings, input_shape) for name in settings}
    without_any = _kinds_without(settings.keys(), spec, settings, input_shape)
    told = []
    for fault in faults:
        kind = fault.code, fault.span
        reasons = [name for name in settings if kind not in without[name]]
        if not reasons and kind not in without_any:
            reasons = list(settings)
        values = " and ".join(f"`{name}` is {setting_text(settings[name])}" for name in reasons)
        more = f"; {values} here, set from outside" if reasons else ""
        told.append(replace(fault, message=fault.message + more))
    return told


def _kinds_without(
    names: Set[str], spec: Spec, settings: Mapping[str, Setting], input_shape: Shape | None
) -> set[tuple[str, Span | None]]:
    """The codes and places of the faults of a binding without the settings of some names."""
    log = Log(spec.file)
    with suppress(TooManyFaults):
        elaborate(spec, {name: value for name, value in settings.items() if name not in names}, input_shape, log)
    return {(fault.code, fault.span) for fault in log.found}


def _report_small_batch(spec: Spec, facts: Facts, log: Log) -> None:
    """That the recipe's batches are too small for the network to be trained on."""
    limits = batch_limits(facts)
    fewest = least_batch(limits, training=True)
    if spec.training is not None and spec.training.batch_size < fewest:
        limit = next(one for one in limits if one.least == fewest)
        message = f"training takes {fewest} samples or more at once, not {spec.training.batch_size}, at "
        message += f"{named(limit.layers)}: {limit.why}"
        log.error("A217", spec.training.batch_span, message, f"`batch_size: {fewest}` or more")


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
        alike.setdefault((need.code, spec.where(need.field)), {}).setdefault(failure.step.path, failure)
    for (code, span), (failure, *others) in zip(alike, map(dict.values, alike.values()), strict=True):
        more = f", and in {len(others):,} other place{'s' * (len(others) > 1)}" if others else ""
        message = f"`{failure.step.path}` {failure.need.why()}{more}"
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
    if not failed and not any(fault.code in ("A320", "A401") for fault in report.diagnostics):
        return report
    search = edits_for(report)
    explained = {}
    # What is said of a layer in place in another file cannot be tried there.
    tried = [fault for fault in report.diagnostics if fault.code == "A320" and fault.span and not fault.span.file]
    for fault in tried[:MAX_MENDED]:
        ways = [repair.help for repair in search.offered(fault)]
        explained[fault] = replace(fault, help=tuple(ways or ["let it give a tensor of its own here, not in place"]))
    for fault in [fault for fault in report.diagnostics if search.located(fault)][:MAX_MENDED]:
        first, *others = [repair.help for repair in search.offered(fault)] or [""]
        ways = [first, *(f"or {way.removeprefix('write ')}" for way in others)] if first else []
        # Of a claim that disagrees there is always one more: that the source slips.
        kept = fault.help[1:] if ways else fault.help
        explained[fault] = replace(fault, help=(*ways, *kept), labels=(*search.causes(fault), *fault.labels))
    return replace(report, diagnostics=tuple(explained.get(fault, fault) for fault in report.diagnostics))


def edits_for(report: Report) -> Repairs:
    """The search for edits that mend the faults of a report that has a spec."""
    from archcalc.fixes.effect import Problem
    from archcalc.fixes.search import Repairs

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
        return elaborate(report.spec, report.settings | {name: value}, report.given, Log(report.file))

    claimed = declared_shapes(report.graph) if report.as_written else {}
    facts, trusted = walk(report.graph, claimed)
    problem = Problem(report.graph, facts, claimed, trusted)
    differing = [one.claim.span for one in report.claims if one.agrees is False and one.claim.because is None]
    return Repairs(report.spec, problem, report.diagnostics, report.given, recheck, rebind, differing)


def repairs(report: Report) -> tuple[Repair, ...]:
    """The edits that mend a report's faults, in the order of the faults; of one fault's, those that change least first.

    Each was applied and the whole spec checked again: its fault is gone, and no other has come.
    """
    from archcalc.fixes.apply import errors

    if report.spec is None or report.ok:
        return ()
    search = edits_for(report)
    return tuple(repair for fault in errors(report) for repair in search.of(fault))


def _as_written(text: str, report: Report) -> tuple[Diagnostic, ...]:
    """What is wrong with the spec without settings from outside."""
    return _report(text, Log(report.file), report.preset, None, {}).diagnostics


def _advised(mend: dict[str, Any] | None) -> list[str]:
    return [f"to mean it, write {', '.join(f'`{name}: {value}`' for name, value in mend.items())}"] if mend else []


def _ordered(log: Log) -> tuple[Diagnostic, ...]:
    """The faults in the order of the file, that they are too many last."""
    return tuple(sorted(log.found, key=lambda fault: (fault.code == "A109", fault.span or _TOP)))


_TOP = Span(0, 0, 0, 0)
