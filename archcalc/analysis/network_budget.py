"""A network's totals against what it may have at most."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from archcalc.analysis.claim_check import UNITS
from archcalc.analysis.cost import Totals
from archcalc.analysis.report import Report
from archcalc.analysis.walk import Facts
from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Span
from archcalc.spec.model import Limit


def held_to(report: Report, limits: Iterable[Limit]) -> Report:
    """The report of a network that may have no more than this, whatever its spec allows.

    Where sizes do not fit, nothing more is found.
    """
    log, limits = Log(report.file), tuple(limits)
    if report.sound and report.facts is not None and report.totals is not None:
        preset = report.spec.presets.get(report.preset or "") if report.spec is not None else None
        report_over_budget(limits, report.facts, report.totals, log, preset.span if preset is not None else None)
    report = replace(report, limits=limits)
    if not log.found:
        return report
    # It is no longer an OkReport.
    fields = {name: getattr(report, name) for name in Report.__struct_fields__}
    return Report(**fields | {"diagnostics": (*report.diagnostics, *log.found)})


def report_over_budget(
    limits: Iterable[Limit], facts: Facts, totals: Totals, log: Log, otherwise: Span | None = None
) -> None:
    """A diagnostic for each limit that the network is above; none where an error hides how much that is.

    It points at the limit, and where no file has it at ``otherwise``.
    """
    for limit in limits:
        count = getattr(totals, limit.what)
        if not isinstance(count, int) or count <= limit.most.value:
            continue
        budget = "its budget" if limit.span is not None else "the limit"
        more = f", {float(count / limit.most.value - 1):,.2%} more" if limit.most.value else ""
        message = f"the network has {count:,} {UNITS[limit.what]}, but {budget} is {limit.most.text}{more}"
        raised = "`budget`" if limit.span is not None else f"`--max {limit.what}`"
        log.error("A403", limit.span or otherwise, message, _way_down(limit.what, facts), f"or raise {raised}")


def _way_down(what: str, facts: Facts) -> str:
    """Which layer has most of what is limited."""
    of_weights = "params" in what
    active = [layer for layer in facts.layers if what != "active_params" or not layer.step.idle]
    layers = [layer for layer in active if of_weights or not layer.step.in_training]
    counts = {layer.name: layer.params if of_weights else layer.macs for layer in layers}
    known = {name: count for name, count in counts.items() if isinstance(count, int)}
    name = max(known, key=lambda name: known[name])
    share, unit = known[name] / sum(known.values()), UNITS["params" if of_weights else "macs"]
    return f"make `{name}` smaller: it has {known[name]:,} {unit}, {share:.0%} of all"
