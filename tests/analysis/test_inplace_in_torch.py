"""What every kind says of memory, beside what torch does: a kind is tested from the day it is registered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, cached_property
from itertools import product
from typing import Any, TypeAlias

import pytest
import torch
from msgspec.structs import replace

from archcalc.analysis.inplace import FIELD
from archcalc.layers.contract import KINDS, Layer
from archcalc.layers.fields import Choice
from archcalc.layers.record import defaults_of, fields_of
from archcalc.layers.size_fields import PerAxis
from archcalc.sizes.rules import Shape, known_sizes
from tests.support.draw_layers import ONE_INPUT, failing
from tests.support.inplace_oracle import is_overwritten
from tests.support.join_oracle import taken_joins
from tests.support.own_modules import class_of
from tests.support.torch_oracle import BATCH, accepted, built, without_onednn

Case: TypeAlias = tuple[Layer, tuple[tuple[int, ...], ...]]
"""A layer and the shapes of what it takes, without the batch."""

# What is looked up is the network's input, of whole numbers, which nothing overwrites.
every_kind = pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if not kind.looks_up])


@cache
def cases(kind: str) -> tuple[Case, ...]:
    """Layers of a kind with inputs that they take, the same ones every time."""
    if kind not in ONE_INPUT:
        return tuple(taken_joins(KINDS[kind]))
    drawn = accepted(KINDS[kind])
    found = {(way, (x,)): None for layer, x in drawn for one in (layer, _bare(layer)) for way in _worded(one)}
    return tuple((layer, xs) for layer, xs in found if not failing(layer, *xs))


def _bare(layer: Layer) -> Layer:
    """The layer with nothing stated but what must be."""
    kind = type(layer)
    return kind(**{name: getattr(layer, name) for name in fields_of(kind) if name not in defaults_of(kind)})


def _worded(layer: Layer) -> Iterator[Layer]:
    """The layer with every word, and every flag for what is done in place, that its fields know."""
    choices: dict[str, tuple[Any, ...]] = {}
    for name, field in fields_of(type(layer)).items():
        if isinstance(field, Choice):
            choices[name] = field.options
        elif isinstance(field, PerAxis) and field.words:
            choices[name] = (getattr(layer, name), *field.words)
        elif name == FIELD:
            choices[name] = (False, True)
    for values in product(*choices.values()):
        yield replace(layer, **dict(zip(choices, values, strict=True)))


class Memory:
    """What torch does with the memory of what one layer takes and gives."""

    def __init__(self, layer: Layer, xs: tuple[Shape, ...], training: bool) -> None:
        self.layer, self.xs, self.training = layer, xs, training

    def _pass(self) -> tuple[list[Any], Any]:
        taken = [torch.randn(BATCH, *known_sizes(x), requires_grad=True) * 1 for x in self.xs]
        if self.layer.own_module and self.layer.arity[1] != 1:
            call = self.layer.torch(*self.xs)
            module = class_of(type(self.layer), call.name)(*call.args, **call.kwargs)
            return taken, module.train(self.training)(*taken)
        if self.layer.arity[1] != 1:
            names = {f"x{index}": value for index, value in enumerate(taken)}
            return taken, eval(self.layer.expression(list(names)), {"torch": torch}, names)
        return taken, built(self.layer, known_sizes(self.xs[0])).train(self.training)(*taken)

    @cached_property
    def _first(self) -> tuple[list[Any], Any]:
        """A pass of which nothing is touched."""
        return self._pass()

    @property
    def overwrites(self) -> bool:
        taken, _ = self._first
        return any(value._version > 0 for value in taken)

    @property
    def shares(self) -> bool:
        taken, given = self._first
        with torch.no_grad():
            # Without gradients torch may go another way.
            taken_then, given_then = self._pass()
        pairs = [(value, given) for value in taken] + [(value, given_then) for value in taken_then]
        return any(one.untyped_storage().data_ptr() == other.untyped_storage().data_ptr() for one, other in pairs)

    def keeps(self, which: int | None) -> bool:
        """Whether the backward pass is refused once what was taken at this place, or else what is given, is touched."""
        taken, given = self._pass()
        (given if which is None else taken[which]).detach().add_(0)
        try:
            given.sum().backward()
        except RuntimeError as refusal:
            return is_overwritten(refusal)
        return False

    @property
    def keeps_input(self) -> bool:
        return any(self.keeps(place) for place in range(len(self.xs)))

    @property
    def keeps_output(self) -> bool:
        return self.keeps(None)


def both_modes(kind: str) -> Iterator[tuple[Layer, tuple[tuple[int, ...], ...], Memory]]:
    for layer, xs in cases(kind):
        for training in (True, False):
            yield layer, xs, Memory(layer, xs, training)


def unlike(kind: str) -> list[tuple[Layer, str]]:
    """Layers that are said to do otherwise than torch does, and in what."""
    found = []
    with without_onednn():
        for layer, xs, memory in both_modes(kind):
            writes = layer.overwrites(memory.training)
            if writes != memory.overwrites:
                found.append((layer, "overwrites"))
            if (writes or layer.shares(memory.training)) != memory.shares:
                found.append((layer, "shares"))
            if layer.ignores_values:
                # It gives every sample the same memory, over which torch writes nothing.
                with pytest.raises(RuntimeError, match="single memory location"):
                    memory.keeps(None)
            elif layer.keeps_output() != memory.keeps_output and not (layer.keeps_output() and _is_several(layer)):
                found.append((layer, "keeps_output"))
            # What is overwritten cannot be kept: torch then keeps a copy, or what is given.
            if not writes and layer.keeps_input() != memory.keeps_input and not _elsewhere(layer, xs, memory.training):
                found.append((layer, "keeps_input"))
    return found


def _is_several(layer: Layer) -> bool:
    """Whether it is several of torch's operations on several values: which of them keep what, no field of it tells."""
    return layer.own_module and layer.arity != (1, 1)


