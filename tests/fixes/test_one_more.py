"""A layer that makes a map smaller or larger, and stands one time too few."""

from __future__ import annotations

import pytest

from archcalc.pipeline import find_fixes
from tests.support.broken_specs import after, errors
from tests.support.small import checked

CONV = "{kind: conv2d, out_channels: 8, kernel_size: 3, padding: 1}"
RELU = "{kind: relu}"


@pytest.mark.parametrize(
    "pool", ["{kind: max_pool2d, kernel_size: 2}", "{kind: avg_pool2d, kernel_size: [2, 2], stride: 2}"]
)
def test_a_pool_that_was_left_out_is_put_behind_the_activation_as_the_others(pool: str) -> None:
    """32 pixels are 4 after three pools: what the linear layer states is 8 channels of 4 × 4."""
    report = checked(
        *(CONV, RELU, pool, CONV, RELU, pool, CONV, RELU, "{kind: flatten}"),
        f"{{kind: linear, in_features: {8 * 4 * 4}, out_features: 10}}",
    )
    fix = next(fix for fix in find_fixes(report) if fix.edit == f"{pool} above flatten")
    fixed = after(report, fix)
    assert errors(fixed) == []
    assert [layer.kind for layer in fixed.layers].count(report.layers[2].kind) == 3


def test_an_upsampling_that_was_left_out_is_put_in_as_the_others() -> None:
    """8 pixels are 64 after three."""
    up = "{kind: upsample, scale_factor: 2}"
    last = "{name: last, kind: relu, expect: [8, 64, 64]}"
    head = "archcalc: 1\nname: Small\ninput: [8, 8, 8]\nlayers:\n"
    report = checked(CONV, RELU, up, CONV, RELU, up, CONV, last, head=head)
    assert errors(report) == ["A401"]
    fix = next(fix for fix in find_fixes(report) if fix.edit.startswith(f"{up} above "))
    fixed = after(report, fix)
    assert errors(fixed) == []
    assert [layer.kind for layer in fixed.layers].count("upsample") == 3


def test_what_stands_once_is_no_row_that_lacks_one() -> None:
    pool = "{kind: max_pool2d, kernel_size: 2}"
    last = f"{{kind: linear, in_features: {8 * 8 * 8}, out_features: 10}}"
    report = checked(CONV, RELU, pool, CONV, RELU, "{kind: flatten}", last)
    assert errors(report) == ["A203"]
    assert not any(fix.edit.startswith(pool) for fix in find_fixes(report))
