"""Errors that go with one above them, and those that do not."""

from __future__ import annotations

from archcalc.pipeline import check_text, find_fixes, fix_all

HEAD = "archcalc: 1\nname: Small\ninput: [3, 32, 32]\nlayers:\n"
CONV = "  - {name: conv, kind: conv2d, out_channels: 16, kernel_size: 3, padding: 1}\n"


def test_an_error_that_the_edit_above_fixes_goes_with_it() -> None:
    layers = [
        "{kind: flatten, start_dim: 2}",
        "{name: fc1, kind: linear, in_features: 16384, out_features: 128}",
        "{kind: batch_norm1d, num_features: 128}",
        "{name: fc2, kind: linear, in_features: 99, out_features: 10}",
    ]
    report = check_text(HEAD + CONV + "".join(f"  - {layer}\n" for layer in layers))
    first, norm, last = report.errors
    assert first.help == ("put `- {kind: flatten}` above it",)
    assert norm.help == ("goes with `fc1` (line 7): its first edit fixes this, too",)
    assert [fix.edit for fix in norm.fixes] == [fix.edit for fix in first.fixes]
    assert last.help[0] == "write `in_features: 128`"
    assert {fix.error for fix in find_fixes(report)} == {first, last}
    assert check_text(fix_all(report)[1]).ok


def test_errors_with_reasons_of_their_own_are_each_told() -> None:
    layers = [
        "{kind: batch_norm2d, num_features: 8}",
        "{name: second, kind: conv2d, in_channels: 9, out_channels: 4, kernel_size: 1}",
    ]
    report = check_text(HEAD + CONV + "".join(f"  - {layer}\n" for layer in layers))
    assert [error.help[0] for error in report.errors] == ["write `num_features: 16`", "write `in_channels: 16`"]
