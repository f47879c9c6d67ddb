"""The contract between a layer kind and torch, as functions that tests and mutants both call.

``check_contract`` draws layers and inputs of one kind and holds every rule of the kind against what
torch does on a CPU. It raises AssertionError at a counterexample. Nothing here names a kind: what to
draw follows from the kind's fields (``draw_layers``).
"""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

import torch
from hypothesis import settings
from msgspec.structs import replace
from torch.utils.flop_counter import FlopCounterMode

from archcalc.diagnostics.codes import CODES
from archcalc.layers.contract import Layer
from archcalc.layers.need import Need, Sentence
from archcalc.layers.record import fields_of
from tests.support.draw_layers import Case, cases, failing, for_each, steady, thorough
from tests.support.own_modules import Parameter, class_of

BATCH = 2
"""Two samples: batch normalisation needs more than one, and no axis of ours is the batch by chance."""

REFUSALS = (RuntimeError, ValueError, TypeError, IndexError, AssertionError, ZeroDivisionError)
"""What torch raises at a layer or an input that it does not take."""

Site: TypeAlias = tuple[str, str | None, int | str]
"""Which need of a kind: its code, its field, and its sentence, or the line of what says it."""


@dataclass
class Tally:
    """What a run of ``check_contract`` met; ``ours`` are the needs that torch does not have, ``passed`` those shown."""

    accepted: int = 0
    refused: int = 0
    beyond_torch: int = 0
    needs: set[Site] = dataclasses.field(default_factory=set)
    failed_alone: set[Site] = dataclasses.field(default_factory=set)
    ours: set[Site] = dataclasses.field(default_factory=set)
    passed: set[Site] = dataclasses.field(default_factory=set)

    @property
    def examples(self) -> int:
        """How many examples were drawn."""
        return self.accepted + self.refused + self.beyond_torch


# torch


def stated_call(layer: Layer, x: tuple[int, ...]) -> tuple[str, list[Any], dict[str, Any]]:
    """The constructor call with what the layer states, also where something else arrives."""
    call = layer.torch(x)
    args, kwargs = list(call.args), dict(call.kwargs)
    for name in layer.infers(x):
        stated = getattr(layer, name)
        if stated is not None and name in layer.positional:
            args[layer.positional.index(name)] = stated
        elif stated is not None:
            kwargs[name] = stated
    return call.name, args, kwargs


def built(layer: Layer, x: tuple[int, ...]) -> torch.nn.Module:
    """The layer in torch, in training mode."""
    name, args, kwargs = stated_call(layer, x)
    if layer.own_parameter:
        return Parameter(replace(layer, **layer.infers(x)), layer.torch(x))
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # of what torch takes all the same: dropout between layers, of which there is one
        module: torch.nn.Module = class_of(type(layer), name)(*args, **kwargs)
    return module.train()


def arriving(layer: Layer, batch: int, x: tuple[int, ...]) -> torch.Tensor:
    """Random values that a layer takes: real ones, or whole ones that it can look up."""
    if layer.looks_up:
        return torch.randint(layer.num_embeddings, (batch, *x))  # type: ignore[attr-defined]
    return torch.randn(batch, *x, requires_grad=True)


def trained_in_torch(layer: Layer, x: tuple[int, ...], batch: int = BATCH) -> Any:
    """(module, output) of one training step on random values, or what torch raised."""
    with without_onednn():
        try:
            module = built(layer, x)
            # Times one: what arrives inside a network is no leaf, and may be worked on in place.
            output = module(arriving(layer, batch, x) * 1)
            if not (layer.own_buffer and layer.ignores_values):
                output.sum().backward()
        except REFUSALS as refusal:
            return refusal
    return module, output


def _evaluated(layer: Layer, module: torch.nn.Module, x: tuple[int, ...]) -> torch.Tensor:
    """The output without training, for which torch has other kernels (``max_pool1d``)."""
    with without_onednn(), torch.no_grad():
        output: torch.Tensor = module.eval()(arriving(layer, BATCH, x))
        module.train()
        return output


