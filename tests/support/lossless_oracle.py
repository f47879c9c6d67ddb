"""Which pixels of an input an output depends on, by torch's gradients, and where something else is said of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from archcalc.analysis.legal_inputs import legal
from archcalc.network.graph import Graph
from archcalc.sizes.rules import known_size
from tests.support.torch_oracle import built

NEAR = range(1, 41)

HIDING = ("flatten", "reshape", "concat", "upsample", "upsample_as")
"""The kinds behind which it may be that nothing is said."""


def seen_pixels(graph: Graph, n: int) -> list[bool]:
    """Which pixels of an input of n torch's gradient of what the network gives does not vanish at.

    Weights are above 0, and a largest value is a mean, so that nothing hides what may depend on what.
    """
    torch.default_generator.manual_seed(0)
    start = torch.rand(1, known_size(graph.input[0]), n, dtype=torch.float64, requires_grad=True)
    values = [start]
    for step in graph.steps:
        layer, arriving = step.layer, [values[source] for source in step.sources]
        assert layer is not None
        if len(arriving) > 1:
            values.append(joined(layer, arriving))
            continue
        module = built(layer, tuple(arriving[0].shape[1:])).double().eval()
        if layer.kind == "max_pool1d":
            module = torch.nn.AvgPool1d(module.kernel_size, module.stride, 0, module.ceil_mode)  # type: ignore[arg-type]
        if layer.kind == "adaptive_max_pool1d":
            module = torch.nn.AdaptiveAvgPool1d(module.output_size)  # type: ignore[arg-type]
        for parameter in module.parameters():
            torch.nn.init.uniform_(parameter, 0.5, 1.5)
        values.append(module(arriving[0]))
    torch.autograd.backward([values[value].sum() for value in graph.outputs])
    assert start.grad is not None
    return [bool(one) for one in (start.grad[0] != 0).any(0)]


def joined(layer: Any, values: list[torch.Tensor]) -> torch.Tensor:
    """What a join gives."""
    if layer.kind == "upsample_as":
        return torch.nn.functional.interpolate(values[0], values[1].shape[2:], mode=layer.mode)
    return torch.add(*values) if layer.kind == "add" else torch.cat(values, getattr(layer, "dim", 1))


def wrong(graph: Graph, seen: Callable[[int], bool] | None = None) -> list[int]:
    """The sizes of which something else is said than torch's gradients show; ``seen`` is what they are known to."""
    found = legal(graph)
    assert found is not None
    ((name, where),) = found.lossless.items()
    if where is None:
        assert any(step.layer.kind in HIDING for step in graph.steps if step.layer is not None)
        return []
    seen = seen or (lambda n: all(seen_pixels(graph, n)))
    return [n for n in NEAR if n in found.axes[name] and (n in where) != seen(n)]
