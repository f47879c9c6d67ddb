"""What is known of an error before anything is tried."""

from __future__ import annotations

import pytest

from archcalc.pipeline import find_fixes
from tests.support.broken_specs import after, errors
from tests.support.small import checked


@pytest.mark.parametrize("side", [3, 5, 7, 8])
def test_a_stride_that_one_branch_lacks_is_offered_on_small_maps_too(side: int) -> None:
    """Half of 3 pixels is 2, of 5 is 3, of 7 is 4, where a window of 3 is padded by 1."""
    convs = [
        f"{{name: {name}, kind: conv2d, out_channels: 4, kernel_size: 3, padding: 1, from: input{stride}}}"
        for name, stride in (("a", ", stride: 2"), ("b", ""))
    ]
    head = f"archcalc: 1\nname: Small\ninput: [4, {side}, {side}]\nlayers:\n"
    report = checked(*convs, "{name: sum, kind: add, from: [a, b]}", head=head)
    assert errors(report) == ["A211"]
    assert any("`b stride: 2`" in way for way in report.errors[0].help)
    assert errors(after(report, next(fix for fix in find_fixes(report) if fix.edit == "b stride: 2"))) == []


def test_what_is_cut_into_parts_was_meant_to_be_as_wide_as_these_hold() -> None:
    """A GLU halves what `up` gives, so that 8 · 8 features in each of 16 places are 128 there."""
    head = "archcalc: 1\nname: Small\ninput: [16, 10]\nlayers:\n"
    rows = (
        "{name: up, kind: linear, out_features: 96}",
        "{kind: glu, dim: -1}",
        "{kind: unflatten, dim: -1, unflattened_size: [8, 8]}",
    )
    report = checked(*rows, head=head)
    assert errors(report) == ["A214"]
    fix = next(fix for fix in find_fixes(report) if fix.edit == "up out_features: 128")
    assert errors(after(report, fix)) == []


def test_what_stands_in_a_block_has_no_name_outside_of_it() -> None:
    """Both `a` and `c` would fit, and are nearer than `low`."""

    def conv(name: str, channels: int) -> str:
        return f"{{name: {name}, kind: conv2d, out_channels: {channels}, kernel_size: 3, padding: 1}}"

    pool = "{name: pool, kind: max_pool2d, kernel_size: 2}"
    inside = ", ".join((conv("a", 8), conv("b", 12), conv("c", 8), pool))
    head = f"archcalc: 1\nname: Small\ninput: [3, 32, 32]\nblocks: {{stage: {{layers: [{inside}]}}}}\nlayers:\n"
    up = "{name: up, kind: upsample, scale_factor: 2}"
    rows = conv("low", 8), "{name: down, kind: stage}", conv("deep", 8), up, "{name: sum, kind: add, from: [up, deep]}"
    report = checked(*rows, head=head)
    assert errors(report) == ["A211"]
    assert report.errors[0].help[0] == "take `low` for `deep`"
