"""A spec to its report: the whole line from text to diagnostics, once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from os import PathLike
from typing import TYPE_CHECKING

from archcalc.analysis.report import Checked, Report, as_report
from archcalc.analysis.whole_check import checked, ordered
from archcalc.diagnostics import errors
from archcalc.diagnostics.budget import MOST_OF_A_FAMILY, Budget, TooMuchWork, Work
from archcalc.diagnostics.codes import ON_A_MAP
from archcalc.diagnostics.log import Log, TooManyErrors
from archcalc.diagnostics.model import Diagnostic
from archcalc.sizes.rules import Shape
from archcalc.spec.given_input import Given, given_sample
from archcalc.spec.model import Spec
from archcalc.spec.opened import Opened, asked, opened
from archcalc.spec.reader import read_spec
from archcalc.spec.settings import Setting, chosen, read_input, read_settings, refuse_unknown

if TYPE_CHECKING:
    from archcalc.fixes.fix import Fix
    from archcalc.fixes.search import FixSearch


def check(
    path: PathLike[str] | str,
    *,
    preset: str | None = None,
    input: Iterable[object] | Mapping[str, object] | str | None = None,
    settings: Mapping[str, object] | None = None,
) -> Report:
    """Check a spec file, of a family of networks the member ``preset``.

    A bare name is a bundled network: a preset, ``"resnet50"``, or else a spec, ``"lenet5"``; a file of that name goes
    before both. ``"-"`` is standard input. Behind a ``#`` a name has a preset, a value of ``let`` or an input, as a
    variant to compare: ``"alexnet#classes=10"``, ``"vit.yaml#base#input=3,384,384"``.

    ``input`` replaces its input's shape, ``(C, H, W)`` without the batch: 1 to 4 whole numbers, numpy's too, or
    the text of ``--input``, ``"3,224,224"``. Of inputs that have names it replaces some, ``{"pixels": (3, 224, 224)}``.
    ``settings`` replaces values of its ``let``. Each is a number or a
    truth, read exactly and as the file would read it: 0.75, ``"0.75"``, ``Decimal("0.75")``, ``Fraction(3, 4)``
    ``"3/4"`` and numpy's 0.75 are 3/4; 1, 1.0 and ``"1.0"`` are the number 1; True and ``"true"`` are true, and no
    number. Any other expression is read in the file only.

    An error of the spec is a diagnostic in the report, never an exception. Raises SettingError for another
    ``input``, for a setting that is neither a number up to ±10**18 nor a truth or that the spec's ``let`` does
    not name, and for a preset that it has not.
    """
    what = asked(path, preset, input, settings)
    spec = opened(what.name, what.preset)
    return _explained(_report(spec.text, spec.log, spec.preset, what.given, what.settings), spec.log.budget)


def check_without_help(
    path: PathLike[str] | str,
    *,
    preset: str | None = None,
    input: Iterable[object] | Mapping[str, object] | str | None = None,
    settings: Mapping[str, object] | None = None,
) -> Report:
    """As ``check``, of which only what is wrong is asked: no causes of errors of sizes, and no ways out."""
    what = asked(path, preset, input, settings)
    spec = opened(what.name, what.preset)
    return _report(spec.text, spec.log, spec.preset, what.given, what.settings)


def check_text(
    text: str,
    *,
    file: PathLike[str] | str = "<text>",
    preset: str | None = None,
    input: Iterable[object] | Mapping[str, object] | str | None = None,
    settings: Mapping[str, object] | None = None,
) -> Report:
    """Check a spec given as text; otherwise as ``check``. Blocks' files are looked for beside ``file``."""
    given, values = read_input(input), read_settings(settings)
    log = Log(os.fspath(errors.path("file", file)))
    return _explained(_report(errors.text("text", text), log, preset, given, values), log.budget)


def check_each(
    path: PathLike[str] | str,
    *,
    input: Iterable[object] | Mapping[str, object] | str | None = None,
    settings: Mapping[str, object] | None = None,
) -> Iterator[Report]:
    """Check each preset of a spec, one after the other; a spec that has none, as ``check`` does. Raises as it.

    A bare name is a bundled spec, or else a preset.
    """
    what = asked(path, None, input, settings)
    return _each(opened(what.name, what.preset, family=True), what.given, what.settings)


def _each(found: Opened, given: Given | None, values: Mapping[str, Setting]) -> Iterator[Report]:
    spec = _read(found.text, found.log)
    presets: list[str | None] = [found.preset]
    if found.preset is None and spec is not None and spec.presets:
        presets = [*spec.presets]
    left = MOST_OF_A_FAMILY
    for place, preset in enumerate(presets):
        log = found.log.continued()
        before = log.budget.left
        if left < 0 and spec is not None and preset is not None:
            what = f"more than {MOST_OF_A_FAMILY:,} steps of work"
            message = f"the {place:,} presets above it took {what}, so that this one and those below are not checked"
            log.error("A317", spec.presets[preset].span, message, f"check it by itself: `--preset {preset}`")
            yield _without_a_network(spec, found.text, log)
            return
        yield _explained(_report_of(spec, found.text, log, preset, given, values), log.budget)
        left -= before - log.budget.left


def _report(
    text: str | None, log: Log, preset: str | None, given: Given | None, settings: Mapping[str, Setting]
) -> Report:
    return _report_of(_read(text, log), text, log, preset, given, settings)


