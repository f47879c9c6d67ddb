"""``check --report FORMAT=FILE``: what is written is what ``--format`` prints, whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archcalc.cli.main import cli
from archcalc.cli.report_files import FORMATS

WRONG = """\
archcalc: 1
name: Wrong
input: [3, 8, 8]
layers:
  - {name: conv, kind: conv2d, out_channels: 4, kernel_size: 9}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "wrong.yaml").write_text(WRONG, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["check", *arguments])


def test_each_is_what_its_format_prints_and_the_log_says_what_is_wrong() -> None:
    asked = [word for form in FORMATS for word in ("--report", f"{form}=reports/{form}.out")]
    result = run("wrong.yaml", "lenet5", "--fail-on", "warning", *asked)
    assert result.exit_code == 1
    assert result.stdout == run("wrong.yaml", "lenet5").stdout
    assert "error[A201]" in result.stdout
    for form in FORMATS:
        printed = run("wrong.yaml", "lenet5", "--fail-on", "warning", "--format", form).stdout
        assert Path(f"reports/{form}.out").read_text("utf-8") == printed
    assert {path.name for path in Path("reports").iterdir()} == {f"{form}.out" for form in FORMATS}


def test_what_is_there_is_replaced_and_printed_beside_another_format() -> None:
    Path("out.sarif").write_text("old", encoding="utf-8")
    result = run("lenet5", "--format", "github", "--report", "sarif=out.sarif")
    assert (result.exit_code, result.stdout) == (0, "archcalc: 0 errors, 0 warnings in 1 spec, 1 network\n")
    assert json.loads(Path("out.sarif").read_text("utf-8"))["version"] == "2.1.0"


@pytest.mark.parametrize("value", ["sarif", "sarif=", "=out", "text=out.txt", "sarfi=out", "latex=out.tex"])
def test_what_is_no_report_is_refused_before_anything_is_written(value: str, folder: Path) -> None:
    result = run("lenet5", "--report", value)
    assert result.exit_code == 2
    assert "write one of json, github, gitlab, junit, sarif and a file, such as sarif=specs.sarif" in " ".join(
        result.stderr.split()
    )
    assert [path.name for path in folder.iterdir()] == ["wrong.yaml"]


def test_one_file_is_not_written_twice(folder: Path) -> None:
    result = run("lenet5", "--report", "sarif=out", "--report", "junit=./out")
    assert result.exit_code == 2
    assert "the second would replace the first" in result.stderr
    assert not (folder / "out").exists()


def test_a_file_that_cannot_be_written_is_said() -> None:
    result = run("lenet5", "--report", "sarif=wrong.yaml/out.sarif")
    assert result.exit_code == 2
    assert "wrong.yaml/out.sarif cannot be written" in result.stderr
