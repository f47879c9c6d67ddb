"""A small share of ``make model-mutants``: mutants that were alive before generated tests had the layer table."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from archcalc import check_text
from archcalc.targets.generate import generate
from tests.support.model_mutants import constructors, forwards, starts
from tests.support.model_mutants.places import OPERATORS, Mutant, draw, mutants
from tests.support.model_mutants.trials import tried

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))

import model_mutants  # noqa: E402

SPEC = """
archcalc: 1
name: Tiny
input: [2, 9, 8]
init: {weight: {normal: {std: 0.3}}, bias: 1}
blocks:
  residual:
    layers:
      - {name: conv, kind: conv2d, out_channels: 4, kernel_size: 3, padding: 1, bias: false}
      - {name: bn, kind: batch_norm2d}
      - {name: relu, kind: relu}
      - {name: depth, kind: stochastic_depth, p: 0.4}
      - {kind: add, from: [depth, input]}
layers:
  - {name: conv, kind: conv2d, out_channels: 4, kernel_size: 3, padding: 1}
  - {name: norm, kind: local_response_norm, size: 3, k: 2.0}
  - {name: res, kind: residual}
  - {name: pool, kind: max_pool2d, kernel_size: 2}
  - {name: both, kind: concat, from: [pool, pool]}
  - {kind: flatten}
  - {name: drop, kind: dropout, p: 0.3}
  - {name: fc, kind: linear, out_features: 5}
  - {name: prob, kind: softmax}
"""
NOTICED = {
    "another activation": ("nn.ReLU()", "nn.GELU()"),
    "maximum or mean": ("nn.MaxPool2d", "nn.AvgPool2d"),
    "a constant": ("k=2)", "k=1)"),
    "a rate": ("nn.Dropout(0.3)", "nn.Dropout(0.5)"),
    "stochastic depth off": ("StochasticDepth(0.4)", "StochasticDepth(0.0)"),
    "softmax over the batch": ("nn.Softmax(dim=1)", "nn.Softmax(dim=0)"),
    "the start left out": ("self.reset_parameters()", "pass"),
    "another deviation": ("std=0.3", "std=0.6"),
    "minus": ("out + x", "out - x"),
}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = generate(check_text(SPEC, file="tiny.yaml"), out=tmp_path_factory.mktemp("generated"))
    made.write()
    return made.folder


def test_what_changes_nothing_is_told_from_what_is_not_noticed(tiny: Path, tmp_path: Path) -> None:
    text = (tiny / "model.py").read_text("utf-8")
    same = Mutant("", 1, "", "", text.replace("x = self.norm(x)", "x = self.norm(x) * 1"))
    assert same.text != text
    assert tried(tiny, same, tmp_path).verdict == "equivalent"
    broken = Mutant("", 1, "", "", text.replace("x = self.norm(x)", "x = self.fc(x)"))
    assert tried(tiny, broken, tmp_path).verdict == "broken"


@pytest.mark.parametrize("slip", NOTICED)
def test_slips_are_noticed(slip: str, tiny: Path, tmp_path: Path) -> None:
    old, new = NOTICED[slip]
    text = (tiny / "model.py").read_text("utf-8")
    assert old in text
    assert tried(tiny, Mutant("", 1, old, new, text.replace(old, new)), tmp_path).verdict == "killed"


def test_a_slip_is_at_one_place_and_drawn_alike_from_the_same_seed(tiny: Path) -> None:
    text = (tiny / "model.py").read_text("utf-8")
    every = mutants(text)
    assert len({one.operator for one in every}) > 12
    assert len({one.text for one in every}) == len(every)
    assert draw(text, 20, 1) == draw(text, 20, 1) != draw(text, 20, 2)


def test_there_are_many_operators() -> None:
    assert len(OPERATORS) >= 12
    assert {constructors, forwards, starts} == set(model_mutants.WORDS)


def test_the_page_is_of_these_results() -> None:
    assert model_mutants.PAGE.read_text("utf-8") == model_mutants.page(model_mutants.kept())
