"""A warning where something is frozen that has no parameters; what `frozen` means is in network/elaborate.py."""

from __future__ import annotations

from collections.abc import Iterator

from archcalc.analysis.walk import Facts
from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Span
from archcalc.network.graph import Graph, Part
from archcalc.sizes.rules import UNKNOWN


def report_nothing_frozen(graph: Graph, facts: Facts, log: Log) -> None:
    """A warning for each entry that says it is frozen, and has no parameters in any of its uses and copies."""
    if graph.root is None:
        return
    stated: dict[Span, tuple[Part, bool]] = {}
    for part in _every(graph.root):
        node = None if part.spec is None else part.spec.frozen
        if node is not None:
            # Of a layer that is again, or is tied, only what is its own is counted.
            counts = [facts.layers[place].params for place in part.steps()]
            has = any(count is UNKNOWN or count != 0 for count in counts)
            first, before = stated.get(node.span, (part, False))
            stated[node.span] = first, before or has
    for span, (part, has) in stated.items():
        frozen = [graph.steps[place].frozen for place in part.steps()]
        if not has and any(frozen):
            message = f"`{part.path}` has no parameters of its own that could be frozen"
            log.warning("A327", span, message, "remove `frozen`, or write it at the layer that is meant")


def _every(part: Part) -> Iterator[Part]:
    for inner in part.parts:
        yield inner
        yield from _every(inner)
