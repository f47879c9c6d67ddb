"""Maps that are made smaller, down to nothing."""

from __future__ import annotations

import pytest
import torch

from archcalc.layers.contract import KINDS
from archcalc.pipeline import find_fixes
from archcalc.sizes.rules import known_size
from tests.support.broken_specs import after, errors
from tests.support.small import checked


@pytest.mark.parametrize("more", [[], ["{kind: flatten}"], ["{kind: conv2d, out_channels: 3, kernel_size: 1}"]])
@pytest.mark.parametrize("mode", ["nearest", "area", "bilinear"])
def test_a_map_of_which_nothing_is_left_is_an_error_with_the_size_that_would_leave_a_pixel(
    mode: str, more: list[str]
) -> None:
    """A sixteenth of 8 pixels is none; of 16 it is one."""
    head = "archcalc: 1\nname: Small\ninput: [4, 8, 8]\nlayers:\n"
    report = checked(f"{{kind: upsample, scale_factor: 0.0625, mode: {mode}}}", *more, head=head)
    assert errors(report) == ["A207"]
    fix = next(fix for fix in find_fixes(report) if fix.edit == "input: [4, 16, 16]")
    fixed = after(report, fix)
    assert errors(fixed) == []
    assert fixed.layers[0].output == (4, 1, 1)


@pytest.mark.parametrize("mode", ["nearest", "area"])
@pytest.mark.parametrize(("n", "size"), [(8, 4), (9, 3), (8, 8), (8, 1), (9, 4)])
def test_what_a_pixel_of_a_smaller_map_sees_is_what_torch_takes(mode: str, n: int, size: int) -> None:
    layer = KINDS["upsample"](size=size, mode=mode)
    windows = layer.window((1, n, n))
    if n % size:
        assert windows is None
        return
    assert windows is not None
    x = torch.zeros(1, 1, n, n, requires_grad=True)
    torch.nn.functional.interpolate(x, size, mode=mode)[0, 0, -1, -1].backward()  # type: ignore[no-untyped-call]
    assert x.grad is not None
    rows = x.grad[0, 0].any(1).nonzero().flatten().tolist()
    (height, _) = windows
    start = known_size((size - 1) * height.stride)
    assert rows == [*range(start, start + known_size(height.size))]
