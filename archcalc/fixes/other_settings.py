"""Another value of a name of ``let`` that was given from outside, where no edit of the file mends what that broke."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from archcalc.analysis.report import Report
from archcalc.analysis.walk import Facts, Failure, infer
from archcalc.diagnostics.budget import Budget
from archcalc.diagnostics.log import Log
from archcalc.fixes.candidate import Located
from archcalc.language.nodes import ScalarNode
from archcalc.network.elaborate import elaborate
from archcalc.spec.settings import Setting

NEAR = 16
"""How far from what was given another value is looked for."""

LARGE = 500
"""Of a network of more layers none is made anew."""


def other_setting(report: Report, located: Located, budget: Budget) -> str | None:
    """What to give in place of a setting, so that an error is gone and no other comes; ``None`` where nothing does.

    What the spec says itself comes first, then the nearest values.
    """
    spec, graph, facts = report.spec, report.graph, report.facts
    if spec is None or graph is None or facts is None or len(graph.steps) > LARGE:
        return None
    before = _failing(facts.failures)
    error = (graph.steps[located.at].spec.span, *located.key)
    for name, given in report.settings.items():
        node = spec.let.get(name)
        own = node.value if isinstance(node, ScalarNode) else None
        for value in _tried(given, own):
            made = _walked(report, {**report.settings, name: value}, budget)
            if made is not None and _failing(made.failures) <= before - {error}:
                return f"give `{name}` another value, {value}"
    return None


def _tried(given: Setting, own: object) -> Iterator[int]:
    if type(given) is not int:
        return
    if type(own) is int and own != given:
        yield own
    for distance in range(1, NEAR + 1):
        yield from (value for value in (given - distance, given + distance) if value > 0 and value != own)


def _walked(report: Report, settings: Mapping[str, Setting], budget: Budget) -> Facts | None:
    assert report.spec is not None
    log = Log(report.file, budget=budget)
    graph = elaborate(report.spec, settings, report.given, log)
    return None if log.has_errors or not graph.steps else infer(graph)


def _failing(failures: Iterable[Failure]) -> set[tuple[object, str, str | None]]:
    return {(one.step.spec.span, one.need.code, one.need.field) for one in failures}
