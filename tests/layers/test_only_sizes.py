"""Inputs of which a kind says that only the sizes matter: torch gives the same whatever their values are."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from archcalc.layers.contract import KINDS
from tests.support.own_modules import own_class


def cropped(x: Tensor, like: Tensor) -> Any:
    kind: Any = KINDS["crop_as"]
    return eval(kind(dims=(1, 2)).expression(["x", "like"]), {"x": x, "like": like})


def resized(x: Tensor, like: Tensor) -> Any:
    kind: Any = KINDS["upsample_as"]
    return eval(kind(mode="bilinear").expression(["x", "like"]), {"torch": torch, "x": x, "like": like})


CASES = {
    "crop_as": (cropped, (5, 6, 3), (4, 2, 3)),
    "upsample_as": (resized, (5, 2, 3), (4, 4, 7)),
    "shifted_window_mask": (own_class("shifted_window_mask", "ShiftedWindowMask")((2, 2), 1), (3, 4, 4), (4, 6, 8)),
}


def test_each_such_kind_is_tried() -> None:
    assert {name for name, kind in KINDS.items() if kind.only_sizes} == CASES.keys()
    assert all(KINDS[name].only_sizes == (1,) for name in CASES)


@pytest.mark.parametrize("name", CASES)
def test_values_of_the_second_change_nothing(name: str) -> None:
    compute, first, second = CASES[name]
    x, other = torch.randn(2, *first), torch.randn(2, *second)
    given = compute(x, other)
    assert torch.equal(given, compute(x, torch.full_like(other, torch.nan)))
    assert not torch.equal(given, compute(x + 1, other))
    assert not KINDS[name].passes_on(KINDS[name], 1)  # type: ignore[arg-type]
