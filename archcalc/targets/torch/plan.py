"""Facts to what the templates print: modules, shapes, sizes to test, all of it already safe source."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import PurePath
from typing import Any

from msgspec import Struct

from archcalc.analysis.batch_limits import batch_limits, least_batch, named
from archcalc.analysis.legal_inputs import Legal, legal, pinned, tried, varying
from archcalc.analysis.report import Report
from archcalc.analysis.walk import Facts, LayerFacts, infer
from archcalc.network.graph import Graph
from archcalc.sizes.axes import WORDS
from archcalc.sizes.notation import python_code
from archcalc.sizes.rules import Shape
from archcalc.sizes.symbolic import size
from archcalc.spec.model import Spec
from archcalc.spec.training import AdamW, Augment, Choice, Init, ReduceLROnPlateau, Start, Training
from archcalc.targets.python import source
from archcalc.targets.python.layout import Headed, Text, several
from archcalc.targets.python.source import Code
from archcalc.targets.torch.classes import Class, Writer
from archcalc.targets.torch.own_classes import own_class

DEFAULT_TRAINING = Training(optimizer=AdamW(lr=1e-3), schedule=None, augment=Augment(), batch_size=32, epochs=10)
"""What ``train.py`` does where the spec has no ``train``; it says so."""

MOST_REACH = 1024
"""How far from the stated size the generated tests look along an axis."""

MOST_BOUNDARIES = 4
"""How many illegal sizes along an axis the generated tests try."""


class Row(Struct, frozen=True):
    """A line of the README's table."""

    name: str
    kind: str
    shape: Code
    params: int
    macs: int


def plan(report: Report, name: str) -> dict[str, Any]:
    """The names that a template may use. The report must be one without errors."""
    spec, graph, facts, totals = report.spec, report.graph, report.facts, report.totals
    assert spec is not None
    assert graph is not None
    assert facts is not None
    assert totals is not None
    return {
        "name": source.ident(name),
        "net": source.ident(source.class_name(spec.name)),
        "title": spec.name,
        "headline": f"{spec.name}: {_origin(spec)}" if _origin(spec) else f"{spec.name}.",
        "origin_line": f"After {_origin(spec)}." if _origin(spec) else "Its spec names no source.",
        "spec_file": PurePath(spec.file).name,
        "member": Code(f" {source.comment(spec.preset)}" if spec.preset else ""),
        "of_member": Code(f", preset `{source.comment(spec.preset)}`" if spec.preset else ""),
        "spec_sha256": hashlib.sha256(spec.text.encode()).hexdigest(),
        "params": totals.params,
        "macs": totals.macs,
        "table": [*_table(graph, facts)],
        **_model(spec, graph, facts, source.ident(source.class_name(spec.name))),
        **_tests(facts),
        **_batch(facts),
        **_data(facts, spec.training or DEFAULT_TRAINING),
        **_training(spec),
    }


def _table(graph: Graph, facts: Facts) -> Iterator[Row]:
    """A row for each layer, and one for each use of a block, or for all copies of what has one name."""
    assert graph.root is not None
    waiting = list(reversed(graph.root.parts))
    while waiting:
        part = waiting.pop()
        if part.parts and part.block is None and not part.copies:
            waiting += reversed(part.parts)
            continue
        found = [facts.layers[place] for place in part.steps()]
        kind = found[0].kind if part.step is not None else (part.spec and part.spec.written_kind) or "group"
        shape = facts.layers[part.output - 1].output if part.output else facts.input
        counts = sum(layer.params for layer in found), sum(layer.macs for layer in found)
        yield Row(part.path, kind, source.shape_comment(shape or ()), *counts)


def _origin(spec: Spec) -> str:
    return ", ".join(part for part in (spec.title, spec.url) if part)


# model.py


def _model(spec: Spec, graph: Graph, facts: Facts, net: Code) -> dict[str, Any]:
    writer = Writer(spec, graph, facts, net)
    *blocks, network = writer.classes()
    last = facts.layers[-1]
    probabilities = last.step.layer is not None and last.step.layer.gives_probabilities
    # A softmax that ends the network is left out of the loss; inside a group it cannot be.
    whole = graph.root is not None and graph.root.parts[-1].step == len(graph.steps) - 1
    splits = probabilities and whole and len(graph.steps) > 1 and network.result == "x" and len(network.last) == 1
    own = [own_class(kind) for kind in writer.own_modules]
    return {
        "blocks": blocks,
        "network": network,
        "imports": _imports(blocks, network, own),
        "own_classes": own,
        "input_shape": source.shape_comment(facts.input),
        "input_axes": source.bare(facts.input),
        "output_axes": Code("), (N, ".join(source.bare(output or ()) for output in facts.outputs)),
        "what": Code(", probabilities" if probabilities else ""),
        "several": len(facts.outputs) > 1,
        "outputs": len(facts.outputs),
        "first_output": Code("[0]" if len(facts.outputs) > 1 else ""),
        "splits": splits,
        "scores": Code("model.forward_logits" if splits else "model"),
        "nested_probabilities": probabilities and not splits,
        "starts": list(_starts(spec, facts)),
    }


