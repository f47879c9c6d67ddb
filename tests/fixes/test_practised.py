"""What is done first, and of which layers it is said."""

from __future__ import annotations

import pytest

from archcalc.pipeline import find_fixes
from tests.support.broken_specs import after, errors
from tests.support.small import checked


def test_a_depthwise_convolution_becomes_one_of_what_arrives_and_costs_no_less_than_nothing() -> None:
    """Its three numbers are one: stated as 8, where 6 arrive."""
    conv = "{name: a, kind: conv2d, in_channels: 8, out_channels: 8, groups: 8, kernel_size: 3, padding: 1}"
    report = checked(conv, head="archcalc: 1\nname: Small\ninput: [6, 8, 8]\nlayers:\n")
    fixes = find_fixes(report)
    fix = next(fix for fix in fixes if fix.edit == "a in_channels: 6, out_channels: 6, groups: 6")
    assert errors(after(report, fix)) == []
    assert min(fix.cost for fix in fixes) >= 0


@pytest.mark.parametrize(
    ("arriving", "stated", "wanted"),
    [
        ([8, 32, 32], [8, 6, 6], "[8, 32, 32]"),
        ([512], [8, 6, 6], "[8, 8, 8]"),
        # What was not square is not made so, and what is no square of anything stays as it is.
        ([8, 16, 16], [8, 6, 7], None),
        ([8, 3, 6], [8, 7, 7], None),
    ],
)
def test_a_square_that_a_reshape_states_becomes_the_one_that_arrives(
    arriving: list[int], stated: list[int], wanted: str | None
) -> None:
    head = f"archcalc: 1\nname: Small\ninput: {arriving}\nlayers:\n"
    (error,) = checked(f"{{kind: reshape, shape: {stated}}}", head=head).errors
    assert error.code == "A214"
    squares = [way for way in error.help if "`shape: [8, " in way]
    assert squares == ([] if wanted is None else squares)
    assert wanted is None or any(f"`shape: {wanted}`" in way for way in squares)
