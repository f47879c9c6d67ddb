"""Which input sizes are legal: the walk on a numpy array of sizes, all at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec.structs import replace

from archcalc.dims import Shape
from archcalc.graph import Graph, Step
from archcalc.infer import Facts


def pinned(facts: Facts) -> Graph:
    """The graph with everything stated that its layers took from the input: the network as built."""
    steps = []
    for found in facts.layers:
        layer = found.step.layer
        if layer is not None and found.input is not None:
            layer = replace(layer, **layer.infers(found.input))
        steps.append(Step(found.step.spec, layer))
    return Graph(facts.input, tuple(steps))


def legal_along(graph: Graph, axis: int, sizes: Sequence[int]) -> list[int]:
    """Those of ``sizes`` that the network accepts along one axis of its input, the others as stated."""
    candidates = np.asarray(sizes, dtype=np.int64)
    x: Shape = tuple(candidates if index == axis else size for index, size in enumerate(graph.input))
    legal = np.ones(len(candidates), dtype=bool)
    for step in graph.steps:
        if step.layer is None:
            return []
        for need in step.layer.checks(x):
            legal &= np.asarray(False if need.holds is None else need.holds, dtype=bool)
        if not legal.any():
            return []
        x = step.layer.out(x)
        for size in x:
            legal &= np.asarray(size) >= 1
    return [int(size) for size in candidates[legal]]
