"""Layers that go, and what then takes what they took."""

from __future__ import annotations

import pytest

from archcalc.pipeline import find_fixes
from tests.support.broken_specs import after, errors
from tests.support.small import checked

CONV = "kind: conv2d, out_channels: 8, kernel_size: 3, padding: 1"


@pytest.mark.parametrize(
    ("layers", "edit"),
    [
        (["{name: f, kind: flatten}", f"{{name: b, {CONV}}}"], "remove f"),
        (["{name: f, kind: flatten}", f"{{name: b, {CONV}, from: f}}"], "remove f; b from: [a]"),
        (
            ["{name: f, kind: flatten}", f"{{name: b, {CONV}, from: a}}", "{name: s, kind: add, from: [b, f]}"],
            "remove f; s from: [b, a]",
        ),
    ],
)
def test_an_edit_that_removes_a_layer_says_all_that_is_written_for_it(layers: list[str], edit: str) -> None:
    report = checked(f"{{name: a, {CONV}}}", *layers)
    found = {fix.edit: fix for fix in find_fixes(report)}
    assert edit in found
    assert errors(after(report, found[edit])) == []
