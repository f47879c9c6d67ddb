"""Facts to what the generated tests hold a network to: its layers as data, and a function for each kind of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archcalc.analysis.walk import Facts
from archcalc.layers.contract import Layer
from archcalc.layers.outcome import Memory
from archcalc.layers.record import defaults_of, fields_of
from archcalc.layers.starts import Spread
from archcalc.network.graph import INPUT, Graph, place_of
from archcalc.sizes.rules import Shape
from archcalc.spec.model import Spec
from archcalc.targets.python import source
from archcalc.targets.python.layout import Bracketed, Headed, Piece, Row, Text, call, several
from archcalc.targets.python.source import Code
from archcalc.targets.torch.frozen import frozen_keys
from archcalc.targets.torch.reference_functions import function_name, reference_source
from archcalc.targets.torch.starts import starts

WIDEST = 180
"""How long a line of a table is at most."""

IN = "input"
"""What the network's input is called, which no layer may be."""


def plan_reference(spec: Spec, graph: Graph, facts: Facts) -> dict[str, object]:
    kinds: dict[type[Layer], list[Layer]] = {}
    for layer in facts.own_layers:
        made = layer.step.layer
        assert made is not None
        kinds.setdefault(type(made), []).append(made)
    alone = [name.training for name in graph.named] or [False] * len(facts.output_values)
    outputs = [*zip(facts.output_values, alone, strict=True)]
    functions = {kind: function_name(kind, layers) for kind, layers in kinds.items()}
    code = reference_source((kind, name) for kind, name in functions.items())
    routed = [layer.name for layer in facts.own_layers if layer.step.layer is not None and layer.step.layer.routes]
    inside = tuple(f"{name}." for name in routed)
    return {
        "layer_rows": [*_layer_rows(facts)],
        "tensor_rows": [_tensor_row(*one) for one in _tensors(spec, facts)],
        "tied": [(Code(source.literal(own)), Code(source.literal(other))) for own, other in tied_keys(facts)],
        "frozen": [*frozen_keys(facts)],
        "again": [
            (Code(source.literal(layer.name)), Code(source.literal(facts.layers[layer.step.again].name)))
            for layer in facts.own_layers
            if layer.step.again is not None
        ],
        "default_rows": [_row(kind.__name__, _dict(_defaults(kind))) for kind in kinds if _defaults(kind)],
        "expressions": sorted(kind.__name__ for kind in kinds if not _is_module(kind)),
        "indexed": any(kind.own_buffer for kind in kinds),
        "buffers": any(layer.buffers for layer in facts.layers),
        "output_names": tuple(_name(facts, value) for value, alone in outputs if not alone),
        "training_outputs": tuple(_name(facts, value) for value, _ in outputs),
        "training_layers": [layer.name for layer in facts.own_layers if layer.step.in_training],
        "routed": routed,
        # The model draws for the tokens that an expert has, the evaluation for all.
        "experts_draw": any(
            layer.step.layer is not None and layer.step.layer.random_in_training and layer.name.startswith(inside)
            for layer in facts.own_layers
        ),
        "functions": [(kind.__name__, Code(name)) for kind, name in functions.items()],
        "reference_code": code,
        "functional": any("F." in one for one in code),
    }


def tied_keys(facts: Facts) -> Iterator[tuple[str, str]]:
    """The key of each weight that is tied, and of the one that it is."""
    for layer in facts.layers:
        if layer.step.tied is not None:
            yield layer.key("weight"), facts.layers[place_of(layer.step.tied)].key("weight")


def _is_module(kind: type[Layer]) -> bool:
    return not kind.joins and not kind.own_parameter


def _layer_rows(facts: Facts) -> Iterator[Code]:
    """A row for each layer; what those have in common that are alike is written once."""
    alike = Memory(_own_columns)
    for layer in facts.own_layers:
        made, xs = layer.step.layer, layer.arriving
        assert made is not None
        assert xs is not None
        kind, settings, shape = alike.of(made, xs)
        sources = several([Text(source.literal(_name(facts, value))) for value in layer.step.sources])
        yield _table_row(layer.name, call("Row", [Row(column) for column in (kind, sources, settings, shape)]))


def _own_columns(made: Layer, xs: tuple[Shape, ...]) -> tuple[Piece, Piece, Piece]:
    """What a row says of a layer itself: its kind, its settings, and what it gives."""
    shape = several([Text(source.literal(size)) for size in made.out(*xs)])
    return Text(source.literal(type(made).__name__)), _dict(_settings(made, *xs)), shape


def _tensor_row(name: str, shape: tuple[object, ...], spread: Spread) -> Code:
    # A tensor may be all mean, which is then a number of the spec; a deviation is only measured.
    written = [float(f"{value:.{digits}g}") for value, digits in zip(spread, (8, 4), strict=True)]
    sizes = several([Text(source.literal(size)) for size in shape])
    return _table_row(name, several([sizes, *(Text(source.literal(number)) for number in written)]))


def _row(name: str, value: Bracketed) -> Code:
    return Code(Headed(f"{source.literal(name)}: ", value).at(4, 0, 1))


def _table_row(name: str, value: Bracketed) -> Code:
    """A line, as tables have it; two or more where it is too long to be read."""
    line = Headed(f"{source.literal(name)}: ", value)
    flat = line.flat()
    return Code(flat) if len(flat) <= WIDEST else Code(line.at(4, 0, 1))


def _dict(values: dict[str, Any]) -> Bracketed:
    rows = (Row(Text(f"{source.literal(name)}: {source.literal(value)}")) for name, value in values.items())
    return Bracketed("{", tuple(rows), "}")


def _name(facts: Facts, value: int) -> str:
    return IN if value == INPUT else facts.layers[place_of(value)].name


def _defaults(kind: type[Layer]) -> dict[str, Any]:
    """What a constructor fills in; a stride of None is the kernel's size, and what follows from the input is told."""
    return {name: value for name, value in defaults_of(kind).items() if _is_filled_in(kind, name)}


def _is_filled_in(kind: type[Layer], name: str) -> bool:
    if name in kind.beside_torch:
        return False
    followed = fields_of(kind)[name].follows_axis is not None
    return not followed and name not in kind.positional and (name != "stride" or defaults_of(kind)[name] is not None)


def _settings(made: Layer, *xs: Any) -> dict[str, Any]:
    """What a layer is made with, but for what its constructor fills in."""
    values = {name: getattr(made, name) for name in fields_of(type(made))} | made.infers(*xs)
    if "dim" in values and values["dim"] is None:
        values["dim"] = made.torch(*xs).kwargs["dim"]
    if "stride" in values and values["stride"] is None:
        values["stride"] = values["kernel_size"]
    if not made.carried:
        values = {name: value for name, value in values.items() if name not in made.beside_torch}
    filled_in = _defaults(type(made))
    return {name: value for name, value in values.items() if name not in filled_in or value != filled_in[name]}


def _tensors(spec: Spec, facts: Facts) -> Iterator[tuple[str, tuple[object, ...], Spread]]:
    learnt = {tensor.layer.key(tensor.name): tensor for tensor in starts(spec, facts)}
    for layer in facts.layers:
        for name in layer.weights:
            tensor = learnt[layer.key(name)]
            yield layer.key(name), tensor.shape, tensor.spread
        made, xs = layer.step.layer, layer.arriving
        for name, shape in layer.buffers.items():
            assert made is not None
            assert xs is not None
            yield layer.key(name), shape, made.held(name, *xs)
