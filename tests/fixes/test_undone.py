"""Maps that are enlarged by a factor, beside one that was not a multiple of it."""

from __future__ import annotations

from archcalc.pipeline import find_fixes
from tests.support.broken_specs import after, errors
from tests.support.small import checked

NET = (
    "{name: a, kind: conv2d, out_channels: 8, kernel_size: 3, padding: 1}",
    "{kind: max_pool2d, kernel_size: 2}",
    "{name: b, kind: relu}",
    "{name: up, kind: upsample, scale_factor: 2}",
    "{name: sum, kind: add, from: [up, a]}",
)


def test_a_map_that_misses_another_by_less_than_its_factor_is_made_as_large() -> None:
    """Half of 33 pixels is 16, twice which is 32."""
    report = checked(*NET, head="archcalc: 1\nname: Small\ninput: [3, 33, 33]\nlayers:\n")
    assert errors(report) == ["A211"]
    said = "make `up` as large as `a`, in place of its factor: `kind: upsample_as, from: [b, a]`"
    assert any(said in way for way in report.errors[0].help)
    fix = next(fix for fix in find_fixes(report) if fix.edit == "up kind: upsample_as, from: [b, a]")
    assert errors(after(report, fix)) == []
