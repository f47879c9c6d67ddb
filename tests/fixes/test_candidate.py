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
