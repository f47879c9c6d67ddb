"""Windows of attention against torchvision's own: the index of relative positions, and the mask of a shift."""

from __future__ import annotations

import math
from typing import Any
from unittest.mock import patch

import pytest
import torch

import archcalc
from archcalc.layers.contract import KINDS
from archcalc.sizes import symbolic
from archcalc.sizes.rules import UNKNOWN, Shape
from archcalc.targets.torch.reference_functions import reference_source
from tests.support.broken_kinds import broken
from tests.support.draw_layers import steady
from tests.support.number_kinds import substituted
from tests.support.own_modules import own_class
from tests.support.torch_oracle import check_contract
from tests.support.torchvision_oracle import torchvision_module

MASK: Any = KINDS["shifted_window_mask"]
BIAS: Any = KINDS["relative_position_bias"]


@pytest.mark.parametrize("window", [(7, 7), (2, 3), (1, 4)])
def test_pairs_have_the_rows_that_torchvision_gives_them(window: tuple[int, int]) -> None:
    theirs = torchvision_module("models.swin_transformer").ShiftedWindowAttention(8, [*window], [0, 0], 2)
    ours = own_class("relative_position_bias", "relative_position_index")(window)
    assert torch.equal(ours, theirs.relative_position_index)
    table = theirs.relative_position_bias_table.data.normal_()
    bias = own_class("relative_position_bias", "relative_position_bias")(ours, table.expand(3, -1, -1))
    assert torch.equal(bias, theirs.get_relative_position_bias().expand(3, -1, -1, -1))
    spread = BIAS(window_size=window).held("", table.shape)
    assert spread == pytest.approx((ours.double().mean().item(), ours.double().std(correction=0).item()))


def test_pairs_of_a_square_have_the_rows_that_maxvit_gives_them() -> None:
    theirs = torchvision_module("models.maxvit")._get_relative_position_index(7, 7)
    assert torch.equal(own_class("relative_position_bias", "relative_position_index")((7, 7), flat=False), theirs)


@pytest.mark.parametrize("window", [(8, 8), (2, 5)])
def test_places_lie_to_each_other_as_torchvision_has_it(window: tuple[int, int]) -> None:
    theirs = torchvision_module("models.swin_transformer").ShiftedWindowAttentionV2(8, [*window], [0, 0], 2)
    ours = own_class("relative_coordinates", "relative_coordinates")(window)
    assert torch.equal(ours, theirs.relative_coords_table)
    layer: Any = KINDS["relative_coordinates"](window_size=window)
    assert layer.buffers((3,)) == {"": tuple(ours.shape)}
    spread = ours.double().mean().item(), ours.double().std(correction=0).item()
    assert layer.held("", (3,)) == pytest.approx(spread, abs=1e-7)


def _mask_of_torchvision(size: tuple[int, int], window: tuple[int, int], shift: tuple[int, int]) -> torch.Tensor:
    """What torchvision's attention adds, windows × T × T: the scores where all queries and keys are 0."""
    found: list[torch.Tensor] = []

    def scores(x: torch.Tensor, dim: int) -> torch.Tensor:
        found.append(x)
        return x

    attend = torchvision_module("models.swin_transformer").shifted_window_attention
    pairs = math.prod(window)
    weights = (torch.zeros(3, 1), torch.zeros(1, 1), torch.zeros(1, 1, pairs, pairs))
    with patch("torch.nn.functional.softmax", scores):
        attend(torch.zeros(1, *size, 1), *weights, [*window], 1, [*shift], training=False)
    return found[0][:, 0]


SHIFTS: list[tuple[tuple[int, int], tuple[int, int], int | tuple[int, int]]] = [
    *(((14, 14), (7, 7), 3), ((7, 21), (7, 7), 3), ((4, 6), (2, 2), 1), ((6, 12), (3, 4), 2), ((8, 8), (4, 4), 0)),
    *(((6, 12), (3, 4), (1, 3)), ((6, 12), (3, 4), (0, 2))),
]


