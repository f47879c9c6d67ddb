"""Facts to what the generated tests print: shapes, and the sizes that are tried."""

from __future__ import annotations

from collections.abc import Callable

from archcalc.analysis.batch_limits import batch_limits, least_batch, named
from archcalc.analysis.legal_inputs import Legal, legal, pinned, tried, varying
from archcalc.analysis.walk import Facts, LayerFacts, infer
from archcalc.network.graph import Graph
from archcalc.sizes.axes import WORDS
from archcalc.sizes.notation import python_code
from archcalc.sizes.rules import Shape, known_size
from archcalc.sizes.symbolic import size
from archcalc.targets.python import source
from archcalc.targets.python.layout import Headed, Text, several
from archcalc.targets.python.source import Code

MOST_REACH = 1024
"""How far from the stated size the generated tests look along an axis."""

MOST_BOUNDARIES = 4
"""How many illegal sizes along an axis the generated tests try."""


def plan_tests(facts: Facts) -> dict[str, object]:
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
        "least_drawn": max((one.need.least for one in free.batch if not one.only_in_training), default=1),
    }


def plan_batch(facts: Facts) -> dict[str, object]:
    """The fewest samples of a step of training and of evaluation at the stated sizes, and which layers ask for them."""
    limits = batch_limits(facts)
    fewest = least_batch(limits, training=True)
    asking = tuple(layer for limit in limits if limit.least == fewest for layer in limit.layers)
    evaluated = least_batch(limits, training=False)
    return {
        "least_batch": fewest,
        "least_evaluated": evaluated,
        "pieces": Code(f"min(-(-samples // size), samples // {evaluated})" if evaluated > 1 else "-(-samples // size)"),
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
        channels = known_size(graph.input[0])
        others = [_with(graph.input, 0, n) for n in (channels - 1, channels + 1)]
        illegal += [x for x in others if x[0] >= 1 and not tried(graph, x)]
    for axis, name in varying(graph):
        stated = known_size(graph.input[axis])
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
