"""A warning where something is frozen that has no parameters."""

from __future__ import annotations

from collections.abc import Iterator

from archcalc.analysis.walk import Facts, LayerFacts
from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Span
from archcalc.network.graph import Graph, Part


def report_nothing_frozen(graph: Graph, facts: Facts, log: Log) -> None:
    """A warning for each entry that says it is frozen, and has no parameters in any of its uses and copies."""
    if graph.root is None:
        return
    stated: dict[Span, tuple[Part, bool]] = {}
    for part in _every(graph.root):
        node = None if part.spec is None else part.spec.frozen
        if node is not None:
            has = any(_has_own(facts.layers[place]) for place in part.steps())
            first, before = stated.get(node.span, (part, False))
            stated[node.span] = first, before or has
    for span, (part, has) in stated.items():
        frozen = [graph.steps[place].frozen for place in part.steps()]
        if not has and any(frozen):
            message = f"`{part.path}` has no parameters of its own that could be frozen"
            log.warning("A327", span, message, "remove `frozen`, or write it at the layer that is meant")


def _has_own(layer: LayerFacts) -> bool:
    """Whether it has parameters that are not another layer's, which it is again or is tied to."""
    shared = {"weight"} if layer.step.tied is not None else set()
    return layer.step.again is None and bool({*layer.weights} - shared)


def _every(part: Part) -> Iterator[Part]:
    for inner in part.parts:
        yield inner
        yield from _every(inner)
