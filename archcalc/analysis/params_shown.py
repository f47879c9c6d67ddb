"""How the parameters of a layer come about, as lines of arithmetic; of a layer in which experts end, theirs too."""

from __future__ import annotations

from collections.abc import Iterator

from archcalc.analysis.walk import Facts, LayerFacts
from archcalc.layers.working import Line, chain, product, written
from archcalc.network.graph import Graph
from archcalc.sizes.rules import prod


def params_shown(layer: LayerFacts, graph: Graph | None, facts: Facts | None) -> Iterator[Line]:
    """The sum of what each weight holds; then the parameters of experts that end here, and those that are active."""
    again = layer.step.again
    if again is not None and facts is not None:
        yield Line("parameters", "0", 0, f"its weights are those of `{facts.layers[again].name}`, which counts them")
        return
    yield from _own(layer)
    kind = layer.step.layer
    if kind is not None and kind.routes and graph is not None and facts is not None:
        from archcalc.analysis.experts import lines_of_experts  # few networks have any

        yield from lines_of_experts(graph, facts, layer.name)


def _own(layer: LayerFacts) -> Iterator[Line]:
    """The sum of what each weight holds, spelt out."""
    if not layer.weights:
        yield Line("parameters", "0", 0, "nothing is learnt")
        return
    times = layer.step.times
    counts = {name: prod(shape) for name, shape in layer.weights.items()}
    if layer.step.tied is not None:
        del counts["weight"]
        yield Line("tied", "0", 0, "its weight is another layer's, which counts it")
        if not counts:
            return
    spelt = " + ".join(product(layer.weights[name]) for name in counts)
    added = " + ".join(map(written, counts.values()))
    if times > 1:
        spelt, added = (f"{times} × ({text})" if len(counts) > 1 else f"{times} × {text}" for text in (spelt, added))
    yield Line("parameters", chain(spelt, added, layer.params), layer.params, " + ".join(counts))
