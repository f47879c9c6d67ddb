"""Facts to what model.py prints: its classes, its imports and how its tensors start."""

from __future__ import annotations

import re

from archcalc.analysis.walk import Facts
from archcalc.network.graph import INPUT, Graph, place_of
from archcalc.sizes.rules import Shape
from archcalc.spec.model import Spec
from archcalc.targets.python import source
from archcalc.targets.python.source import Code
from archcalc.targets.torch.class_count import ClassCount
from archcalc.targets.torch.classes import Class, Writer
from archcalc.targets.torch.own_classes import own_class, refuse_shadows, without_plainer
from archcalc.targets.torch.resets import resets


def plan_model(spec: Spec, graph: Graph, facts: Facts, net: Code, classes: ClassCount | None) -> dict[str, object]:
    writer = Writer(spec, graph, facts, net, classes)
    *blocks, network = writer.classes()
    told = [_gives_probabilities(facts, value) for value in facts.output_values]
    probabilities = told[0]
    # A softmax that ends the network is left out of the loss; inside a group it cannot be.
    whole = graph.root is not None and graph.root.parts[-1].step == len(graph.steps) - 1
    alone = network.result == "x" and not network.in_training and not graph.inputs
    splits = probabilities and whole and len(graph.steps) > 1 and alone
    in_training = [name.training for name in graph.named] or [False]
    outputs = [*zip(facts.outputs, in_training, strict=True)]
    own = [own_class(file) for file in without_plainer(writer.own_modules)]
    refuse_shadows(spec, own)
    return {
        "blocks": blocks,
        "network": network,
        "imports": _imports(blocks, network, own),
        "own_classes": own,
        "input_shape": _shapes(facts),
        "input_axes": source.bare(facts.input),
        "signature": _signature(graph, facts, outputs, ", probabilities" if probabilities else ""),
        "class_layers": source.rows(classes.layers, 0, "CLASS_LAYERS = ", "") if classes is not None else None,
        "several": len(outputs) > 1,
        "loss_weights": tuple(_loss_weight(graph, place) for place in range(len(outputs))),
        "outputs": len(outputs),
        "evaluated": len(outputs) - sum(alone for _, alone in outputs),
        "first_output": Code("[0]" if len(outputs) - sum(alone for _, alone in outputs) > 1 else ""),
        "splits": splits,
        "scores": Code("model.forward_logits" if splits else "model"),
        "nested_probabilities": probabilities and not splits,
        "told_otherwise": tuple(one != probabilities for one in told) if len({*told}) > 1 else (),
        "resets": resets(spec, facts),
    }


def _gives_probabilities(facts: Facts, value: int) -> bool:
    layer = None if value == INPUT else facts.layers[place_of(value)].step.layer
    return layer is not None and layer.gives_probabilities


def _signature(graph: Graph, facts: Facts, outputs: list[tuple[Shape | None, bool]], what: str) -> Code:
    """What the network takes and gives, the samples of a batch included."""
    if graph.inputs:
        named = [(one, f"{one.name} (N, {source.bare(one.of(facts.input))})") for one in graph.inputs]
        takes = ", ".join(f"{text} below {one.below:,}" if one.below else text for one, text in named)
    else:
        below = f", whole numbers below {graph.below:,}" if graph.below else ""
        takes = f"(N, {source.bare(facts.input)}){below}"
    more = _axes([output for output, alone in outputs if alone])
    text = f"{takes} -> {_axes([output for output, alone in outputs if not alone])}{what}."
    return Code(source.docstring(f"{text} In training also {more}." if more else text, 6).replace("\n", "\n    "))


def _shapes(facts: Facts) -> Code:
    """The shape of the input, or of each by its name."""
    if not facts.inputs:
        return source.shape_comment(facts.input)
    return Code(", ".join(f"{one.name} {source.shape_comment(one.of(facts.input))}" for one in facts.inputs))


SIDE_WEIGHT = 0.3
"""How much the loss of an output counts that is not the main one, if the spec does not say: as GoogLeNet's."""


def _loss_weight(graph: Graph, place: int) -> float:
    stated = graph.named[place].weight if graph.named else None
    return stated if stated is not None else SIDE_WEIGHT if place else 1.0


def _axes(outputs: list[Shape | None]) -> Code:
    return Code(", ".join(f"(N, {source.bare(output or ())})" for output in outputs))


def _imports(blocks: list[Class], network: Class, own: list[Code]) -> list[Code]:
    code = [line for one in (*blocks, network) for line in one.every_line() if not line.startswith("#")]
    text = "\n".join([*own, *code])
    lines = ["from collections import OrderedDict"] if "OrderedDict(" in text else []
    of_math = [name for name in ("ceil", "log") if re.search(rf"(?<![.\w]){name}\(", text)]
    lines += [f"from math import {', '.join(of_math)}"] if of_math else []
    lines += ["from typing import Literal"] if "Literal[" in text else []
    lines += [""] if lines else []
    if "torch." in text:
        lines.append("import torch")
    return [Code(line) for line in [*lines, "from torch import Tensor, nn"]]
