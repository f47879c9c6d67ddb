"""A kind's constructor and what it says of its training, against torch."""

from __future__ import annotations

import inspect
import warnings

import torch
from msgspec.structs import replace

from archcalc.layers.contract import Layer
from archcalc.layers.fields import Real
from archcalc.layers.how_many import HowMany
from archcalc.layers.record import defaults_of, fields_of
from tests.support.own_modules import class_of
from tests.support.torch_oracle import BATCH, accepted, arriving, built

# Constructor and flags


def check_constructor(kind: type[Layer]) -> None:
    """The fields and their defaults are torch's, and the call says no more than it must."""
    if kind.own_parameter:
        return
    parameters = inspect.signature(class_of(kind, kind.__name__)).parameters
    assert set(fields_of(kind)) <= set(parameters)
    assert kind.positional == tuple(parameters)[: len(kind.positional)]
    for name, default in defaults_of(kind).items():
        expected = parameters[name].default
        # What torch requires and the input tells may be left out here.
        assert default == (None if expected is inspect.Parameter.empty else expected), name
    for layer, x in accepted(kind):
        call = layer.torch(x)
        assert len(call.args) == len(kind.positional)
        assert all(value != defaults_of(kind).get(name, ...) for name, value in call.kwargs.items())


def check_flags(kind: type[Layer]) -> None:
    """What a kind says of its training is how torch behaves, over the accepted layers together."""
    with warnings.catch_warnings():
        # torch says once a process that `same` padding may be slow.
        warnings.simplefilter("ignore")
        passes = [_two_passes(*case) for case in accepted(kind)]
        if kind.random_in_training:
            passes += [_two_passes(_as_random(layer), x) for layer, x in accepted(kind)[:10]]
        sees_the_other = any(_sees_the_other_sample(*case) for case in accepted(kind))
        is_softmax = all(_is_softmax(*case) for case in accepted(kind))
    assert any(not torch.equal(*two) for two in passes) == kind.random_in_training
    assert sees_the_other == kind.batch_statistics
    assert is_softmax == kind.gives_probabilities


def _as_random(layer: Layer) -> Layer:
    """The layer with shares of a half, and of two parts: what is dropped between parts is seldom drawn."""
    fields = fields_of(type(layer))
    halves = {name: 0.5 for name, field in fields.items() if isinstance(field, Real) and field.at_most == 1}
    return replace(layer, **halves | {name: 2 for name, field in fields.items() if isinstance(field, HowMany)})


def _two_passes(layer: Layer, x: tuple[int, ...]) -> tuple[torch.Tensor, torch.Tensor]:
    module, inputs = built(layer, x), arriving(layer, BATCH, x).detach()
    # A power of a negative number is no number, and not equal to itself.
    return module(inputs.clone()).nan_to_num(), module(inputs.clone()).nan_to_num()


def _sees_the_other_sample(layer: Layer, x: tuple[int, ...]) -> bool:
    module, inputs = built(layer, x), arriving(layer, BATCH, x).detach()
    first = []
    for batch in (inputs, torch.cat([inputs[:1], arriving(layer, 1, x).detach()])):
        torch.default_generator.manual_seed(0)
        first.append(module(batch.clone())[0].nan_to_num())
    return not torch.equal(*first)


def _is_softmax(layer: Layer, x: tuple[int, ...]) -> bool:
    module, inputs = built(layer, x), arriving(layer, BATCH, x).detach()
    output = module(inputs.clone())
    inputs = inputs.float()
    softmaxes = [torch.softmax(inputs, axis) for axis in range(1, len(x) + 1)]
    return any(output.shape == softmax.shape and torch.allclose(output, softmax) for softmax in softmaxes)
