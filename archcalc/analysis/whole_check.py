"""A spec that was read to its report: the graph, the walk, and all that is asked of them, in order."""

from __future__ import annotations

from collections.abc import Mapping

from archcalc.analysis.channel_axis import report_channels_last
from archcalc.analysis.claim_check import compare, declared_shapes, report_disagreements, walk
from archcalc.analysis.cost import totals
from archcalc.analysis.errors import report_failures, report_small_batch
from archcalc.analysis.report import OkReport, Report
from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Diagnostic, Span
from archcalc.layers.outcome import overflow_text, too_large
from archcalc.network.session import Session
from archcalc.sizes.axes import shape_text
from archcalc.sizes.rules import Shape
from archcalc.spec.model import Spec
from archcalc.spec.settings import Setting
from archcalc.spec.unused_names import report_unused_names


def checked(spec: Spec, log: Log, input_shape: Shape | None, settings: Mapping[str, Setting]) -> Report:
    """The report of a spec, of a family one of its members, in whose log the errors are that were found so far.

    Raises TooManyErrors and TooMuchWork.
    """
    read = len(log.found)
    session = Session(spec)
    graph = session.graph(settings, input_shape, log)
    if log.found[read:]:
        from archcalc.analysis.from_outside import from_outside

        log.found[read:] = from_outside(log.found[read:], spec, settings, input_shape)
    if not log.has_errors:
        report_unused_names(spec.unused, log)
    as_written = (
        graph == session.graph({}, None, Log(spec.file, budget=log.budget)) if settings or input_shape else True
    )
    facts, _ = walk(graph, declared_shapes(graph) if as_written else {}, log.budget)
    if not facts.inputs and too_large(facts.input):
        message = f"the input is {shape_text(facts.input)} values for one sample: {overflow_text(facts.input)}"
        log.error("A218", spec.input_span, message)
    # At another input a network may be asked about that is only evaluated there.
    report_failures(facts, log, training=input_shape is None)
    if input_shape and len(input_shape) == 1 and facts.failures:
        from archcalc.analysis.whole_input import suggest_whole_input

        suggest_whole_input(session.graph(settings, None, Log(spec.file, budget=log.budget)), input_shape, log)
    if not facts.failures:
        report_channels_last(spec, facts, input_shape, log)
    if any(step.works_in_place for step in graph.steps):
        from archcalc.analysis.inplace import report_clashes

        report_clashes(graph, log)
    if any(step.layer is not None and step.layer.routes for step in graph.steps):
        from archcalc.analysis.experts import report_experts

        report_experts(graph, facts, log)
    if any(step.frozen for step in graph.steps):
        from archcalc.analysis.frozen import report_nothing_frozen

        report_nothing_frozen(graph, facts, log)
    report_small_batch(spec, facts, log)
    counts = totals(facts)
    compared = compare(spec, graph, facts, counts, as_written)
    if spec.budget and not log.has_errors:
        from archcalc.analysis.network_budget import report_over_budget

        report_over_budget(spec.budget.values(), facts, counts, log)
    report_disagreements(spec, graph, facts, compared, log)
    kind: type[Report] = Report if log.has_errors else OkReport
    return kind(
        file=log.file,
        text=spec.text,
        name=spec.name or None,
        spec=spec,
        graph=graph,
        facts=facts,
        totals=counts,
        claims=compared,
        diagnostics=ordered(log),
        settings=dict(settings),
        given=input_shape,
        as_written=as_written,
    )


def ordered(log: Log) -> tuple[Diagnostic, ...]:
    """The errors in the order of the file, that they are too many last."""
    return tuple(sorted(log.found, key=lambda error: (error.code == "A109", error.span or _TOP)))


_TOP = Span(0, 0, 0, 0)
