"""The edit of a warning that a flatten may be missing: offered for a map, tried, and listed by `archcalc fix`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from archcalc.cli.main import cli
from archcalc.pipeline import check_text, find_fixes

HEAD = (
    "archcalc: 1\nname: S\ninput: [3, 8, 8]\nlayers:\n  - {name: conv, kind: conv2d, out_channels: 4, kernel_size: 3}\n"
)
FC = "  - {name: fc, kind: linear, out_features: 10}\n"
INTENDED = "if this is intended, write `in_features: 6`"
PUT = "put `- {kind: flatten}` above it"


def helps(text: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(error.code, error.help) for error in check_text(text).diagnostics]


def test_a_flatten_is_the_first_way_out_and_the_edit_does_away_with_the_warning(tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    file.write_text(HEAD + FC, encoding="utf-8")
    assert helps(HEAD + FC) == [("A210", (PUT, INTENDED))]
    listed = CliRunner().invoke(cli, ["fix", str(file)])
    assert listed.exit_code == 0
    assert f"  = help: {INTENDED}\n" in listed.output
    assert f"  1  {{kind: flatten}} above fc  ({PUT})\n" in listed.output
    (found,) = json.loads(CliRunner().invoke(cli, ["fix", str(file), "--format", "json"]).output)["errors"]
    assert (found["severity"], [fix["edit"] for fix in found["fixes"]]) == ("warning", ["{kind: flatten} above fc"])
    assert CliRunner().invoke(cli, ["fix", str(file), "--apply", "1"]).exit_code == 0
    report = check_text(file.read_text("utf-8")).require_ok()
    assert report.diagnostics == ()
    assert (report.totals.params, report.layers[-1].output) == (4 * 28 + 10 * (4 * 36 + 1), (10,))


def test_the_edit_as_text_is_what_the_help_says() -> None:
    (warning,) = check_text(HEAD + FC).diagnostics
    (fix,) = warning.fixes
    (edit,) = fix.edits
    assert edit.text.strip() == "- {kind: flatten}"
    assert edit.span.line in (5, 6)


@pytest.mark.parametrize(
    "layers",
    [
        "  - {kind: permute, dims: [0, 2, 3, 1]}\n  - {name: fc, kind: linear, out_features: 10}\n",
        FC + "  - {kind: conv2d, out_channels: 2, kernel_size: 3}\n",
        "  - {name: fc, kind: linear, out_features: 10, from: conv}\n",
        FC.replace("10}", "10, expect: {shape: [4, 6, 10]}}"),
    ],
    ids=["channels last", "what follows takes a map", "a source that is named", "a claim of the source"],
)
def test_a_flatten_is_not_offered_where_it_is_not_what_is_missing(layers: str) -> None:
    report = check_text(HEAD + layers)
    (warning,) = report.diagnostics
    assert warning.code == "A210"
    assert not any("put" in way for way in warning.help)
    assert find_fixes(report) == ()


def test_beside_an_error_it_is_the_last_edit() -> None:
    report = check_text(HEAD + "  - {name: bn, kind: batch_norm2d, num_features: 5}\n" + FC)
    assert [error.code for error in report.diagnostics] == ["A203", "A210"]
    assert [fix.edit for fix in find_fixes(report)][-1] == "{kind: flatten} above fc"
