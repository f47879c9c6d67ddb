"""How far ahead a network's places see, beside what torch shows when one token is changed."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from archcalc import Report, check_text
from archcalc.analysis.causality import sees_ahead
from archcalc.layers.contract import Layer
from archcalc.layers.kinds import arrange, attention, conv, layer_norm, norm, reduce, unflatten
from archcalc.layers.working import Trace, Window
from archcalc.sizes.rules import Shape
from archcalc.targets.generate import generate
from tests.support.generated_module import network_of

LENGTH, TOKENS = 8, 5

ATTENTION = "{name: a, kind: attention, from: [x, x, x], num_heads: 2, is_causal: %s}"
TURN = "{kind: permute, dims: [0, 2, 1]}"
CONV = "{kind: conv1d, out_channels: 4, kernel_size: 3%s}"
HEADS = ("{name: h, kind: rearrange, pattern: t (a d) -> a t d, a: 2}",)
BACK = "{kind: rearrange, pattern: a t d -> t (a d)}"

CASES: dict[str, tuple[tuple[str, ...], float]] = {
    "places by themselves": (("{kind: linear, out_features: 4}", "{kind: gelu}", "{kind: layer_norm}"), 0),
    "what is learnt": (("{name: p, kind: position_embedding, num_embeddings: 9, embedding_dim: 4}",
                        "{kind: add, from: [p, x]}"), 0),
    "attention to what came": ((ATTENTION % "true", "{kind: add, from: [a, x]}"), 0),
    "attention to a window": ((ATTENTION.replace("is_causal", "sliding_window: 3, is_causal") % "true",
                               "{kind: add, from: [a, x]}"), 0),
    "attention around": ((ATTENTION.replace("is_causal", "sliding_window: 3, is_causal") % "false",
                          "{kind: add, from: [a, x]}"), math.inf),
    "attention to all": ((ATTENTION % "false", "{kind: add, from: [a, x]}"), LENGTH - 1),
    "one of two to all": ((ATTENTION % "true", "{kind: multihead_attention, num_heads: 1}"), LENGTH - 1),
    "a head that hides": (("{kind: multihead_attention, num_heads: 2, is_causal: true}",), 0),
    "a mean over all": (("{name: m, kind: mean, dim: 1, keepdim: true}", "{kind: add, from: [m, x]}"), LENGTH - 1),
    "a mean over values": (("{name: m, kind: mean, dim: 2, keepdim: true}", "{kind: add, from: [m, x]}"), 0),
    "a window around": ((TURN, CONV % ", padding: 1", TURN), 1),
    "a window behind": ((TURN, "{kind: pad, padding: [2, 0]}", CONV % "", TURN), 0),
    "a window ahead": ((TURN, "{kind: pad, padding: [0, 2]}", CONV % "", TURN), 2),
    "a window cut off": ((TURN, CONV % ", padding: 2", "{kind: slice, dim: 2, stop: -2}", TURN), 0),
    "a wider window": ((TURN, CONV % ", padding: 4, dilation: 2", "{kind: slice, dim: 2, start: 1, stop: 9}", TURN), 1),
    "what features have in common over all places": (
        ("{name: g, kind: einsum, equation: 't d, t e -> d e', from: [x, x]}",
         "{kind: einsum, equation: 't d, d e -> t e', from: [x, g]}"), LENGTH - 1),
    "a product of each place by itself": (("{kind: einsum, equation: 't d, t d -> t d', from: [x, x]}",), 0),
    "places beside what was turned into them": (("{name: w, kind: linear, out_features: 8}",
                                                 "{name: t, kind: permute, dims: [0, 2, 1]}",
                                                 "{kind: add, from: [w, t]}"), math.inf),
    "every second place": ((TURN, CONV % ", stride: 2, padding: 2", TURN), 4),
    "one place later": (("{name: first, kind: slice, dim: 1, stop: 1}",
                         "{name: none, kind: parameter, from: first, init: {weight: {normal: {std: 1}}}}",
                         "{name: both, kind: concat, dim: 1, from: [none, x]}",
                         "{kind: slice, dim: 1, start: 1}"), 0),
    "two places later, and three earlier": (("{kind: pad, padding: [0, 0, 2, 0]}",
                                             "{kind: slice, dim: 1, start: 3}"), 1),
    "two places later, as long as before": (("{name: p, kind: pad, padding: [0, 0, 2, 0]}",
                                             "{name: l, kind: crop_as, from: [p, x], dims: [1]}",
                                             "{kind: slice, dim: 1, start: 3}"), 1),
    "one place earlier": (("{kind: slice, dim: 1, start: 1}",), 1),
    "the first, beside each": (("{name: first, kind: slice, dim: 1, stop: 1}", "{kind: add, from: [first, x]}"), 0),
    "the last, beside each": (("{name: last, kind: slice, dim: 1, start: -1}", "{kind: add, from: [last, x]}"), 7),
    "put in front of itself": (("{name: both, kind: concat, dim: 1, from: [x, x]}",
                                "{kind: slice, dim: 1, stop: 8}"), 0),
    "another behind it": (("{name: l, kind: linear, out_features: 4}",
                           "{name: both, kind: concat, dim: 1, from: [l, x]}",
                           "{kind: slice, dim: 1, start: 7, stop: 15}"), 7),
    "statistics of a batch": ((TURN, "{kind: batch_norm1d}", TURN), math.inf),
    "values of a group": ((TURN, "{kind: group_norm, num_groups: 2}", TURN), LENGTH - 1),
    "in another order": (("{kind: flatten}", "{kind: reshape, shape: [8, 4]}"), math.inf),
    "norms of heads": (("{kind: unflatten, dim: 2, unflattened_size: [2, 2]}", "{kind: rms_norm}",
                        "{name: heads, kind: flatten, start_dim: 2}",
                        ATTENTION.replace("[x, x", "[heads, x") % "true"), 0),
    "norms of heads that are read": (("{kind: reshape, shape: [-1, 2, 2]}", "{kind: layer_norm}",
                                      "{name: heads, kind: reshape, shape: [-1, 4]}",
                                      ATTENTION.replace("x, x, x", "x, heads, x") % "true"), 0),
    "heads before places": ((*HEADS, ATTENTION.replace("x, x, x", "h, h, h").replace("heads: 2", "heads: 1") % "true",
                             BACK), 0),
    "heads before places, to all": ((*HEADS, ATTENTION.replace("x, x, x", "h, h, h") % "false", BACK), LENGTH - 1),
    "places put together": (("{kind: unflatten, dim: 1, unflattened_size: [4, 2]}",
                             "{kind: layer_norm, normalized_shape: [2, 4]}",
                             "{kind: flatten, start_dim: 1, end_dim: 2}"), math.inf),
    "pairs of places": (("{kind: rearrange, pattern: (t a) c -> t (a c), a: 2}",
                         "{kind: layer_norm}", "{kind: reshape, shape: [8, 4]}"), math.inf),
}  # fmt: skip
"""Layers between an embedding and the scores, and how far ahead they see."""

PIECES = (
    "{{name: {to}, kind: linear, out_features: 4}}",
    "{{name: l{to}, kind: layer_norm}}|{{name: {to}, kind: add, from: [l{to}, {x}]}}",
    "{{name: h{to}, kind: unflatten, dim: 2, unflattened_size: [2, -1]}}|{{name: n{to}, kind: rms_norm}}"
    "|{{name: {to}, kind: flatten, start_dim: 2}}",
    "{{name: h{to}, kind: reshape, shape: [-1, 4, 1]}}|{{name: {to}, kind: reshape, shape: [-1, 4]}}",
    "{{name: h{to}, kind: rearrange, pattern: t (a d) -> a t d, a: 2}}"
    "|{{name: a{to}, kind: attention, from: [h{to}, h{to}, h{to}], num_heads: 1, is_causal: true}}"
    "|{{name: {to}, kind: rearrange, pattern: a t d -> t (a d)}}",
    "{{name: a{to}, kind: attention, from: [{x}, {x}, {x}], num_heads: 2, is_causal: true}}"
    "|{{name: {to}, kind: add, from: [a{to}, {x}]}}",
    "{{name: {to}, kind: gru, hidden_size: 4}}",
    "{{name: t{to}, kind: permute, dims: [0, 2, 1]}}|{{name: p{to}, kind: pad, padding: [1, 0]}}"
    "|{{name: c{to}, kind: conv1d, out_channels: 4, kernel_size: 2}}|{{name: {to}, kind: permute, dims: [0, 2, 1]}}",
    "{{name: t{to}, kind: permute, dims: [0, 2, 1]}}"
    "|{{name: c{to}, kind: conv1d, out_channels: 4, kernel_size: 3, padding: 1}}"
    "|{{name: {to}, kind: permute, dims: [0, 2, 1]}}",
    "{{name: u{to}, kind: unflatten, dim: 1, unflattened_size: [2, 4]}}"
    "|{{name: n{to}, kind: layer_norm, normalized_shape: [4, 4]}}"
    "|{{name: {to}, kind: flatten, start_dim: 1, end_dim: 2}}",
)
"""Layers that give as many places and values as they take of ``x``, the last of them being ``to``."""


def checked(layers: tuple[str, ...]) -> Report:
    text = "\n".join(f"  - {layer}" for layer in layers)
    spec = f"""\
