"""Edits of numbers in lists of `let`: what is written changes the copy that has the error, and no other."""

from __future__ import annotations

import pytest

from archcalc.pipeline import check_text, find_fixes
from tests.support.broken_specs import after, errors

ROWS = """\
archcalc: 1
name: Rows
input: [3, 32, 32]
let:
  rows: [{c: 16, g: 4}, {c: 24, g: 4}, {c: 34, g: 8}]
layers:
  - repeat: rows
    layers:
      - {kind: conv2d, out_channels: c, kernel_size: 3, padding: 1}
      - {kind: group_norm, num_groups: g}
  - {kind: adaptive_avg_pool2d, output_size: 1}
"""
NUMBERS = """\
archcalc: 1
name: Numbers
input: [3, 32, 32]
let: {widths: [16, 24, 30]}
layers:
  - name: "stage{index}"
    repeat: widths
    layers:
      - {kind: conv2d, out_channels: "widths[index]", kernel_size: 3, padding: 1}
      - {kind: group_norm, num_groups: 8}
"""
POOLS = """\
archcalc: 1
name: Pools
input: [3, 32, 32]
let:
  rows: [{c: 16, k: 2}, {c: 24, k: 2}, {c: 34, k: 9}]
layers:
  - repeat: rows
    layers:
      - {kind: conv2d, out_channels: c, kernel_size: 3, padding: 1}
      - {kind: max_pool2d, kernel_size: k}
"""


@pytest.mark.parametrize(
    ("text", "edits", "given"),
    [
        # Its own row and the one before; that the first would do as well is not looked for.
        (POOLS, ["let rows[2].k: 8", "let rows[1].k: 1"], [16, 24]),
        (ROWS, ["let rows[2].g: 2", "let rows[2].c: 32"], [16, 24]),
        (NUMBERS, ["let widths[2]: 24"], [16, 24]),
    ],
)
def test_a_number_of_the_copy_with_the_error_is_changed(text: str, edits: list[str], given: list[int]) -> None:
    report = check_text(text)
    assert len(errors(report)) == 1
    found = {one.edit: one for one in find_fixes(report)}
    assert [edit for edit in found if edit.startswith("let ")] == edits
    for edit in edits:
        mended = after(report, found[edit])
        assert errors(mended) == []
        widths = [layer.output[0] for layer in mended.require_sound().layers if layer.kind == "conv2d"]
        assert widths[:2] == given


def test_what_stands_behind_all_copies_asks_the_last_of_them() -> None:
    text = (
        ROWS.replace("34, g: 8", "40, g: 8")
        + "  - {kind: flatten}\n  - {kind: linear, in_features: 48, out_features: 9}\n"
    )
    edits = [one.edit for one in find_fixes(check_text(text))]
    assert "let rows[2].c: 48" in edits
