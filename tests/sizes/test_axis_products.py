"""Products of sizes of several axes against the numbers that they are."""

from __future__ import annotations

from itertools import product as pairs

import pytest

from archcalc.sizes.axis_products import AxisProduct, ProductAtLeast, product_at
from archcalc.sizes.periodic import AxisFunction

HEIGHT, WIDTH = AxisFunction.axis_itself("H"), AxisFunction.axis_itself("W")


@pytest.mark.parametrize("most", range(3, 30))
def test_a_product_is_larger_from_the_next_number_on(most: int) -> None:
    """Of 3 · H · W + 2."""
    condition = AxisProduct.of(HEIGHT) * WIDTH * 3 + 2 > most
    for height, width in pairs(range(1, 6), range(1, 6)):
        larger = 3 * height * width + 2 > most
        assert isinstance(condition, (bool, ProductAtLeast))
        if isinstance(condition, bool):
            assert condition is larger
        else:
            assert condition.admits(product_at(condition, {"H": height, "W": width})) is larger
