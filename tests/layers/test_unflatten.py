"""How axes go through a layer that parts one of them."""

from __future__ import annotations

import pytest

from archcalc.layers.contract import KINDS


@pytest.mark.parametrize(
    ("dim", "parts", "axes"),
    [
        (1, (2, 2), (None, None, 1, 2)),
        (2, (3, 2), (0, None, None, 2)),
        (-1, (5, 1), (0, 1, None, None)),
        # An axis of one part is the axis that it was.
        (2, (6,), (0, 1, 2)),
        (-1, (-1,), (0, 1, 2)),
    ],
)
def test_the_axes_beside_the_one_that_is_parted_stay(
    dim: int, parts: tuple[int, ...], axes: tuple[int | None, ...]
) -> None:
    (trace,) = KINDS["unflatten"](dim=dim, unflattened_size=parts).traces((4, 6, 5))
    assert trace is not None
    assert trace.axes == axes
