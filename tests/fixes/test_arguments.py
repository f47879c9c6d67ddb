"""Edits of what uses of a block give its arguments."""

from __future__ import annotations

from archcalc.pipeline import check_text, find_fixes
from tests.support.broken_specs import after, errors

DEEP = """\
archcalc: 1
name: Deep
input: [64, 16, 16]
blocks:
  unit:
    args: {width}
    layers:
      - {kind: conv2d, in_channels: width, out_channels: width, kernel_size: 3, padding: 1}
      - {kind: batch_norm2d, when: width > 32}
layers:
  - {name: one, kind: unit, width: 30}
  - {name: two, kind: unit, width: 64}
  - {name: far, kind: max_pool2d, kernel_size: 40}
"""


def test_of_uses_that_do_not_fit_the_first_may_be_the_cause_of_all() -> None:
    report = check_text(DEEP)
    assert errors(report) == ["A203", "A207"]
    wrong, other = report.diagnostics
    assert wrong.help == ("write `one width: 64`",)
    # It has a layer more, and leaves what is wrong elsewhere.
    (fix,) = [one for one in find_fixes(report) if one.edit == "one width: 64"]
    mended = after(report, fix)
    assert errors(mended) == ["A207"]
    assert other.help
