"""Layers that are put in, or become another kind: an adaptive pool in front of the head."""

from __future__ import annotations

import pytest

from archcalc.pipeline import find_fixes
from tests.support.broken_specs import after, errors
from tests.support.small import checked


@pytest.mark.parametrize(("pool", "side"), [("max_pool2d", 7), ("avg_pool2d", 1)])
def test_the_last_pool_becomes_one_that_gives_what_the_head_states(pool: str, side: int) -> None:
    """As torchvision's AlexNet and VGG, which pool to 6 × 6 and 7 × 7 whatever the size of the image."""
    report = checked(
        "{kind: conv2d, out_channels: 8, kernel_size: 3, padding: 1}",
        f"{{kind: {pool}, kernel_size: 2}}",
        "{kind: flatten}",
        f"{{kind: linear, in_features: {8 * side**2}, out_features: 10}}",
    )
    wanted = f"{pool} kind: adaptive_{pool}, output_size: {side}"
    fix = next(fix for fix in find_fixes(report) if fix.edit == wanted)
    fixed = after(report, fix)
    assert errors(fixed) == []
    assert fixed.layers[1].output == (8, side, side)
