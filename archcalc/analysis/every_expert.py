"""A network with a layer for each, for whoever writes or compares names, where one stands for others in a report."""

from __future__ import annotations

from msgspec.structs import replace

from archcalc.analysis.claim_check import declared_shapes, walk
from archcalc.analysis.cost import layer_count
from archcalc.analysis.report import OkReport
from archcalc.diagnostics.budget import MOST, Budget, TooMuchWork
from archcalc.diagnostics.errors import ArchcalcError
from archcalc.diagnostics.log import Log, TooManyErrors
from archcalc.network.elaborate import elaborate


class TooManyLayers(ArchcalcError):
    """A network in which one layer stands for so many that a layer for each is too much."""


def with_every_expert(report: OkReport, most: int = MOST) -> OkReport:
    """The report of a network with a layer for each; of most it is the same.

    It may take ``most`` steps of work, as a check. Raises TooManyLayers.
    """
    if all(step.times == 1 for step in report.graph.steps):
        return report
    log = Log(report.file, budget=Budget(most))
    try:
        graph = elaborate(report.spec, report.settings, report.given, log, fold=False)
        if log.has_errors:
            raise TooManyLayers(_too_many(report))
        facts, _ = walk(graph, declared_shapes(graph) if report.as_written else {}, log.budget)
    except (TooMuchWork, TooManyErrors):
        raise TooManyLayers(_too_many(report)) from None
    return replace(report, graph=graph, facts=facts)


def _too_many(report: OkReport) -> str:
    return f"{report.file} has {layer_count(report.layers):,} layers, which are too many to name each"
