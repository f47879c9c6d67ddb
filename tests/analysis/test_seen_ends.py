"""How many places of an input are surely seen, counted one by one beside what is worked out."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from archcalc.analysis.axis_ways import Way
from archcalc.analysis.seen_ends import Ends
from archcalc.layers.working import Window


def in_a_row(seen: list[bool]) -> int:
    """How many are seen, from the first on, before the first that is not."""
    return [*seen, False].index(False)


@given(
    *(st.integers(1, 9), st.integers(0, 40)),
    *(st.integers(1, 5), st.integers(1, 4), st.integers(0, 5), st.integers(1, 3)),
)
def test_of_a_transposed_convolution_all_is_told_that_its_first_places_have_seen(
    n: int, sure: int, k: int, s: int, p: int, d: int
) -> None:
    """Place i goes to i·s − p + d·j, j < k, as in torch. With holes and padding both, less may be told."""
    m = (n - 1) * s - 2 * p + d * (k - 1) + 1
    assume(m >= sure)
    reached = [any(0 <= i * s - p + d * j < sure for j in range(k)) for i in range(n)]
    given_ = Ends(whole=False, sure=sure, first=0, last=m)
    found = given_.back(Way(n, m, spread=Window(k, s, p, d))).sure
    assert found <= in_a_row(reached)
    if d == 1 or p == 0:
        assert found == in_a_row(reached)
