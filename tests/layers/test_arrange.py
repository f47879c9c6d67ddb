"""Which axes stay when values keep their order under others."""

from __future__ import annotations

from itertools import pairwise
from math import prod

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from archcalc.layers.contract import KINDS


@st.composite
def rewritten(draw: st.DrawFn) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """A shape, and another one of as many values: neighbours of one made one, parted, or put in another place."""
    factors = draw(st.lists(st.sampled_from((2, 3, 4, 300)), min_size=2, max_size=4))
    cuts = [0, *sorted(draw(st.sets(st.integers(1, len(factors) - 1)))), len(factors)]
    order = draw(st.permutations(factors))
    return tuple(factors), tuple(prod(order[a:b]) for a, b in pairwise(cuts))


@given(rewritten())
def test_the_channels_of_a_reshape_stay_where_the_first_size_does(
    shapes: tuple[tuple[int, ...], tuple[int, ...]],
) -> None:
    """Of values in the same order, those of a channel are the same ones where there are as many of them."""
    x, given_ = shapes
    layer = KINDS["reshape"](shape=given_)
    numbers = torch.arange(prod(x)).reshape(x)
    together = len(given_) == 1 or torch.equal(numbers[0].flatten(), numbers.reshape(given_)[0].flatten())
    assert layer.channels_stay(x) is together


@pytest.mark.parametrize(("start", "stays"), [(1, True), (2, True), (3, True)])
def test_a_flatten_of_one_sample_keeps_its_first_axis_first(start: int, stays: bool) -> None:
    assert KINDS["flatten"](start_dim=start).channels_stay((4, 8, 8)) is stays


@pytest.mark.parametrize(
    ("x", "given_", "axes"),
    [
        ((8, 512), (8, 4, 128), (0, None, None)),
        ((8, 4, 128), (8, 512), (0, None)),
        ((4, 6, 5), (24, 5), (None, 2)),
        ((4, 6, 5), (4, 2, 3, 5), (0, None, None, 2)),
        ((4, 6, 5), (4, 6, 5), (0, 1, 2)),
        ((2, 3, 4), (3, 8), (None, None)),
    ],
)
def test_axes_at_either_end_that_are_as_large_as_before_stay(
    x: tuple[int, ...], given_: tuple[int, ...], axes: tuple[int | None, ...]
) -> None:
    """What stands along one of them is what stood there: torch's `reshape` keeps the order of the values."""
    (trace,) = KINDS["reshape"](shape=given_).traces(x)
    assert trace is not None
    assert trace.axes == axes
