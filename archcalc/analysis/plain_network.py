"""A network as plain values: its layers with their sources, fields and bytes, and the blocks and groups they are in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from archcalc.analysis.cost import all_given_bytes, given_bytes, layer_count
from archcalc.analysis.plain_values import known, layer_dict, shape_list
from archcalc.analysis.walk import Facts, LayerFacts
from archcalc.diagnostics.json_object import JsonObject
from archcalc.language.identifiers import INPUT
from archcalc.layers.outcome import VALUE_BYTES, total
from archcalc.layers.record import fields_of
from archcalc.network.graph import Graph, Part, Value
from archcalc.sizes.rules import UNKNOWN
from archcalc.spec.model import Spec


def layers_list(graph: Graph, facts: Facts) -> list[JsonObject]:
    """Every layer: its row of the table, what it takes and from where, its fields, its tensors, its bytes."""
    return [
        {
            **layer_dict(layer),
            "sources": None if layer.step.lost else [giver(graph, source) for source in layer.step.sources],
            "inputs": [shape_list(x) for x in layer.inputs],
            "tied": None if layer.step.tied is None else giver(graph, layer.step.tied),
            "again": None if layer.step.again is None else graph.steps[layer.step.again].path,
            "frozen": layer.is_frozen,
            "times": layer.step.times,
            "fields": settled_fields(layer),
            "weights": {name: shape_list(shape) for name, shape in layer.weights.items()},
            "buffers": {name: shape_list(shape) for name, shape in layer.buffers.items()},
            "weight_bytes": known(layer.params * VALUE_BYTES),
            "activation_bytes": known(given_bytes(layer)),
        }
        for layer in facts.own_layers
    ]


def bytes_dict(layers: Sequence[LayerFacts]) -> JsonObject:
    """What the weights of a network take, and what its layers give for one sample."""
    weights = total([layer.params for layer in layers]) * VALUE_BYTES if layers else UNKNOWN
    return {"weight_bytes": known(weights), "activation_bytes": known(all_given_bytes(layers))}


def blocks_list(spec: Spec, graph: Graph, facts: Facts) -> list[JsonObject]:
    """Every use of a block, every group and every list of copies, outer ones before what is in them."""
    return [_block(spec, graph, facts, part) for part in parts(graph) if part.step is None]


def parts(graph: Graph) -> Iterator[Part]:
    """The modules of a network, outer ones before what is in them; not the network itself."""
    waiting = [] if graph.root is None else [*reversed(graph.root.parts)]
    while waiting:
        part = waiting.pop()
        yield part
        waiting += reversed(part.parts)


def outputs_list(graph: Graph) -> list[JsonObject]:
    """The layers that give the network's outputs, the main one first."""
    training = [one.training for one in graph.named] or [False] * len(graph.outputs)
    return [
        {"layer": giver(graph, value), "only_in_training": only}
        for value, only in zip(graph.outputs, training, strict=False)
    ]


def giver(graph: Graph, value: int) -> str:
    """The name of the layer that gives a value; ``input`` is what no layer is called."""
    step = graph.giver(value)
    return INPUT if step is None else step.path


def settled_fields(layer: LayerFacts) -> JsonObject | None:
    """The fields of a layer as it was built, also those that follow from what arrives; ``None`` where it was not."""
    made, xs = layer.step.layer, layer.arriving
    if made is None:
        return None
    stated = {name: getattr(made, name) for name in fields_of(type(made))}
    # Of another number of axes than a layer takes nothing follows.
    inferred = made.infers(*xs) if xs is not None and all(made.takes_axes(len(x)) for x in xs) else {}
    return {name: plain(value) for name, value in (stated | inferred).items()}


def plain(value: object) -> object:
    """The value of a field or of an argument as JSON has it: exact where it is whole, and ``None`` for none."""
    if isinstance(value, (tuple, list)):
        return [plain(one) for one in value]
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else float(value)
    return value if isinstance(value, (bool, int, float, str)) else None


def arguments(spec: Spec, part: Part) -> dict[str, object]:
    """What the arguments of a block stand for in a use of it, by their names."""
    block = spec.blocks.get(part.block or "")
    names = () if block is None else block.args
    return {name: plain(part.inner_bindings.get(name)) for name in names}


def _others(spec: Spec, part: Part) -> Iterator[tuple[str, Value]]:
    """What the use of a block gives besides its main output, by the names that others take it by."""
    block = spec.blocks.get(part.block or "")
    return zip(() if block is None else block.others, part.others, strict=False)


def _block(spec: Spec, graph: Graph, facts: Facts, part: Part) -> JsonObject:
    steps = [facts.layers[place] for place in part.steps()]
    entry = part.spec
    return {
        "name": part.path,
        "what": "copies" if part.copies else "group" if part.block is None else "use",
        "block": entry.written_kind if part.block is not None and entry is not None else None,
        "arguments": arguments(spec, part),
        "again": part.again,
        "sources": [giver(graph, source) for source in part.sources],
        "gives": giver(graph, part.output),
        "output": shape_list(facts.shape_of(part.output)),
        "other_outputs": {name: giver(graph, value) for name, value in _others(spec, part)},
        "params": known(total([layer.params for layer in steps])),
        "macs": known(total([layer.macs for layer in steps])),
        "layers": layer_count(steps),
        "line": None if entry is None else entry.span.line,
    }
