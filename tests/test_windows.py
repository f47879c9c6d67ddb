"""Whole networks of attention within windows as people write them: what their text says, torch, and their code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archcalc.targets.python.source import Code
from archcalc.targets.torch import plan_model
from archcalc.targets.torch.own_classes import own_class
from tests.support.drawn.held import WHAT, outcomes
from tests.support.drawn.windows import draw_windows

EXAMPLES = settings().max_examples


@settings(max_examples=max(10, EXAMPLES // 5), deadline=None)
@given(st.integers(0, 2**40))
def test_a_network_is_what_its_text_says_and_so_is_its_code(number: int) -> None:
    assert [one.wrong for one in outcomes(draw_windows(Random(number))) if one.wrong] == []


def test_most_are_networks_and_some_are_refused() -> None:
    became = Counter(one.what for number in range(40) for one in outcomes(draw_windows(Random(number)), code=False))
    assert became.keys() <= WHAT.keys()
    assert became["held"] > 0.6 * became.total()
    assert became["refused"] >= 4


def _own_class(right: str, wrong: str) -> Callable[[str], Code]:
    def broken(kind: str) -> Code:
        return Code(own_class(kind).replace(right, wrong))

    return broken


SLIPS: dict[str, tuple[str, str]] = {
    "a shift that masks nothing": ("torch.where(apart, -100.0, 0.0)", "torch.where(apart, 0.0, 0.0)"),
    "a seam that is a place too early": ("seam = size - shift if", "seam = size - shift - 1 if"),
    "a seam where one window is all": ("size - shift if size > window else size", "size - shift"),
    "sides of one axis alone": ("sides = 2 * sides + side", "sides = sides + side"),
    "rolled the other way": ("one * rolls for", "-one * rolls for"),
    "rolled where one window is all": ("x.shape[dim] > size", "x.shape[dim] > 0"),
    "padded before the map": ("[-2 * (dim % x.dim()) - 1]", "[-2 * (dim % x.dim()) - 2]"),
    "pairs seen from the other place": ("place[:, None] - place +", "place - place[:, None] +"),
    "another order of axes": (
        "for axis in self.after for name in axis]",
        "for axis in self.after for name in axis[::-1]]",
    ),
}
KINDS = ("shifted_window_mask", "roll", "pad_to_multiple", "rearrange", "relative_position_bias")


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_found(slip: str, monkeypatch: pytest.MonkeyPatch) -> None:
    right, wrong = SLIPS[slip]
    (kind,) = (kind for kind in KINDS if right in own_class(kind))
    monkeypatch.setattr(plan_model, "own_class", _own_class(right, wrong))
    drawn = (draw_windows(Random(number)) for number in range(120))
    assert any(one.wrong for one_drawn in drawn if kind in str(one_drawn) for one in outcomes(one_drawn))
