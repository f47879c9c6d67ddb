"""The whole numbers of an input: what looks them up, and is told below which they are; all else refuses them."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from archcalc.diagnostics.log import Log
from archcalc.layers.contract import Layer
from archcalc.network.graph import INPUT, Bindings, Graph, Step, Value, use_labels, value_of
from archcalc.network.instantiate import shared_instance
from archcalc.sizes.rules import UNKNOWN
from archcalc.spec.model import Spec
from archcalc.spec.stated_input import whole_below


def with_whole_numbers(graph: Graph, spec: Spec, bindings: Bindings, log: Log) -> Graph:
    """The graph, each layer that looks whole numbers up knowing below which they are.

    An error (A220) for each that is given real numbers, and for each that cannot compute with whole ones.
    """
    looking = [step.layer is not None and step.layer.looks_up for step in graph.steps]
    bounds = {INPUT: whole_below(spec.below, bindings, log)}
    # The first steps are the inputs that have names.
    bounds |= {value_of(place): whole_below(one.below, bindings, log) for place, one in enumerate(spec.inputs)}
    whole = {value for value, below in bounds.items() if below is not None}
    if not whole and not any(looking):
        return graph
    steps: list[Step] = []
    made: dict[Layer, Layer] = {}
    for place, step in enumerate(graph.steps):
        layer = step.layer
        if layer is not None and not step.lost:
            given = whole.issuperset(step.sources)
            if looking[place]:
                if not given:
                    _refuse_real(step, layer, spec, log)
                below = bounds[step.sources[0]] if given else UNKNOWN
                layer = shared_instance(replace(layer, below=below), made)
                step = replace(step, layer=layer)
            elif not layer.ignores_values and not whole.isdisjoint(_computed_with(step, layer)):
                message = f"`{step.path}` computes with real numbers, but whole numbers arrive, to be looked up"
                help = "put an `embedding` above it"
                log.error("A220", step.spec.where(None), message, help, labels=use_labels(step.uses))
        steps.append(step)
    inputs = [replace(one, below=bounds[value_of(place)]) for place, one in enumerate(graph.inputs)]
    return replace(graph, steps=tuple(steps), below=bounds[INPUT], inputs=tuple(inputs))


def _computed_with(step: Step, layer: Layer) -> Iterable[Value]:
    """The values with which a layer computes: all that it takes but those of which it only asks which is largest."""
    return (source for place, source in enumerate(step.sources) if place not in layer.takes_whole)


def _refuse_real(step: Step, layer: Layer, spec: Spec, log: Log) -> None:
    message = f"`{step.path}` looks up whole numbers, but real numbers arrive"
    help = "let it take the network's input: `from: input`"
    named = {value_of(place): one for place, one in enumerate(spec.inputs)}
    sought = named.get(step.sources[0])
    if INPUT in step.sources or sought is not None:
        nodes = spec.input if sought is None else [spec.input[axis] for axis in sought.axes]
        sizes = ", ".join(getattr(size, "text", "?") for size in nodes)
        name = "input" if sought is None else sought.name
        stated = f"`{name}: {{shape: [{sizes}], below: {getattr(layer, 'num_embeddings', '?')}}}`"
        help = f"say that the input holds whole numbers, and below which: {stated}"
    log.error("A220", step.spec.where(None), message, help, labels=use_labels(step.uses))
