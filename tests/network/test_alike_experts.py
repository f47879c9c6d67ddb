"""Which experts are alike, so that one stands for others, and how many there are in all."""

from __future__ import annotations

import pytest

import archcalc
from archcalc.network import limits, routing

EXPERTS = """\
archcalc: 1
name: Experts
let: {T: 4, width: 8, %s}
axes: [T]
input: [T, width]
layers:
  - {name: gate, kind: linear, out_features: 7, bias: false}
  - name: experts
    from: input
    %s
    route: {by: gate, top: 2}
    layers:
      - %s
      - {name: down, kind: linear, out_features: width, bias: false}
"""
DEEP = """\
archcalc: 1
name: Deep
let: {T: 4, width: 8, depth: 34, experts: 62}
axes: [T]
input: [T, width]
blocks:
  expert:
    layers:
      - {name: down, kind: linear, out_features: width}
  routed:
    layers:
      - {name: gate, kind: linear, out_features: experts}
      - {name: experts, kind: expert, from: input, repeat: experts, route: {by: gate, top: 2}}
  decoder:
    layers:
      - {name: norm, kind: layer_norm}
      - {name: mlp, kind: routed}
layers:
"""


def times(text: str, **settings: int) -> set[int]:
    report = archcalc.check_text(text, settings=settings).require_ok()
    return {layer.step.times for layer in report.layers}


@pytest.fixture
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routing, "MOST_IDLE", 1)


def of_rows(sizes: list[int]) -> str:
    rows = ", ".join(f"{{hidden: {size}}}" for size in sizes)
    up = "{name: up, kind: linear, out_features: hidden}"
    return EXPERTS % (f"rows: [{rows}]", "repeat: rows", up)


@pytest.mark.usefixtures("_few")
@pytest.mark.parametrize("other", [2, 3, 5])
def test_each_copy_is_looked_at(other: int) -> None:
    sizes = [16] * 7
    sizes[other] = 32
    assert {error.code for error in archcalc.check_text(of_rows(sizes)).errors} == {"A325"}


@pytest.mark.usefixtures("_few")
def test_one_that_is_frozen_is_not_alike() -> None:
    rows = ", ".join(f"{{kept: {str(number == 4).lower()}}}" for number in range(7))
    text = EXPERTS % (f"rows: [{rows}]", "repeat: rows\n    frozen: kept", "{name: up, kind: linear, out_features: 8}")
    totals = archcalc.check_text(text).require_ok().totals
    each = 8 * 8 + 8 + 8 * 8
    assert (totals.params, totals.trainable_params) == (7 * 8 + 7 * each, 7 * 8 + 6 * each)


@pytest.mark.usefixtures("_few")
def test_rows_that_say_the_same_are_alike() -> None:
    assert times(of_rows([1024] * 7)) == {1, 5}


@pytest.mark.usefixtures("_few")
@pytest.mark.parametrize(
    ("inside", "found"),
    [
        ('{name: "up{index}", kind: linear, out_features: 8 + index, repeat: 2}', {1, 5}),
        ("{repeat: 2, when: index < 9, layers: [{kind: dropout, p: 0.1*index}]}", {1, 5}),
        ("{name: many, kind: dropout, p: 0.1, repeat: 2 + 0*index}", {1}),
        ("{kind: dropout, p: 0.1*index}", {1}),
    ],
)
def test_a_repeat_in_an_expert_has_an_index_of_its_own(inside: str, found: set[int]) -> None:
    assert times(EXPERTS % ("experts: 7", "repeat: experts", inside)) == found


@pytest.mark.parametrize(
    "layers",
    [
        "  - {name: layers, kind: decoder, repeat: depth}\n",
        '  - repeat: depth\n    layers: [{name: "layer{index}", kind: decoder}, {name: "relu{index}", kind: relu}]\n',
        "  - {name: first, kind: decoder}\n  - {name: layers, kind: decoder, repeat: depth}\n",
    ],
)
def test_all_copies_count_wherever_they_stand(layers: str) -> None:
    assert 33 * 60 <= limits.MOST_IDLE_IN_ALL < 34 * 60
    assert times(DEEP + layers) == {1, 60}
    assert times(DEEP + layers, depth=33) == {1}