@contextmanager
def without_onednn() -> Iterator[None]:
    """torch as the oracle: warnings are no refusals, and oneDNN stays out.

    For on a CPU with AVX-512 oneDNN writes beyond its memory (torch 2.13) when the gradient is taken of
    ``Conv3d(1, 8, 4, stride=2, padding=(3, 0, 1))`` for 2 × 1 × 2 × 4 × 3. What torch takes is checked
    before oneDNN or torch's own kernels are chosen.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with torch.backends.mkldnn.flags(enabled=False):
            yield


def runs(layer: Layer, x: tuple[int, ...]) -> bool:
    """Whether torch gives an output at all; no gradient, which may be what we guard against."""
    try:
        _evaluated(layer, built(layer, x), x)
    except REFUSALS:
        return False
    return True


_COUNTED = 96
"""How many weights, times the first axis, MACs in torch are counted of: all that a layer without steps has."""


def macs_in_torch(layer: Layer, module: torch.nn.Module, x: tuple[int, ...]) -> int:
    """torch's own count for one sample; on the meta device, which counts what the CPU forgets.

    In evaluation, since batch normalisation reads its count of batches, which meta does not have.
    """
    with without_onednn(), FlopCounterMode(display=False) as counter:
        module.eval().to("meta")(arriving(layer, BATCH, x).detach().to("meta"))
    flops: int = counter.get_total_flops()
    assert flops % (2 * BATCH) == 0
    return flops // (2 * BATCH)


# The contract


def check_case(case: Case, tally: Tally) -> None:
    """Hold one layer against torch: what it accepts, gives, learns, keeps and costs."""
    layer, x = case
    needs = list(layer.checks(x))
    for need in needs:
        _check_need(layer, need)
    failed = failing(layer, x)
    binding = {site_of(need) for need in failed if not need.beyond_torch}
    tally.needs |= {site_of(need) for need in needs if not need.beyond_torch}
    tally.ours |= {site_of(need) for need in needs if need.beyond_torch}
    if binding:
        assert isinstance(trained_in_torch(layer, x), Exception), (
            f"torch accepts what fails {[need.why() for need in failed]}"
        )
        tally.refused += 1
        if len({site_of(need) for need in failed}) == 1:
            tally.failed_alone |= binding
    elif failed:
        tally.beyond_torch += 1
        ours = {site_of(need) for need in failed}
        if len(ours) == 1 and not ours <= tally.passed and runs(layer, x):
            tally.passed |= ours
    else:
        result = trained_in_torch(layer, x)
        assert not isinstance(result, Exception), f"torch refuses it: {result}"
        tally.accepted += 1
        _check_accepted(layer, x, *result)


def site_of(need: Need) -> Site:
    says = need.why
    return need.code, need.field, says.text if isinstance(says, Sentence) else says.__code__.co_firstlineno


def _check_need(layer: Layer, need: Need) -> None:
    assert type(need.holds) is bool
    assert need.code in CODES
    known = fields_of(type(layer))
    assert need.field is None or need.field in known
    if not need.holds:
        assert need.why()
        for name, value in (need.fix or {}).items():
            assert known[name].read(value, layer.axes) == value


def _check_accepted(layer: Layer, x: tuple[int, ...], module: torch.nn.Module, output: torch.Tensor) -> None:
    out = layer.out(x)
    assert all(type(size) is int for size in out)
    assert (BATCH, *out) == tuple(output.shape)
    assert (BATCH, *out) == tuple(_evaluated(layer, module, x).shape)
    # A parameter's own name is the layer's, and so there is none below it.
    names = {"parameter": ""} if layer.own_parameter else {}
    assert layer.weights(x) == {names.get(n, n): tuple(value.shape) for n, value in module.named_parameters()}
    assert layer.buffers(x) == {names.get(n, n): tuple(value.shape) for n, value in module.named_buffers()}
    assert {*layer.weights(x), *layer.buffers(x)} == {names.get(n, n) for n in module.state_dict()}
    macs = layer.macs(x)
    assert type(macs) is int
    # Of recurrent layers torch counts each step of each weight by itself: the shorter sequences show the same rule.
    if len(layer.weights(x)) * x[0] <= _COUNTED:
        assert macs == macs_in_torch(layer, module, x)


def check_contract(kind: type[Layer], chosen: settings | None = None) -> Tally:
    """Draw layers of this kind and check each; AssertionError at a counterexample."""
    tally = Tally()
    for_each(cases(kind), lambda case: check_case(case, tally), chosen or thorough(kind))
    return tally


# The number of samples

BATCHES = (1, BATCH)
"""The batches that are run: what one sample meets, any batch does, and two samples meet every condition so far."""


def check_batch(case: Case) -> bool:
    """Hold what a layer asks of the number of samples against torch, in both modes; whether it asks for anything."""
    layer, x = case
    if failing(layer, x):
        return False
    needs = list(layer.batch_needs(x))
    for need in needs:
        assert type(need.met_by_one) is bool
        assert need.code in CODES
        assert need.why()
        assert need.samples <= max(BATCHES), "no batch that is run meets it"
    for batch in BATCHES:
        unmet = [need for need in needs if need.samples > batch]
        trained = trained_in_torch(layer, x, batch)
        assert isinstance(trained, Exception) == bool(unmet), (
            f"training {batch}: {trained if isinstance(trained, Exception) else 'taken'}, where {needs} is said"
        )
        asked = [need for need in unmet if not need.only_in_training]
        assert _evaluates(layer, x, batch) != bool(asked), f"evaluation of {batch}, where {needs} is said"
        if not unmet:
            assert tuple(trained[1].shape) == (batch, *layer.out(x))
    return any(not need.met_by_one for need in needs)


def _evaluates(layer: Layer, x: tuple[int, ...], batch: int) -> bool:
    with without_onednn(), torch.no_grad():
        try:
            built(layer, x).eval()(arriving(layer, batch, x))
        except REFUSALS:
            return False
    return True


def check_batches(kind: type[Layer]) -> int:
    """Check layers of this kind, on their inputs and on one value a channel; how many ask for more than one sample."""
    asking = 0
    for layer, x in accepted(kind):
        asking += sum(map(check_batch, {(layer, x), (layer, (x[0], *[1] * (len(x) - 1)))}))
    return asking


@cache
def accepted(kind: type[Layer]) -> list[Case]:
    """Some thirty layers that take their inputs, the same ones every time."""
    found: list[Case] = []

    def keep(case: Case) -> None:
        if not failing(*case):
            found.append(case)

    for_each(cases(kind), keep, steady(45))
    return found