def _read(text: str | None, log: Log) -> Spec | None:
    with suppress(TooManyErrors):
        return None if text is None else read_spec(text, log)
    return None


def _report_of(
    spec: Spec | None,
    text: str | None,
    log: Log,
    preset: str | None,
    given: Given | None,
    settings: Mapping[str, Setting],
) -> Report:
    with suppress(TooManyErrors):
        if spec is not None:
            refuse_unknown(settings, spec)
            spec = chosen(spec, preset, settings, log)
            try:
                log.budget.spend(Work.NETWORKS)
                return checked(spec, log, given_sample(spec, given, settings), settings)
            except TooMuchWork as error:
                log.too_much(error)
    return _without_a_network(spec, text, log)


def _without_a_network(spec: Spec | None, text: str | None, log: Log) -> Report:
    return Report(
        file=log.file,
        text=text or "",
        name=None if spec is None else spec.name or None,
        spec=None,
        graph=None,
        facts=None,
        totals=None,
        claims=(),
        diagnostics=ordered(log),
    )


def _explained(report: Report, budget: Budget) -> Report:
    """The report with causes of its errors of sizes, and ways out; without such an error nothing more is loaded.

    What is tried for them is what is left of the budget.
    """
    if report.spec is None:
        return report
    if any(error.cause for error in report.diagnostics):
        from archcalc.fixes.advice import advised

        report = advised(report, _check_again, budget)
    if any(error.code == ON_A_MAP for error in report.diagnostics):
        from archcalc.fixes.advice import edits_for
        from archcalc.fixes.flattened import with_flattened

        report = with_flattened(report, edits_for(report, _check_again, budget))
    assert report.spec is not None
    return _warned(report, report.spec.warn, budget)


def warned(report: Report, names: Sequence[str]) -> Report:
    """The report with warnings that are asked for, by their names in ``spec.warn``; as it is where sizes do not fit."""
    return _warned(report, names, Budget())


def _warned(report: Report, names: Sequence[str], budget: Budget) -> Report:
    if not names or not report.sound or report.facts is None:
        return report
    from archcalc.fixes.warned import with_warnings

    return with_warnings(report, names, _check_again, budget)


def edits_for(report: Report) -> FixSearch:
    """The search for edits that fix the errors of a report that has a spec."""
    from archcalc.fixes import advice

    return advice.edits_for(report, _check_again, Budget())


def find_fixes(report: Checked) -> tuple[Fix, ...]:
    """The edits that fix a report's errors, in the order of the errors; of one error's, those that change least first.

    Last is what a warning that a `flatten` may be missing (A210) says first.

    Each was applied and the whole spec checked again: its error is gone, and no other has come.
    """
    from archcalc.fixes import advice

    return tuple(advice.find_fixes(as_report(report, "find_fixes"), _check_again, Budget()))


def each_fix(report: Report) -> Iterator[Fix]:
    """Those of ``find_fixes``, one by one, each looked for when it is asked for."""
    from archcalc.fixes import advice

    return advice.find_fixes(report, _check_again, Budget())


def with_fixes(report: Report) -> Report:
    """The report with the edits as text of every error that says one, for tools; the same where there are none.

    Each was applied and the whole spec checked again.
    """
    if report.spec is None or not any(error.suggestions and not error.fixes for error in report.errors):
        return report
    from archcalc.fixes import advice

    return advice.with_suggested(report, _check_again, Budget())


MOST_SHOWN = 16
"""How many edits are made after one that shows an error, at most."""


def fix_all(report: Report) -> tuple[tuple[Fix, ...], str]:
    """The first edit of each error, one after the other, and the text that comes of them.

    Each is looked for in the text so far, applied and the whole spec checked again: what an edit has fixed with its own
    error needs none, and one that would bring another error is not taken. One that shows an error is where nothing else
    is left, and where what comes after it leaves none. Where the axes of the input are in a wrong order, the sizes that
    layers then seem to need are nobody's: the input is mended before all else.
    """
    from archcalc.fixes.apply import errors as errors_of
    from archcalc.fixes.fix import mends_input
    from archcalc.language.yaml_edits import edited

    chosen: list[Fix] = []
    now = report
    sure: tuple[tuple[Fix, ...], str] | None = None
    while now.spec is not None and not now.ok and (sure is None or len(chosen) - len(sure[0]) < MOST_SHOWN):
        search = edits_for(now)
        found: Iterable[Fix]
        found = (fix for error in errors_of(now) for fix in search.of(error, 1) if fix.changes)
        if not chosen:
            found = sorted(found, key=mends_input, reverse=True)
        fix = shown = None
        for one in found:
            if mends_input(one) or not one.reveals:
                fix = one
                break
            shown = shown or one
        if fix is None and shown is not None:
            sure, fix = sure or (tuple(chosen), now.text), shown
        if fix is None or not fix.practice.is_printed:
            break
        chosen.append(fix)
        text = edited(now.text, *fix.changes)
        now = _report(text, Log(report.file), report.preset, report.given, report.settings)
    return (tuple(chosen), now.text) if sure is None or now.ok else sure


def _check_again(
    report: Report, text: str, input: Shape | None, settings: Mapping[str, Setting], budget: Budget
) -> tuple[Diagnostic, ...]:
    return _report(text, Log(report.file, budget=budget, tried=True), report.preset, input, settings).diagnostics
