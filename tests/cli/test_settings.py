"""Settings on the command line, which says what Python says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archcalc import check_text
from archcalc.cli.main import cli
from tests.support.given_values import ALIKE, SPEC


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "scaled.yaml"
    path.write_text(SPEC, encoding="utf-8")
    return path


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [*map(str, arguments)], catch_exceptions=False)


@pytest.mark.parametrize("text", [text for values in ALIKE.values() for text in values if type(text) is str])
def test_set_reads_as_python_does(spec: Path, text: str) -> None:
    result = invoke("check", spec, "--set", f"alpha={text}", "--format", "json")
    report = check_text(SPEC, settings={"alpha": text})
    (found,) = json.loads(result.stdout)
    assert found["totals"]["params"] == (
        report.totals.params if report.ok and report.totals else found["totals"]["params"]
    )
    assert [one["message"] for one in found["diagnostics"]] == [error.message for error in report.diagnostics]


@pytest.mark.parametrize("command", ["check", "explain", "fix", "law", "solve"])
@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("alpha=ten", "`alpha` takes a number up to ±10**18, true or false, not `ten`"),
        ("alpha=", "`alpha` takes a number up to ±10**18, true or false, not an empty text"),
        ("biased=yes", "not `yes`: write true"),
        ("=3", "`=3` sets nothing: write a name and a value, such as classes=10"),
        ("alpha", "`alpha` sets nothing"),
        ("", "an empty text sets nothing"),
        ("alhpa=3", "did you mean `alpha`"),
    ],
)
def test_set_refuses_as_python_does(spec: Path, command: str, setting: str, words: str) -> None:
    asked = {"explain": ["fc"], "solve": ["--want", "fc.params > 1", "--over", "fc.bias"]}.get(command, [])
    result = invoke(command, spec, *asked, "--set", setting)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr


@pytest.mark.parametrize("command", ["check", "law", "sweep"])
def test_of_two_values_for_a_name_neither_is_taken(spec: Path, command: str) -> None:
    result = invoke(command, spec, "--set", "alpha=1", "--set", "biased=true", "--set", "alpha=2")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "`alpha`" in result.stderr
    assert "twice" in result.stderr


def test_one_number_for_an_input_of_three_axes_is_told_the_others(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["check", "resnet50", "--input", "320"])
    assert result.exit_code == 1
    assert "help: give every axis of the input: `--input 3,320,320`" in result.output
    assert CliRunner().invoke(cli, ["check", "resnet50", "--input", "3,320,320"]).exit_code == 0
    grey = CliRunner().invoke(cli, ["check", "lenet5", "--input", "40"]).output
    assert "`--input 1,40,40`" in grey
    clip = tmp_path / "clip.yaml"
    clip.write_text(
        "archcalc: 1\nname: C\ninput: [1, 8, 8, 8]\nlayers:\n  - {kind: conv3d, out_channels: 4, kernel_size: 3}\n"
    )
    assert "give every axis" not in CliRunner().invoke(cli, ["check", str(clip), "--input", "32"]).output
    for other in ("320,320", "3,5,5,5"):
        assert "give every axis" not in CliRunner().invoke(cli, ["check", "resnet50", "--input", other]).output
