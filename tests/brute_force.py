"""Which input sizes torch takes, by trying each: the oracle for ``archcalc.domain``.

The network is built once, for the input that its spec states, and then given other inputs.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable

import torch

from archcalc.checking import Report
from archcalc.dims import Shape
from archcalc.domain import Legal, legal, pinned, varying
from archcalc.graph import Graph
from archcalc.infer import infer
from tests.layers.contract import built

BATCH = 2
_REFUSALS = (RuntimeError, ValueError, TypeError, IndexError, AssertionError)


def network(report: Report) -> torch.nn.Sequential:
    """The spec's network in torch, as built for the stated input."""
    modules = []
    for layer in report.layers:
        assert layer.step.layer is not None
        assert layer.input is not None
        modules.append(built(layer.step.layer, layer.input))
    return torch.nn.Sequential(*modules).train()


def takes(module: torch.nn.Sequential, x: Shape) -> bool:
    """Whether torch gives an output that is not empty; oneDNN stays out, which has bugs of its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with torch.backends.mkldnn.flags(enabled=False):
            try:
                output = module(torch.randn(BATCH, *x, requires_grad=True) * 1)
            except _REFUSALS:
                return False
    return bool(output.numel())


def ours_alone(graph: Graph, x: Shape) -> bool:
    """Whether a need fails that is marked as one that torch does not have."""
    return any(failure.need.beyond_torch for failure in infer(graph, shape=x).failures)


def disagreements(report: Report, sizes: Iterable[int], found: Legal | None = None) -> list[tuple[str, int, bool]]:
    """Axis, size and what torch does, wherever the legal set says otherwise."""
    assert report.facts is not None
    graph, module = pinned(report.facts), network(report)
    found = legal(graph) if found is None else found
    assert found is not None
    wrong = []
    for axis, name in varying(graph):
        for n in sizes:
            x = (*graph.input[:axis], n, *graph.input[axis + 1 :])
            taken = takes(module, x)
            if taken != (n in found.axes[name]) and not (taken and ours_alone(graph, x)):
                wrong.append((name, n, taken))
    return wrong
