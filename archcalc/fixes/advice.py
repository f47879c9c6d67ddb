"""Help and labels for the errors of a report: the edits that fix them, and what brought them about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

from msgspec.structs import replace

from archcalc.analysis.claim_check import declared_shapes, walked
from archcalc.analysis.report import Report
from archcalc.diagnostics.budget import Budget
from archcalc.diagnostics.codes import ON_A_MAP
from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Diagnostic, Overwriting
from archcalc.fixes.apply import errors
from archcalc.fixes.arguments import Argument, restated
from archcalc.fixes.effect import WrongNetwork
from archcalc.fixes.fix import Fix
from archcalc.fixes.flattened import flattening
from archcalc.fixes.other_settings import other_setting
from archcalc.fixes.row_sizes import with_cell
from archcalc.fixes.search import FixSearch
from archcalc.fixes.text_fix import as_text
from archcalc.network.elaborate import elaborate
from archcalc.network.graph import Graph
from archcalc.sizes.rules import Shape
from archcalc.spec.settings import Setting

CheckAgain: TypeAlias = Callable[[Report, str, Shape | None, Mapping[str, Setting], Budget], tuple[Diagnostic, ...]]
"""What is wrong with a text in the place of a report's own, at an input and with settings, within a budget."""

MAX_FIXED = 10
"""For how many errors of sizes edits are looked for, and causes."""


def advised(report: Report, check_again: CheckAgain, budget: Budget) -> Report:
    """The report with causes of its errors of sizes, and ways out as far as the budget goes."""
    search = edits_for(report, check_again, budget)
    explained = {}
    # What is said of a layer in place in another file cannot be tried there.
    tried = [
        error
        for error in report.diagnostics
        if isinstance(error.cause, Overwriting) and error.span and not error.span.file
    ]
    for error in tried[:MAX_FIXED]:
        offered = search.offered(error)
        ways = [fix.help for fix in offered]
        otherwise = ["let it give a tensor of its own here, not in place"] if error.suggestions else error.help
        fixes = tuple(as_text(fix, report.file, search.places) for fix in offered)
        explained[error] = replace(error, help=tuple(ways or otherwise), fixes=fixes)
    first: list[Fix] = []
    for error in [error for error in report.diagnostics if search.located(error)][:MAX_FIXED]:
        leader = search.leader(error, first)
        if leader is not None:
            explained[error] = _following(error, leader, search, report.file)
            continue
        offered = search.offered(error)
        first += offered[:1]
        given = _other_setting(report, error, search, budget)
        ways = [*given, *(fix.other_help if place else fix.help for place, fix in enumerate(offered, len(given)))]
        # Of a claim that disagrees there is always one more: that the source slips.
        kept = error.help[1:] if ways else error.help
        fixes = tuple(as_text(fix, report.file, search.places) for fix in offered)
        labels = (*search.causes(error), *error.labels)
        explained[error] = replace(error, help=(*ways, *kept), labels=labels, fixes=fixes)
    return replace(report, diagnostics=tuple(explained.get(error, error) for error in report.diagnostics))


def _other_setting(report: Report, error: Diagnostic, search: FixSearch, budget: Budget) -> list[str]:
    """Another value of what was given from outside, in words: there is nothing to write for it."""
    located = search.located(error) if report.settings else None
    found = None if located is None or located.need is None else other_setting(report, located, budget)
    return [] if found is None else [found]


def _following(error: Diagnostic, leader: Fix, search: FixSearch, file: str) -> Diagnostic:
    """An error that what fixes one above it fixes, too: of edits of its own nothing is said."""
    above = search.located(leader.error)
    assert above is not None
    step = search.network.graph.steps[above.at]
    help = f"goes with `{step.path}` (line {step.spec.span.line}): its first edit fixes this, too"
    labels = (*search.causes(error), *error.labels)
    return replace(error, help=(help,), labels=labels, fixes=(as_text(leader, file, search.places),))


def with_suggested(report: Report, check_again: CheckAgain, budget: Budget) -> Report:
    """The report with the edits as text of what is misspelt, as far as the budget goes: a check says them in words."""
    search = edits_for(report, check_again, budget)
    found = {}
    for error in [error for error in report.errors if error.suggestions and not error.fixes][:MAX_FIXED]:
        fixes = tuple(as_text(fix, report.file, search.places) for fix in search.offered(error))
        found[error] = replace(error, fixes=fixes)
    return replace(report, diagnostics=tuple(found.get(error, error) for error in report.diagnostics))


def edits_for(report: Report, check_again: CheckAgain, budget: Budget) -> FixSearch:
    """The search for edits that fix the errors of a report that has a spec; what is tried is counted in a budget."""
    assert report.spec is not None
    assert report.graph is not None

    written = check_again(report, report.text, None, {}, budget) if report.settings else ()

    def recheck(text: str, input: Shape | None) -> tuple[tuple[Diagnostic, ...], tuple[Diagnostic, ...]]:
        found = check_again(report, text, input, report.settings, budget)
        return found, check_again(report, text, None, {}, budget) if report.settings else ()

    def rebind(name: str, value: int) -> Graph | None:
        assert report.spec is not None
        if name in report.settings:
            return None
        spec, settings, log = report.spec, report.settings, Log(report.file, budget=budget)
        if "[" in name:
            return elaborate(with_cell(spec, name, value), settings, report.given, log)
        return elaborate(spec, settings | {name: value}, report.given, log)

    def restate(arguments: Sequence[Argument]) -> Graph | None:
        assert report.spec is not None
        log, spec = Log(report.file, budget=budget), report.spec
        for use, name, value in arguments:
            spec = restated(spec, use.spec, name, value)
        graph = elaborate(spec, report.settings, report.given, log)
        return None if log.has_errors else graph

    claimed = declared_shapes(report.graph) if report.as_written else {}
    facts, trusted = walked(report.graph, report.facts, claimed)
    network = WrongNetwork(report.graph, facts, claimed, trusted)
    differing = [one.claim.span for one in report.claims if one.agrees is False and one.claim.because is None]
    return FixSearch(
        report.spec,
        network,
        report.diagnostics,
        report.given,
        recheck,
        rebind,
        restate,
        budget,
        differing,
        written,
        as_written=report.as_written,
    )


def find_fixes(report: Report, check_again: CheckAgain, budget: Budget) -> Iterator[Fix]:
    """The edits that fix a report's errors, in the order of the errors; of one error's, those that change least first.

    Each was applied and the whole spec checked again: its error is gone, and no other has come. They are looked for as
    they are asked for. An error that the first edit of one above it fixes, too, has none of its own. Last are the edits
    of warnings that a flatten may be missing.
    """
    if report.spec is None or (report.ok and all(error.code != ON_A_MAP for error in report.diagnostics)):
        return
    search = edits_for(report, check_again, budget)
    first: list[Fix] = []
    for error in errors(report):
        if search.leader(error, first) is None:
            for place, fix in enumerate(search.of(error)):
                first += [fix] if place == 0 else []
                yield fix
    yield from flattening(report, search)
