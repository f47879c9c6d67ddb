"""What divides a size, put together: the same sizes, said once."""

from __future__ import annotations

from typing import Any

import sympy
from hypothesis import given
from hypothesis import strategies as st

from archcalc.analysis.laws import laws
from archcalc.sizes.bounds import validity
from archcalc.sizes.divisors import put_together
from archcalc.sizes.notation import text
from archcalc.sizes.rules import floor_div
from archcalc.sizes.symbolic import at
from tests.support.bundled import checked
from tests.support.draw_formulas import H, W


def _halved(size: Any, below: int, divisor: int, turned: bool) -> Any:
    """That ``divisor`` divides ⌊size/below⌋, as a join of two maps says it."""
    sides = floor_div(size, below), divisor * floor_div(size, below * divisor)
    return sympy.Eq(*(sides[::-1] if turned else sides), evaluate=False)


asked = st.builds(
    _halved, st.sampled_from((H, W)), st.sampled_from((1, 2, 4, 6)), st.sampled_from((2, 3, 4)), st.booleans()
)
others = st.sampled_from(
    [sympy.Eq(2 * floor_div(H, 4), floor_div(W, 2), evaluate=False), sympy.Ge(floor_div(H, 4) * floor_div(W, 2), 2)]
)


@given(st.lists(asked | others, max_size=6, unique=True), st.integers(1, 100), st.integers(1, 100))
def test_they_hold_for_the_same_sizes(relations: list[Any], h: int, w: int) -> None:
    """Alone, and with what follows from bounds left out, too."""
    sizes = {H: h, W: w}
    kept = [relation for relation, _ in put_together([(one, ("a",)) for one in relations])]
    holds = all(at(one, sizes) for one in relations)
    assert all(at(one, sizes) for one in kept) == holds
    valid = validity([("a", one) for one in relations])
    within = all(
        low <= sizes[one] and (high is None or sizes[one] <= high) for one, (low, high) in valid.bounds.items()
    )
    assert (within and all(at(one.relation, sizes) for one in valid.demands)) == holds


def test_a_map_that_is_halved_four_times_and_doubled_again_is_of_multiples_of_16() -> None:
    found = laws(checked("unet", "unet")).valid.demands
    assert [text(one.relation) for one in found] == ["16 divides H", "16 divides W"]
    assert found[0].layers == ("up1.concat", "up2.concat", "up3.concat", "up4.concat")
    legal = checked("unet", "unet").legal
    assert legal is not None
    assert [size for size in range(1, 100) if size in legal.axes["H"]] == [16, 32, 48, 64, 80, 96]


def test_what_holds_within_the_bounds_is_not_said() -> None:
    """Of 8 and more the quarter is 2 and more, and so is any multiple of it."""
    kept = validity(
        [
            ("a", sympy.Ge(floor_div(H, 8), 1)),
            ("b", sympy.Ge(4 * floor_div(H, 8) * W, 3)),
            ("c", sympy.Ge(floor_div(H, 8) * W, 2)),
        ]
    )
    assert [text(one.relation) for one in kept.demands] == ["⌊H/8⌋·W ≥ 2"] or kept.demands[0].layers == ("c",)
    assert len(kept.demands) == 1
