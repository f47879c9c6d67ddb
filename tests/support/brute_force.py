"""Which input sizes torch takes, by trying each: the oracle for ``archcalc.analysis.legal_inputs``.

The network is built once, for the input that its spec states, and then given other inputs.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable

import torch

from archcalc.analysis.legal_inputs import Legal, legal, pinned, varying
from archcalc.analysis.report import Report
from archcalc.analysis.walk import infer
from archcalc.network.graph import Graph
from archcalc.sizes.rules import Shape, known_sizes
from tests.support.torch_oracle import built

BATCH = 2
_REFUSALS = (RuntimeError, ValueError, TypeError, IndexError, AssertionError)


class Network(torch.nn.Module):
    """A graph in torch, step by step; a layer is built when first something arrives at it, and so as it is stated."""

    def __init__(self, graph: Graph) -> None:
        super().__init__()
        self.graph = graph
        self.layers: dict[int, torch.nn.Module] = {}
        self.values: list[torch.Tensor] = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.values = [x]
        for place, step in enumerate(self.graph.steps):
            assert step.layer is not None
            taken = [self.values[source] for source in step.sources]
            if step.layer.arity[1] != 1:
                names = {f"x{index}": value for index, value in enumerate(taken)}
                self.values.append(eval(step.layer.expression(list(names)), {"torch": torch}, names))
                continue
            if place not in self.layers:
                self.layers[place] = built(step.layer, tuple(taken[0].shape[1:]))
                self.add_module(f"layer{place}", self.layers[place])
            self.values.append(self.layers[place](*taken))
        return self.values[self.graph.outputs[0]]


def network(report: Report) -> Network:
    """The spec's network in torch, as built for the stated input."""
    assert report.facts is not None
    graph = pinned(report.facts)
    module = Network(graph).train()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module(torch.randn(BATCH, *known_sizes(graph.input)))
    return module


def takes(module: torch.nn.Module, x: Shape, batch: int = BATCH) -> bool:
    """Whether torch gives an output that is not empty; oneDNN stays out, which has bugs of its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with torch.backends.mkldnn.flags(enabled=False):
            try:
                output = module(torch.randn(batch, *known_sizes(x), requires_grad=True) * 1)
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