def _imports(blocks: list[Class], network: Class, own: list[Code]) -> list[Code]:
    text = "\n".join([*own, *(line for one in (*blocks, network) for line in one.every_line())])
    lines = []
    if "OrderedDict(" in text:
        lines += ["from collections import OrderedDict", ""]
    if "torch." in text:
        lines.append("import torch")
    return [Code(line) for line in [*lines, "from torch import Tensor, nn"]]


def _shape(found: LayerFacts) -> Code:
    return source.shape_comment(found.output or ())


def _starts(spec: Spec, facts: Facts) -> Iterator[tuple[Code, Code]]:
    """Each way of starting a tensor, as a call, and the head of the loop over the layers it is for."""
    groups: dict[tuple[str, str], tuple[Start, list[str]]] = {}
    for layer in facts.layers:
        own = layer.step.spec.init or Init()
        multiplies = any(len(shape) > 1 for shape in layer.weights.values())
        general = spec.init if spec.init is not None and multiplies else Init()
        for tensor in layer.weights:
            start = getattr(own, tensor, None) or getattr(general, tensor, None)
            if start is not None:
                groups.setdefault((tensor, repr(start)), (start, []))[1].append(layer.name)
    for (tensor, _), (start, names) in groups.items():
        arguments = {name: source.literal(value) for name, value in start.arguments.items()}
        parameter = f'self.get_parameter(f"{{name}}.{tensor}")'
        started = source.call(f"nn.init.{source.ident(start.function)}_", [parameter], arguments, 12)
        yield started, source.rows(names, 8, "for name in ", ":")


# The tests


def _tests(facts: Facts) -> dict[str, Any]:
    graph = pinned(facts)
    free = _walked_free(graph)
    axes = WORDS[len(facts.input)]
    legal, illegal = _sizes(graph)
    named = ", ".join(f"{axis}: int" for axis in axes)
    return {
        "weights": _state(facts, lambda layer: layer.weights),
        "buffers": _state(facts, lambda layer: layer.buffers),
        "legal_sizes": legal,
        "illegal_sizes": illegal,
        "parameters": Code(named),
        "arguments": Code("*sizes"),
        "sample": source.bare(facts.input),
        "shapes": _shape_rows(free),
        # Sizes that are legal may leave one sample too few values where the stated one does not.
        "least_drawn": max((one.need.least for one in free.batch if not one.need.only_in_training), default=1),
    }


def _batch(facts: Facts) -> dict[str, Any]:
    """The fewest samples of a step of training and of evaluation at the stated sizes, and which layers ask for them."""
    limits = batch_limits(facts)
    fewest = least_batch(limits, training=True)
    asking = tuple(layer for limit in limits if limit.least == fewest for layer in limit.layers)
    return {
        "least_batch": fewest,
        "least_evaluated": least_batch(limits, training=False),
        "asking": Code(source.comment(named(asking, 1)) if asking else ""),
    }


def _state(facts: Facts, of: Callable[[LayerFacts], dict[str, Shape]]) -> list[tuple[str, Shape]]:
    return [(layer.key(name), shape) for layer in facts.layers for name, shape in of(layer).items()]