@pytest.mark.parametrize(("size", "window", "shift"), SHIFTS)
def test_places_that_a_shift_puts_together_are_masked_as_torchvision_does_it(
    size: tuple[int, int], window: tuple[int, int], shift: int | tuple[int, int]
) -> None:
    theirs = _mask_of_torchvision(size, window, (shift, shift) if isinstance(shift, int) else shift)
    pairs = math.prod(window)
    bias, x = torch.randn(2, 5, pairs, pairs), torch.randn(2, *size, 3)
    layer = MASK(window_size=window, shift=shift)
    expected = bias[:, None, None] + theirs.view(size[0] // window[0], size[1] // window[1], 1, pairs, pairs)
    given = own_class("shifted_window_mask", "ShiftedWindowMask")(window, shift)(bias, x)
    torch.testing.assert_close(given, expected)
    assert tuple(given.shape[1:]) == layer.out(tuple(bias.shape[1:]), tuple(x.shape[1:]))
    found: dict[str, Any] = {"torch": torch, "math": math, "Tensor": torch.Tensor}
    exec("from typing import Any, NamedTuple", found)
    for source in reference_source([(MASK, "shifted_window_mask")]):
        exec(source, found)
    settings = {"window_size": window, "shift": shift}
    reference = found["shifted_window_mask"](found["Layer"](settings, {}, False), bias, x)
    torch.testing.assert_close(reference, expected)


def _said(layer: Any, bias: Shape, rolled: Shape) -> dict[str, Any]:
    needs = {f"{number} {need.code}": need.holds for number, need in enumerate(layer.checks(bias, rolled))}
    return needs | {f"out {axis}": size for axis, size in enumerate(layer.out(bias, rolled))}


def test_the_mask_says_the_same_of_every_kind_of_size() -> None:
    layer, bias = MASK(window_size=(2, 3), shift=1), (4, 6, 6)
    n: Any = symbolic.size("n")
    on_symbols = _said(layer, bias, (n, 9, 5))
    for size in range(1, 12):
        expected = _said(layer, bias, (size, 9, 5))
        assert expected == {name: substituted(symbolic.closed(one), {n: size}) for name, one in on_symbols.items()}
    unknown = _said(layer, bias, (UNKNOWN, 9, 5))
    assert (unknown["out 0"], unknown["out 1"]) == (UNKNOWN, 3)


SEVENS = MASK(window_size=(7, 7), shift=3)


@pytest.mark.parametrize(
    ("layer", "bias", "rolled", "code", "said"),
    [
        (SEVENS, (3, 49, 49), (14, 20, 96), "A204", "windows of 7, which do not divide 20"),
        (
            MASK(window_size=(7, 7), shift=(3, 3, 3)),
            (3, 49, 49),
            (14, 14, 96),
            "A114",
            "other than the 2 axes of its window",
        ),
        (MASK(window_size=(7, 7), shift=7), (3, 49, 49), (14, 14, 96), "A114", "not less than its window of 7"),
        (SEVENS, (3, 36, 36), (14, 14, 96), "A211", "adds to pairs of 49 places"),
        (SEVENS, (3,), (14, 14, 96), "A202", "takes a bias of T × T"),
        (SEVENS, (3, 49, 49), (14,), "A202", "a map of 2 axes or more"),
    ],
)
def test_what_the_mask_cannot_take_is_said(layer: Any, bias: Shape, rolled: Shape, code: str, said: str) -> None:
    failed = [need for need in layer.checks(bias, rolled) if not need.holds]
    assert {need.code for need in failed} == {code}
    assert said in failed[0].why()


MUTANTS = {
    "fewer rows than pairs": broken("relative_position_bias", needs=lambda self, x: iter(())),
    "an index of one axis always": broken(
        "relative_position_bias", buffers=lambda self, x: {"": (self.out(x)[1] * self.out(x)[1],)}
    ),
    "heads behind": broken("relative_position_bias", out=lambda self, x: BIAS.out(self, x)[::-1]),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_broken_bias_is_found(mutant: str) -> None:
    with pytest.raises(AssertionError):
        check_contract(MUTANTS[mutant], steady(2_000))


SPEC = """
archcalc: 1
name: Shifted
input: [4, 12, 9]
let: {window: 3}
layers:
  - {name: map, kind: permute, dims: [0, 2, 3, 1]}
  - {name: table, kind: parameter, shape: [25, 2], init: {weight: {normal: {std: 1}}}}
  - {name: index, kind: relative_position_bias, window_size: [window, window], flat: false}
  - {name: rolled, kind: roll, from: map, shifts: -1, dims: [1, 2], longer_than: window}
  - {name: mask, kind: shifted_window_mask, from: [index, rolled], window_size: [window, window], shift: 1}
  - {name: cut, kind: rearrange, from: rolled, pattern: "(i a) (j b) c -> i j (a b) c", a: window, b: window}
  - {name: all, kind: attention, from: [cut, cut, cut, mask], num_heads: 2}
  - {name: back, kind: rearrange, pattern: "i j (a b) c -> (i a) (j b) c", a: window}
"""


def test_the_law_of_windows_is_linear_in_the_places() -> None:
    report = archcalc.check_text(SPEC)
    assert report.ok, report.diagnostics
    laws = archcalc.laws(report)
    assert {law.name: str(law.macs) for law in laws.layers}["all"] == "648*N*(H//3)*(W//3)"


def test_windows_are_counted_where_the_mask_is_explained() -> None:
    mask = MASK(window_size=(4, 4), shift=2)
    assert [line.text for line in mask.derivation((3, 16, 16), (8, 13))][:2] == ["8 = 4·2", "13 = 4·3 + 1"]
