"""A failed need to edits that mend it, each applied and re-checked before it is offered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from archcalc.dims import Shape
from archcalc.graph import Graph, Step
from archcalc.infer import Failure, infer


def mends(graph: Graph, failure: Failure, failures: int, declared: Mapping[str, Shape]) -> Iterator[str]:
    """The edits to the failing layer itself after which its need holds and nothing else fails instead.

    ``failures`` is how many needs fail before the edit.
    """
    layer, edit = failure.step.layer, failure.need.mend
    if layer is None or not edit:
        return
    mended = replace(layer, **edit)
    steps = tuple(Step(step.spec, mended) if step is failure.step else step for step in graph.steps)
    if len(infer(Graph(graph.input, steps), declared).failures) < failures:
        yield ", ".join(f"`{name}: {value}`" for name, value in edit.items())