archcalc: 1
name: Ahead
input: {{shape: [{LENGTH}], below: {TOKENS}}}
layers:
  - {{name: x, kind: embedding, num_embeddings: {TOKENS}, embedding_dim: 4}}
{text}
  - {{kind: linear, out_features: {TOKENS}}}
"""
    report = check_text(spec, file="ahead.yaml")
    assert report.ok, report.diagnostics
    return report


def seen(report: Report) -> int | None:
    """How far ahead a change of one token is seen at most, in training; ``None`` where no place sees any."""
    network = network_of(generate(report).files, report).double()
    found: list[int] = []
    for seed in range(3):
        torch.default_generator.manual_seed(seed)
        tokens = torch.randint(TOKENS, (2, LENGTH))
        given = network(tokens)
        for place in range(LENGTH):
            other = tokens.clone()
            other[:, place] = (other[:, place] + 1) % TOKENS
            changed = (network(other) - given).abs().amax((0, 2)) > 1e-12
            found += [place - first for first in changed.nonzero()[:1, 0].tolist()]
    return max(found, default=None)


def said(report: Report) -> float | None:
    assert report.facts is not None
    (sight,) = sees_ahead(report.facts)
    return None if sight is None else sight.places


@pytest.mark.parametrize("case", CASES)
def test_a_place_sees_as_far_ahead_as_torch_shows(case: str) -> None:
    layers, ahead = CASES[case]
    report = checked(layers)
    assert said(report) == ahead
    shown = seen(report)
    assert shown is not None
    assert shown <= ahead
    # What is only known to be somewhere is said to be everywhere.
    assert shown == max(0, ahead) or ahead == math.inf or case == "every second place"


@settings(max_examples=12, deadline=None)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=4))
def test_no_place_of_drawn_layers_sees_farther_ahead_than_is_said(pieces: list[str]) -> None:
    layers = [
        layer
        for number, piece in enumerate(pieces)
        for layer in piece.format(x=f"x{number}" if number else "x", to=f"x{number + 1}").split("|")
    ]
    report = checked(tuple(layers))
    ahead, shown = said(report), seen(report)
    assert ahead is not None
    assert shown is not None
    assert shown <= ahead
    # Only the last two see ahead at all.
    assert ahead == 0 or {*pieces} & {*PIECES[-2:]}


def test_what_sees_nothing_sees_nothing_ahead() -> None:
    report = checked(("{kind: parameter, init: {weight: {normal: {std: 1}}}}",))
    assert said(report) is None
    assert seen(report) is None


def test_the_first_layer_that_sees_ahead_is_named() -> None:
    all_of_it = "{name: %s, kind: multihead_attention, num_heads: 2}"
    layers = ATTENTION % "true", all_of_it % "b", all_of_it % "c"
    facts = checked(layers).facts
    assert facts is not None
    (sight,) = sees_ahead(facts)
    assert sight is not None
    assert sight.since == "b"


def _hidden(self: attention.Attention, *xs: Shape) -> tuple[Trace | None, ...]:
    axes = (0, 1)
    return (Trace((Window(), Window(4, 0)), axes), *(Trace((None, Window(4, 0)), axes),) * 2)


def _behind(self: conv.Conv1d, x: Shape) -> tuple[Window, ...]:
    return (Window(3, 1, 2),)


def _nothing(self: reduce.Mean, x: Shape) -> tuple[Trace | None, ...]:
    return (Trace((Window(), Window()), (0, 1)),)


def _places_stay(self: arrange.Flatten, x: Shape) -> tuple[Trace | None, ...]:
    return (Trace((Window(), None, Window()), (0, 2)),)


BROKEN: dict[str, list[tuple[type[Layer], str, object]]] = {
    "attention to all": [
        (attention.Attention, "traces", _hidden),
        (attention.Attention, "hides_later", property(lambda self: True)),
    ],
    "a window around": [(conv.Conv1d, "window", _behind)],
    "a mean over all": [(reduce.Mean, "traces", _nothing)],
    "places put together": [
        (unflatten.Unflatten, "traces", lambda self, x: (Trace((Window(), Window()), (0, None, 1)),)),
        (layer_norm.LayerNorm, "traces", lambda self, x: (Trace((Window(),) * 3, (0, 1, 2)),)),
        (arrange.Flatten, "traces", _places_stay),
    ],
    "statistics of a batch": [(norm.BatchNorm1d, "batch_statistics", False)],
}
"""What kinds would state of themselves wrongly, by the case that shows it."""


@pytest.mark.parametrize("case", BROKEN)
def test_torch_shows_what_a_kind_states_wrongly(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    report = checked(CASES[case][0])
    for kind, name, other in BROKEN[case]:
        monkeypatch.setattr(kind, name, other)
    ahead, shown = said(report), seen(report)
    assert ahead is not None
    assert shown is not None
    assert shown > ahead
