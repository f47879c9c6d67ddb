"""A decoder whose map comes out in another size than is claimed: where it begins, in features and their shape."""

from __future__ import annotations

import pytest

from archcalc.pipeline import find_fixes
from tests.support.broken_specs import after, errors
from tests.support.small import checked


def decoder(channels: int, claimed: int) -> list[str]:
    """As DCGAN's (Radford et al. 2016): features as a map of 4 × 4, which is doubled twice."""
    up = "{{name: {}, kind: conv_transpose2d, out_channels: {}, kernel_size: 4, stride: 2, padding: 1{}}}"
    return [
        f"{{name: features, kind: linear, out_features: {8 * 4 * 4}}}",
        f"{{name: map, kind: reshape, shape: [{channels}, 4, 4]}}",
        up.format("up1", 4, ""),
        up.format("up2", 3, f", expect: [3, {claimed}, {claimed}]"),
    ]


HEAD = "archcalc: 1\nname: Decoder\ninput: [10]\nlayers:\n"


@pytest.mark.parametrize(("claimed", "side"), [(32, 8), (48, 12), (28, 7), (20, 5)])
def test_a_decoder_begins_with_a_map_in_proportion_to_what_is_claimed(claimed: int, side: int) -> None:
    report = checked(*decoder(8, claimed), head=HEAD)
    assert errors(report) == ["A401"]
    fixed = [after(report, fix) for fix in find_fixes(report) if "map shape" in fix.edit and "features" in fix.edit]
    assert (8, side, side) in [one.layers[1].output for one in fixed]
    assert [errors(one) for one in fixed] == [[]] * len(fixed)


def test_a_shape_that_leaves_its_channels_to_what_arrives_is_left_alone() -> None:
    report = checked(*decoder(-1, 32), head=HEAD)
    assert errors(report) == ["A401"]
    assert not any("map shape" in fix.edit for fix in find_fixes(report))
