"""A failed need to edits that mend it, each applied and re-checked before it is offered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from archcalc.dims import Shape, is_known
from archcalc.graph import Graph, Step
from archcalc.infer import Failure, infer
from archcalc.layers import KINDS
from archcalc.spec import LayerSpec


def mends(graph: Graph, failure: Failure, failures: int, declared: Mapping[str, Shape]) -> Iterator[str]:
    """Edits after which fewer needs fail, most likely first.

    ``failures`` is how many fail before the edit. An edit of the layer itself is the last resort: it
    is offered where neither the input nor a forgotten ``flatten`` explains the fault.
    """
    found = False
    for text, edited in _around(graph, failure):
        if len(infer(edited, declared).failures) < failures:
            found = True
            yield text
    layer, edit = failure.step.layer, failure.need.mend
    if found or layer is None or not edit:
        return
    mended = replace(failure.step, layer=replace(layer, **edit))
    steps = tuple(mended if step is failure.step else step for step in graph.steps)
    if len(infer(Graph(graph.input, steps), declared).failures) < failures:
        yield ", ".join(f"`{name}: {value}`" for name, value in edit.items())


def _around(graph: Graph, failure: Failure) -> Iterator[tuple[str, Graph]]:
    """What is often forgotten, as what to do and the graph with it done."""
    x = graph.input
    if is_known(*x) and len(x) > 1:
        yield f"leave out the batch: `input: {list(x[1:])}`", Graph(x[1:], graph.steps)
    if is_known(*x) and len(x) == 3 and x[2] <= 4 < x[0]:
        turned = (x[2], x[0], x[1])
        yield f"write the channels first: `input: {list(turned)}`", Graph(turned, graph.steps)
    if failure.need.code in ("A202", "A203"):
        flatten = Step(LayerSpec(path="", span=failure.step.spec.span), KINDS["flatten"]())
        at = next(place for place, step in enumerate(graph.steps) if step is failure.step)
        steps = (*graph.steps[:at], flatten, *graph.steps[at:])
        yield "put `- {kind: flatten}` above it", Graph(x, steps)
