"""Recurrent layers: a place at a time, written out."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from templates.torch.reference.layer import Layer


def recurrent(layer: Layer, x: Tensor, step: Any) -> Tensor:
    """What the last layer gives at each place; step makes the next state and cell."""
    hidden, both = layer.settings["hidden_size"], layer.settings["bidirectional"]
    for number in range(layer.settings["num_layers"]):
        ways = []
        for way in ("", "_reverse")[: 2 if both else 1]:
            own = of_layer(layer, f"l{number}{way}")
            state = cell = x.new_zeros(len(x), hidden)
            states = []
            for place in (x.flip(1) if way else x).unbind(1):
                state, cell = step(own, place, state, cell)
                states.append(state)
            given = torch.stack(states, 1)
            ways.append(given.flip(1) if way else given)
        x = torch.cat(ways, 2)
    return x


def of_layer(layer: Layer, suffix: str) -> Layer:
    """One layer's own tensors, without the suffix that says whose they are."""
    own = {
        name.removesuffix(f"_{suffix}"): tensor for name, tensor in layer.tensors.items() if name.endswith(f"_{suffix}")
    }
    return layer._replace(tensors=own)


def sums(
    layer: Layer,
    x: Tensor,
    state: Tensor,
    gates: int,
) -> list[tuple[Tensor, Tensor]]:
    """For each gate what the place and what the state have to say."""
    t = layer.tensors
    of_x = F.linear(x, t["weight_ih"], t.get("bias_ih"))
    of_state = F.linear(state, t["weight_hh"], t.get("bias_hh"))
    return [*zip(of_x.chunk(gates, 1), of_state.chunk(gates, 1), strict=True)]


def rnn_step(
    layer: Layer,
    x: Tensor,
    state: Tensor,
    cell: Tensor,
) -> tuple[Tensor, Tensor]:
    ((of_x, of_state),) = sums(layer, x, state, 1)
    given = of_x + of_state
    relu = layer.settings["nonlinearity"] == "relu"
    return given.relu() if relu else given.tanh(), cell


def lstm_step(
    layer: Layer,
    x: Tensor,
    state: Tensor,
    cell: Tensor,
) -> tuple[Tensor, Tensor]:
    gates = [a + b for a, b in sums(layer, x, state, 4)]
    enters, forgets, values, leaves = gates
    cell = forgets.sigmoid() * cell + enters.sigmoid() * values.tanh()
    return leaves.sigmoid() * cell.tanh(), cell


def gru_step(
    layer: Layer,
    x: Tensor,
    state: Tensor,
    cell: Tensor,
) -> tuple[Tensor, Tensor]:
    (reset, by_state), (keep, keeps), (new, old) = sums(layer, x, state, 3)
    kept = (keep + keeps).sigmoid()
    value = (new + (reset + by_state).sigmoid() * old).tanh()
    return kept * state + (1 - kept) * value, cell


def rnn(layer: Layer, x: Tensor) -> Tensor:
    return recurrent(layer, x, rnn_step)


def lstm(layer: Layer, x: Tensor) -> Tensor:
    return recurrent(layer, x, lstm_step)


def gru(layer: Layer, x: Tensor) -> Tensor:
    return recurrent(layer, x, gru_step)


def rnn_with_dropout(layer: Layer, x: Tensor) -> Tensor:
    relu = layer.settings["nonlinearity"] == "relu"
    return called(layer, x, torch.rnn_relu if relu else torch.rnn_tanh, 1)


def lstm_with_dropout(layer: Layer, x: Tensor) -> Tensor:
    return called(layer, x, torch.lstm, 2)


def gru_with_dropout(layer: Layer, x: Tensor) -> Tensor:
    return called(layer, x, torch.gru, 1)


def called(layer: Layer, x: Tensor, function: Any, states: int) -> Tensor:
    """By torch's own function, which alone draws as its module does."""
    settings = layer.settings
    both, bias = settings["bidirectional"], settings["bias"]
    sizes = settings["num_layers"] * (1 + both), len(x), settings["hidden_size"]
    zeros = [x.new_zeros(sizes) for _ in range(states)]
    given: Tensor = function(
        x,
        zeros if states > 1 else zeros[0],
        [*layer.tensors.values()],
        bias,
        settings["num_layers"],
        settings["dropout"],
        layer.training,
        both,
        True,
    )[0]
    return given
