"""Warnings that are asked for, each with the edits that were tried and do away with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from archcalc.analysis.asked_warnings import Doubt, Way, doubts
from archcalc.analysis.report import Report
from archcalc.diagnostics.budget import Budget
from archcalc.diagnostics.model import Diagnostic, Span
from archcalc.fixes.advice import CheckAgain, edits_for
from archcalc.fixes.fix import Fix
from archcalc.fixes.search import FixSearch
from archcalc.fixes.text_fix import as_text
from archcalc.language.yaml_changes import Change, Edit, Removal, yaml_text
from archcalc.layers.record import fields_of
from archcalc.network.graph import Step, use_labels

MOST_TRIED = 10
"""For how many warnings edits are tried."""


def with_warnings(report: Report, names: Sequence[str], check_again: CheckAgain, budget: Budget) -> Report:
    """The report with these warnings too, of a network whose sizes fit. An entry is warned of once."""
    assert report.facts is not None
    alike: dict[tuple[str, Span], list[Doubt]] = {}
    for doubt in doubts(report.facts, names):
        spec = report.facts.layers[doubt.place].step.spec
        alike.setdefault((doubt.code, spec.where(doubt.field)), []).append(doubt)
    if not alike:
        return report
    search = edits_for(report, check_again, budget)
    found = [
        _warning(report, span, many, search if place < MOST_TRIED else None)
        for place, ((_, span), many) in enumerate(alike.items())
    ]
    said = {(error.code, error.span) for error in report.diagnostics}
    new = [error for error in found if (error.code, error.span) not in said]
    ordered = sorted((*report.diagnostics, *new), key=lambda error: (error.code == "A109", error.span or _TOP))
    return replace(report, diagnostics=tuple(ordered))


_TOP = Span(0, 0, 0, 0)


def _warning(report: Report, span: Span, many: list[Doubt], search: FixSearch | None) -> Diagnostic:
    assert report.facts is not None
    first, *others = many
    step = report.facts.layers[first.place].step
    more = f", and in {len(others):,} other place{'s' * (len(others) > 1)}" if others else ""
    warning = Diagnostic(
        code=first.code,
        severity="warning",
        message=f"`{step.path}` {first.why}{more}",
        file=span.file or report.file,
        span=span,
        labels=tuple(use_labels(step.uses)),
    )
    ways = [way for way in first.ways if search is not None and not span.file]
    fixes = [fix for way in ways if search is not None for fix in _fixes(report, warning, way, search)]
    help = tuple(fix.other_help if place else fix.help for place, fix in enumerate(fixes))
    texts = tuple(as_text(fix, report.file, search.places) for fix in fixes if search is not None)
    return replace(warning, help=help, fixes=texts)


def _fixes(report: Report, warning: Diagnostic, way: Way, search: FixSearch) -> Iterator[Fix]:
    """The edit, if it was tried and holds."""
    assert report.facts is not None
    step = report.facts.layers[way.place].step
    change = _change(step, way, search)
    if change is None:
        return
    if way.field is None:
        edit, said = f"remove {step.path}", f"remove `{step.path}` (line {step.spec.span.line})"
    else:
        edit, said = f"{step.path} {way.field}: {yaml_text(way.value)}", ""
    fix = Fix(error=warning, edit=edit, said=said, changes=(change,), cost=0.0, layer=step.path)
    if search.holds(fix):
        yield fix


def _change(step: Step, way: Way, search: FixSearch) -> Change | None:
    route = search.routes.get(step.spec.span)
    layer, values = step.layer, step.spec.values
    if route is None or layer is None:
        return None
    if way.field is None:
        return Removal(route)
    if way.field in values:
        stated = search.routes.get(values[way.field].span)
        return None if stated is None else Edit(stated, way.value)
    names = list(fields_of(type(layer)))
    earlier = [values[other] for other in names[: names.index(way.field)] if other in values]
    after = search.routes.get(earlier[-1].span if earlier else step.spec.kind_span)
    return None if after is None else Edit((*route, way.field), way.value, str(after[-1]))
