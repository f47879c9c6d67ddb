"""Edits of named sizes, of `let`: where a name stands it gets another value."""

from __future__ import annotations

import pytest

from archcalc.pipeline import check_text, find_fixes
from tests.support.broken_specs import after, errors

LET = """\
archcalc: 1
name: Small
input: [3, 32, side]
let: {ch: 16, side: 32, double: 2 * ch}
layers:
  - {name: conv, kind: conv2d, out_channels: ch, kernel_size: 3}
  - {name: wide, kind: conv2d, in_channels: 20, out_channels: double, kernel_size: 3, groups: 4}
"""


@pytest.mark.parametrize(
    ("text", "settings", "edit"),
    [
        (LET, {}, "let ch: 20"),
        (LET, {"side": 40}, "let ch: 20"),
        (LET, {"ch": 12}, None),  # it was set from outside
        (LET.replace("in_channels: 20, ", "").replace("16", "17"), {}, "let ch: 16"),
        (LET.replace("in_channels: 20, ", "").replace("side: 32", "side: 4"), {}, "let side: 5"),
    ],
)
def test_a_named_size_is_changed_where_that_mends(text: str, settings: dict[str, int], edit: str | None) -> None:
    report = check_text(text, settings=settings)
    assert len(errors(report)) == 1
    named = [one for one in find_fixes(report) if one.edit.startswith("let ")]
    assert [one.edit for one in named][:1] == ([] if edit is None else [edit])
    for fix in named:
        assert f"`{fix.edit}`" in fix.help
        assert errors(after(report, fix)) == []
        assert fix.layer in ("ch", "side")


def test_where_a_name_stands_the_name_gets_another_value() -> None:
    """A number in the place of `heads` would leave a name in `let` that nothing uses."""
    head = "archcalc: 1\nname: Heads\ninput: [16, 64]\nlet: {heads: 5}\n"
    report = check_text(f"{head}layers: [{{kind: multihead_attention, num_heads: heads}}]\n")
    assert report.diagnostics[0].help[0] == "write `let heads: 4`"