def _elsewhere(layer: Layer, xs: tuple[Shape, ...], training: bool) -> bool:
    """Whether torch keeps another input of the very same layer, larger or of one place: its fields do not tell."""
    if not layer.keeps_input():
        return False
    if _is_several(layer):
        return any(memory.keeps_input for _, _, memory in both_modes(layer.kind))
    if len(xs) > 1:
        # Of an axis that a product sums over first torch keeps the sums, but of one place there is nothing to sum.
        return Memory(layer, tuple((1,) * len(x) for x in xs), training).keeps_input
    others = ((xs[0][0], *(size * 2 + 2 for size in xs[0][1:])), (1, *xs[0][1:]))
    return any(not failing(layer, x) and Memory(layer, (x,), training).keeps_input for x in others)


@every_kind
def test_what_a_kind_says_of_memory_is_what_torch_does(kind: str) -> None:
    assert unlike(kind) == []


# Each rule of a kind, broken as someone might break it.

MUTANTS: dict[str, tuple[str, str, Callable[..., bool]]] = {
    "a dropout that copies in evaluation": ("dropout", "shares", lambda self, training: self.p == 0),
    "a dropout of nothing that copies": ("dropout2d", "shares", lambda self, training: not training),
    "a dropout that overwrites in evaluation": ("dropout", "overwrites", lambda self, training: self.inplace),
    "a dropout of nothing that overwrites": ("dropout", "overwrites", lambda self, training: self.inplace and training),
    "an alpha dropout in place": (
        "feature_alpha_dropout",
        "overwrites",
        lambda self, training: self.inplace and training,
    ),
    "stochastic depth that copies": ("stochastic_depth", "shares", lambda self, training: False),
    "a convolution that keeps no copy": ("conv2d", "keeps_input", lambda self: True),
    "a convolution with uneven zeros": ("conv1d", "keeps_input", lambda self: self.padding_mode != "circular"),
    "padding that reads its input twice": ("pad", "keeps_input", lambda self: self.mode != "constant"),
    "padding that keeps nothing": ("pad", "keeps_input", lambda self: False),
    "areas that keep nothing": ("upsample", "keeps_input", lambda self: False),
    "one average that keeps all": ("adaptive_avg_pool2d", "keeps_input", lambda self: True),
    "a relu that keeps what it takes": ("relu", "keeps_output", lambda self: False),
    "an elu in place that keeps nothing": ("elu", "keeps_output", lambda self: False),
    "a silu in place that keeps what it gives": ("silu", "keeps_output", lambda self: self.inplace),
    "a softmax that keeps nothing": ("softmax", "keeps_output", lambda self: False),
    "a flatten that copies": ("flatten", "shares", lambda self, training: False),
    "a product that keeps nothing": ("multiply", "keeps_input", lambda self: False),
    "a sum that keeps all": ("add", "keeps_input", lambda self: True),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kind, rule, mutant = MUTANTS[name]
    monkeypatch.setattr(KINDS[kind], rule, mutant)
    assert rule in {what for _, what in unlike(kind)}