def _sizes(graph: Graph) -> tuple[list[Code], list[Shape]]:
    """The legal sizes to draw from, an axis varying at a time, and the illegal ones nearest to them."""
    found = legal(graph)
    taken_sizes: list[Code] = []
    illegal: list[Shape] = []
    if len(graph.input) > 1:
        others = [_with(graph.input, 0, n) for n in (graph.input[0] - 1, graph.input[0] + 1)]
        illegal += [x for x in others if x[0] >= 1 and not tried(graph, x)]
    for axis, name in varying(graph):
        stated = graph.input[axis]
        reach = min(max(64, stated // 4), MOST_REACH) if found else 64
        window = range(max(1, stated - reach), stated + reach + 1)
        taken = [n for n in window if _fits(found, graph, axis, name, n)]
        known = set(taken)
        borders = [n for n in window if n not in known and {n - 1, n + 1} & known]
        nearest = sorted(sorted(borders, key=lambda n: (abs(n - stated), n))[:MOST_BOUNDARIES])
        illegal += [_with(graph.input, axis, n) for n in nearest]
        sizes = ["n" if index == axis else str(size) for index, size in enumerate(graph.input)]
        row = f"*(({', '.join(sizes)}{',' * (len(sizes) == 1)}) for n in {_range(taken)})"
        taken_sizes.append(Code(row))
    return taken_sizes, illegal


def _fits(found: Legal | None, graph: Graph, axis: int, name: str, n: int) -> bool:
    return n in found.axes[name] if found else tried(graph, _with(graph.input, axis, n))


def _with(shape: Shape, axis: int, size: int) -> Shape:
    return (*shape[:axis], size, *shape[axis + 1 :])


def _range(sizes: list[int]) -> str:
    """A range where the sizes are evenly spaced, else a list."""
    step = sizes[1] - sizes[0] if len(sizes) > 1 else 1
    even = range(sizes[0], sizes[-1] + 1, step)
    if list(even) == sizes:
        return f"range({even.start}, {even.stop}{f', {step}' * (step > 1)})"
    return repr(sizes)


def _walked_free(graph: Graph) -> Facts:
    """The walk with the sizes of the input's axes as names."""
    axes = WORDS[len(graph.input)]
    # The channels are stated by the first layer that has weights; only what can vary is free.
    return infer(
        graph, shape=graph.input if len(graph.input) == 1 else (graph.input[0], *(size(axis) for axis in axes[1:]))
    )


def _shape_rows(free: Facts) -> list[Code]:
    """Each layer's shape as formulas in the sizes of the input's axes."""
    rows = []
    for layer in free.layers:
        if layer.step.layer is not None and layer.step.layer.is_module:
            lengths = several([Text(python_code(length)) for length in layer.output or ()])
            rows.append(Code(Headed(f"{source.literal(layer.name)}: ", lengths).at(8, 0, 1)))
    return rows


# data.py


def _data(facts: Facts, training: Training) -> dict[str, Any]:
    """How a digit of 8 x 8 becomes a sample, and whether pictures can."""
    shape = facts.input
    spatial = shape[1:]
    digit_shape, mode = {
        0: ("1, 64", "linear"),
        1: ("1, 64", "linear"),
        2: ("1, 8, 8", "bilinear"),
        3: ("1, 1, 8, 8", "trilinear"),
    }[len(spatial)]
    last = (facts.outputs[0] if facts.outputs else None) or (1,)
    return {
        "classes": last[0],
        "pictures": len(spatial) == 2 and shape[0] in (1, 3),
        "or_pictures": Code(", or pictures in folders" if len(spatial) == 2 and shape[0] in (1, 3) else ""),
        "spatial_sizes": source.bare(spatial),
        "resize": training.augment.resize or max(spatial, default=0),
        "augment": training.augment,
        "imagenet": shape[0] == 3,
        "mode": Code("RGB" if shape[0] == 3 else "L"),
        "digit_shape": Code(digit_shape),
        "interpolation": Code(mode),
        "interpolated": spatial or shape,
        "digit": Code(f"image[0].expand({source.bare(shape)})" if spatial else "image[0, 0]"),
    }


# train.py


def _training(spec: Spec) -> dict[str, Any]:
    training = spec.training or DEFAULT_TRAINING
    own = "The recipe is the spec's." if spec.training else "The spec has no recipe; this one is archcalc's default."
    schedule = training.schedule
    return {
        "training": training,
        "recipe_note": own,
        "optimizer": _constructed("torch.optim", training.optimizer, ["model.parameters()"], 16, {"lr": "options.lr"}),
        "schedule": schedule and _constructed("torch.optim.lr_scheduler", schedule, ["optimizer"], 11, {}),
        "watches_loss": isinstance(schedule, ReduceLROnPlateau),
    }


def _constructed(module: str, choice: Choice, args: list[str], before: int, instead: dict[str, str]) -> Code:
    """A call of torch's class of the choice's own name, ``instead`` in place of some arguments."""
    arguments = {name: source.literal(value) for name, value in choice.arguments().items()} | instead
    return source.call(f"{module}.{source.ident(type(choice).__name__)}", args, arguments, 4, before)
