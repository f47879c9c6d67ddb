"""What an axis may be repeated to, beside torch's `expand`."""

from __future__ import annotations

from itertools import product

import pytest
import torch

from archcalc.layers.contract import KINDS
from archcalc.layers.working import Window


@pytest.mark.parametrize("dim", [-3, -2, -1, 1, 2, 3])
def test_an_axis_of_one_place_is_repeated_and_no_other(dim: int) -> None:
    for sizes in product((1, 2, 3), repeat=3):
        layer = KINDS["expand"](dim=dim, size=3)
        wanted = [2, *sizes]
        wanted[dim] = 3
        try:
            given = tuple(torch.zeros(2, *sizes).expand(wanted).shape[1:])
        except RuntimeError:
            given = None
        accepted = all(need.holds for need in layer.checks(sizes))
        assert accepted is (given is not None), sizes
        assert given in (None, layer.out(sizes))


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_every_copy_of_a_place_sees_that_place_alone(dim: int) -> None:
    sizes = [4, 6, 5]
    sizes[dim - 1] = 1
    (trace,) = KINDS["expand"](dim=dim, size=7).traces(tuple(sizes))
    assert trace is not None
    assert trace.axes == (0, 1, 2)
    # By a stride of 0 all copies stand over the same place.
    assert trace.windows == tuple(Window(1, 0) if axis == dim else Window() for axis in (1, 2, 3))
