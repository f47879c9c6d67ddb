"""A failed need to edits that mend it, each applied and re-checked before it is offered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from archcalc.dims import Shape, is_known
from archcalc.fields import FieldError
from archcalc.graph import Graph, Step
from archcalc.infer import Failure, decide, infer
from archcalc.layers import KINDS, Layer
from archcalc.layers.base import fields_of
from archcalc.spec import LayerSpec

FAR = 64
"""How far from what a field says a value that fits is looked for."""


def mends(graph: Graph, failure: Failure, declared: Mapping[str, Shape]) -> Iterator[str]:
    """Edits after which fewer needs fail down to this layer, most likely first.

    What fails further down is another fault, or was hidden by this one. An edit of the layer itself
    is the last resort: it is offered where neither the input nor a layer forgotten or too many
    above explains the fault.
    """
    at = next(place for place, step in enumerate(graph.steps) if step is failure.step)
    failures = _failures(graph, at + 1, declared)
    found = False
    for text, edited, moved in _around(graph, failure, at):
        if _failures(edited, at + 1 + moved, declared) < failures:
            found = True
            yield text
    layer = failure.step.layer
    edit = None if found or layer is None else failure.need.mend or _nearest_fit(failure, layer)
    if layer is None or not edit:
        return
    mended = replace(failure.step, layer=replace(layer, **edit))
    steps = (*graph.steps[:at], mended)
    if _failures(Graph(graph.input, steps), at + 1, declared) < failures:
        yield "write " + ", ".join(f"`{name}: {value}`" for name, value in edit.items())


def _failures(graph: Graph, end: int, declared: Mapping[str, Shape]) -> int:
    return len(infer(Graph(graph.input, graph.steps[:end]), declared).failures)


def _nearest_fit(failure: Failure, layer: Layer) -> dict[str, int] | None:
    """The field at fault with the nearest number that meets all of the layer's own needs."""
    name = failure.need.field
    stated = getattr(layer, name) if name else None
    if name is None or type(stated) is not int:
        return None
    field = fields_of(type(layer))[name]
    for distance in range(1, FAR):
        for value in (stated - distance, stated + distance):
            try:
                edited = replace(layer, **{name: field.read(value, layer.axes)})
            except FieldError:
                continue
            if all(decide(need.holds) is not False for need in edited.checks(failure.input)):
                return {name: value}
    return None


def _around(graph: Graph, failure: Failure, at: int) -> Iterator[tuple[str, Graph, int]]:
    """What is often forgotten: what to do, the graph with it done, and how far the layer moved by it."""
    x, steps = graph.input, graph.steps
    if is_known(*x) and len(x) > 1:
        yield f"leave out the batch: `input: {list(x[1:])}`", Graph(x[1:], steps), 0
    if is_known(*x) and len(x) == 3 and x[2] <= 4 < x[0]:
        turned = (x[2], x[0], x[1])
        yield f"write the channels first: `input: {list(turned)}`", Graph(turned, steps), 0
    if failure.need.code in ("A202", "A203"):
        flatten = Step(LayerSpec(path="", span=failure.step.spec.span), KINDS["flatten"]())
        yield "put `- {kind: flatten}` above it", Graph(x, (*steps[:at], flatten, *steps[at:])), 1
    if failure.need.code == "A202" and at > 0:
        above = steps[at - 1].spec
        text = f"remove `{above.path}` above it (line {above.span.line})"
        yield text, Graph(x, (*steps[: at - 1], *steps[at:])), -1
