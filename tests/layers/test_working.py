"""How axes go through layers that keep the order of the values."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from archcalc.layers.working import Window, in_order


@given(*[st.integers(0, 3)] * 4)
def test_of_values_in_the_same_order_the_first_and_the_last_axes_stay(
    first: int, last: int, more_before: int, more_after: int
) -> None:
    """Each that stays sees itself; what is between is followed by none."""
    before, after = first + more_before + last, first + more_after + last
    trace = in_order(before, after, first, last)
    assert (len(trace.windows), len(trace.axes)) == (before, after)
    stays = [*range(first), *range(before - last, before)]
    assert [axis for axis, window in enumerate(trace.windows) if window == Window()] == stays
    assert trace.axes == (*range(first), *[None] * more_after, *range(before - last, before))
