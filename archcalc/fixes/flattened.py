"""The edit of a warning: a flatten above a layer that transforms only the last axis of a map (A210)."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from archcalc.analysis.channel_axis import maps
from archcalc.analysis.report import Report
from archcalc.diagnostics.codes import ON_A_MAP
from archcalc.diagnostics.model import Diagnostic
from archcalc.fixes.fix import Fix
from archcalc.fixes.search import FixSearch
from archcalc.fixes.text_fix import as_text
from archcalc.language.yaml_changes import NewLayer
from archcalc.network.graph import Step

_FLATTEN = "{kind: flatten}"


def with_flattened(report: Report, search: FixSearch) -> Report:
    """The report, whose warnings of a map say first to put a flatten above, where that was tried and holds."""
    found = {fix.error: fix for fix in flattening(report, search)}
    told = tuple(
        replace(error, help=(fix.help, *error.help), fixes=(as_text(fix, report.file, search.places),))
        if (fix := found.get(error))
        else error
        for error in report.diagnostics
    )
    return replace(report, diagnostics=told)


def flattening(report: Report, search: FixSearch) -> Iterator[Fix]:
    """A flatten for each warning, where channels stand first in what arrives, and the edit was tried and holds."""
    for error in report.diagnostics:
        step = _step(report, error) if error.code == ON_A_MAP else None
        route = None if step is None else search.routes.get(step.spec.span)
        if step is None or route is None or not _takes_a_map(report, step):
            continue
        fix = Fix(
            error=error,
            edit=f"{_FLATTEN} above {step.path}",
            said=f"put `- {_FLATTEN}` above it",
            changes=(NewLayer(route, _FLATTEN),),
            cost=0.0,
            layer=step.path,
        )
        if search.holds(fix):
            yield fix


def _step(report: Report, error: Diagnostic) -> Step | None:
    assert report.graph is not None
    return next((step for step in report.graph.steps if step.spec.where(None) == error.span), None)


def _takes_a_map(report: Report, step: Step) -> bool:
    """Whether a layer takes what the one above it gives, and channels are its first axis."""
    assert report.facts is not None
    return len(step.sources) == 1 and step.spec.sources is None and maps(report.facts)[step.sources[0]]
