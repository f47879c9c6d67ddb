"""Products of sizes of several axes against the numbers that they are."""

from __future__ import annotations

from itertools import product as pairs

import pytest

from archcalc.sizes.axis_products import AxisProduct, ProductAtLeast, ProductAtMost, product_at
from archcalc.sizes.periodic import AxisFunction, NotPeriodic

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


@pytest.mark.parametrize("number", range(1, 6))
def test_the_larger_of_a_product_and_its_least_is_the_product(number: int) -> None:
    """3 · H · W + 2 is 5 or more."""
    product = AxisProduct.of(HEIGHT) * WIDTH * 3 + 2
    assert product.larger(number) is product
    assert product.smaller(number) == number
    with pytest.raises(NotPeriodic):
        product.larger(6)


@pytest.mark.parametrize("most", range(2, 30))
@pytest.mark.parametrize("below", [False, True])
def test_a_product_is_smaller_up_to_a_number(most: int, below: bool) -> None:
    """Of 3 · H · W + 2; with W as it stands, the set of H says the same."""
    product = AxisProduct.of(HEIGHT) * WIDTH * 3 + 2
    condition = product < most if below else product <= most
    for height, width in pairs(range(1, 6), range(1, 6)):
        size = 3 * height * width + 2
        smaller = size < most if below else size <= most
        if isinstance(condition, bool):
            assert condition is smaller
            continue
        assert isinstance(condition, ProductAtMost)
        sizes = {"H": height, "W": width}
        assert condition.admits(product_at(condition, sizes)) is smaller
        alone = condition.for_factor(condition.product.factors["H"], product_at(condition, sizes, besides="H"))
        assert (height in alone) is smaller
