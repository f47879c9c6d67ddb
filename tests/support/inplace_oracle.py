"""What torch does with a network whose layers work in place, beside the same one without: the oracle of the rule."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import torch
from msgspec.structs import replace

from archcalc.layers.contract import Layer
from archcalc.network.graph import Graph
from archcalc.sizes.rules import known_sizes
from tests.support.torch_oracle import BATCH, built


class Outcome(NamedTuple):
    """What went wrong (nothing: an empty text), and what may excuse a rule that says otherwise.

    ``unchanged`` says that some layer in place changed no value; ``copied`` that torch made a copy where a layer
    may give a view: what it takes does not lie in memory in its own order.
    """

    error: str
    unchanged: bool
    copied: bool


def outcome(graph: Graph, seed: int = 0) -> Outcome:
    """What torch makes of the graph in training and in evaluation, forwards and backwards."""
    found = [_in_mode(graph, training, seed) for training in (True, False)]
    error = next(
        (f"{mode}: {one.error}" for mode, one in zip(("training", "evaluation"), found, strict=True) if one.error), ""
    )
    return Outcome(error, any(one.unchanged for one in found), any(one.copied for one in found))


def _in_mode(graph: Graph, training: bool, seed: int) -> Outcome:
    right, wanted = _Run(graph, training, seed, in_place=False), _Run(graph, training, seed, in_place=True)
    assert right.run(None) == ""
    error = wanted.run(right)
    if not error and not torch.equal(wanted.x, wanted.before):
        error = "the network's input is another"
    if not error:
        error = wanted.backward()
        assert right.backward() == ""
    if not error and not all(map(_same, wanted.gradients(), right.gradients())):
        error = "another gradient"
    return Outcome(error, wanted.unchanged, right.copied)


class _Run:
    """One pass through a graph; ``made`` are the values as each was when it was made."""

    def __init__(self, graph: Graph, training: bool, seed: int, in_place: bool) -> None:
        self.graph = graph
        self.training = training
        self.in_place = in_place
        # torch.manual_seed notes the whole stack for each other device, which takes longer than the layer.
        torch.default_generator.manual_seed(seed)
        self.leaf = torch.randn(BATCH, *known_sizes(graph.input), requires_grad=True)
        # What arrives from a caller that learns, too, is no leaf.
        self.x = self.leaf * 1
        self.before = self.x.detach().clone()
        self.values: list[Any] = [self.x]
        self.made: list[Any] = [self.before]
        self.modules: list[torch.nn.Module] = []
        self.unchanged = False
        self.copied = False

    def run(self, right: _Run | None) -> str:
        """Forwards; what is wrong where a layer that the outputs depend on takes, or they are, another value."""
        live = _live(self.graph)
        for place, step in enumerate(self.graph.steps):
            assert step.layer is not None
            taken = [self.values[source] for source in step.sources]
            if right is not None and place in live:
                for source, value in zip(step.sources, taken, strict=True):
                    if not _same(value.detach(), right.made[source]):
                        return f"`{step.path}` takes another value"
            try:
                given = self._given(place, step.layer, taken)
            except RuntimeError as refusal:
                return f"forwards: {refusal}"
            if step.layer.shares(self.training):
                self.copied |= given.untyped_storage().data_ptr() != taken[0].untyped_storage().data_ptr()
            self.values.append(given)
            self.made.append(given.detach().clone())
        for output in self.graph.outputs:
            if right is not None and not _same(self.values[output].detach(), right.made[output]):
                return "another output"
        return ""

    def _given(self, place: int, layer: Layer, taken: list[Any]) -> Any:
        torch.default_generator.manual_seed(place)
        if layer.arity[1] != 1:
            names = {f"x{index}": value for index, value in enumerate(taken)}
            return eval(layer.expression(list(names)), {"torch": torch}, names)
        if not self.in_place and getattr(layer, "inplace", False):
            layer = replace(layer, inplace=False)
        module = built(layer, tuple(taken[0].shape[1:])).train(self.training)
        self.modules.append(module)
        before = taken[0].detach().clone()
        torch.default_generator.manual_seed(place)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            given = module(taken[0])
        if self.in_place and layer.overwrites(self.training):
            self.unchanged |= _same(before, taken[0].detach())
        return given

    def backward(self) -> str:
        """Backwards from all outputs."""
        torch.default_generator.manual_seed(1)
        loss = torch.as_tensor(
            sum((self.values[output] * torch.randn(self.values[output].shape)).sum() for output in self.graph.outputs)
        )
        if not loss.requires_grad:
            # The network ends in what depends on sizes alone.
            return ""
        try:
            torch.autograd.backward(loss)
        except RuntimeError as refusal:
            if is_overwritten(refusal):
                return f"backwards: {refusal}"
            raise
        return ""

    def gradients(self) -> list[Any]:
        weights = [weight for module in self.modules for weight in module.parameters()]
        return [one.grad for one in (self.leaf, *weights)]


def is_overwritten(refusal: RuntimeError) -> bool:
    """Whether it is this that torch refuses: a gradient of what was overwritten."""
    return "modified by an inplace operation" in str(refusal)


def _live(graph: Graph) -> set[int]:
    """The layers that the outputs depend on."""
    found: set[int] = set()
    waiting = [output - 1 for output in graph.outputs]
    while waiting:
        place = waiting.pop()
        if place >= 0 and place not in found:
            found.add(place)
            waiting += [source - 1 for source in graph.steps[place].sources]
    return found


def _same(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is other
    return torch.allclose(one, other, rtol=1e-4, atol=1e-5, equal_nan=True)
