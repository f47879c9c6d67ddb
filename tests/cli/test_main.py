"""The command line: errors of our own, help, terminals, and what is not imported."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from archcalc.analysis import whole_check
from archcalc.cli import main
from tests.support.cases import run

GOOD = "archcalc: 1\nname: Good\ninput: [3]\nlet: {classes: 10}\nlayers:\n  - {kind: linear, out_features: classes}\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "good.yaml").write_text(GOOD, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(main.cli, ["check", *arguments])


def test_a_file_goes_before_a_bundled_spec_of_its_name(here: Path) -> None:
    (here / "alexnet").write_text(GOOD, "utf-8")
    assert invoke("alexnet").output.startswith("Good  (alexnet)")


def test_an_error_of_our_own_is_exit_3_and_no_traceback(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the abacus fell")

    monkeypatch.setattr(whole_check, "Session", broken)
    output, status = run(["good.yaml"], here, monkeypatch, capsys)
    assert status == 3
    assert output.startswith("archcalc has an error of its own: RuntimeError: the abacus fell at test_main.py:")
    assert "report it" in output
    assert "Traceback" not in output


def test_the_help_names_the_commands() -> None:
    result = CliRunner().invoke(main.cli, ["-h"])
    assert result.exit_code == 0
    assert all(f"  {name} " in result.output for name in main.COMMANDS)
    assert CliRunner().invoke(main.cli, ["chekc"]).exit_code == 2
    assert isinstance(main.cli, click.Group)


@pytest.mark.parametrize("name", main.COMMANDS)
def test_a_commands_help_begins_as_the_list_says(name: str) -> None:
    command = main.cli.get_command(click.Context(main.cli), name)
    assert command is not None
    assert (command.name, (command.help or "").partition("\n")[0]) == (name, main.COMMANDS[name])


@pytest.mark.parametrize("arguments", [[], ["--help"], ["check", "--help"], ["kinds", "-h"]])
def test_help_imports_no_more_than_it_needs(arguments: list[str]) -> None:
    code = """
import sys
from archcalc.cli.main import main
try:
    main()
except SystemExit:
    pass
print(*sorted({"yaml", "numpy", "sympy", "jinja2", "archcalc.pipeline"} & set(sys.modules)), file=sys.stderr)
print(*(name for name in sys.modules if name.startswith("archcalc.cli.")), file=sys.stderr)
"""
    done = process(*arguments, code=code)
    heavy, commands = done.stderr.decode().splitlines()[-2:]
    assert heavy == ""
    assert {*commands.split()} & {f"archcalc.cli.{name}" for name in main.COMMANDS} == {
        f"archcalc.cli.{name}" for name in arguments[:1] if name in main.COMMANDS
    }


def process(*arguments: str, code: str | None = None, **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "archcalc"] if code is None else [sys.executable, "-c", code]
    return subprocess.run(
        [*command, *arguments], capture_output=True, env=os.environ | environment, timeout=60, check=False
    )


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONIOENCODING": "ascii", "LC_ALL": "C"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "latin-1"},
        {"PYTHONIOENCODING": "cp437"},
    ],
)
def test_no_terminal_is_too_plain(tmp_path: Path, environment: dict[str, str]) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text("archcalc: 1\nname: Réseau 卷\ninput: [3]\nlayers:\n  - {name: 卷, kind: rëlu}\n", "utf-8")
    for form in ("text", "json"):
        done = process("check", str(spec), "alexnet", "--format", form, **environment)
        assert done.returncode == 1, done.stderr
        assert done.stderr == b""
    done = process("check", "alexnet", **environment)
    assert done.returncode == 0
    assert b"62,378,344" in done.stdout
    assert b"?" not in done.stdout


def test_what_agrees_is_told_from_what_does_not_without_unicode() -> None:
    done = process("check", "lenet5", PYTHONIOENCODING="latin-1")
    text = done.stdout.decode("latin-1")
    assert "  + c1: output 6 × 28 × 28" in text
    assert "  ~ total: parameters 60000" in text
    assert "----" in text


def test_a_check_needs_no_torch_and_loads_nothing_heavy() -> None:
    code = """
import sys
for name in ("torch", "torchvision"):
    sys.modules[name] = None
from archcalc.cli.main import main
sys.argv = ["archcalc", "check", "alexnet", "alexnet-paper", "--format", "json"]
try:
    main()
except SystemExit as ended:
    status = ended.code
loaded = {name.partition(".")[0] for name, module in sys.modules.items() if module is not None}
heavy = loaded & {"torch", "sympy", "numpy", "jinja2", "rich", "difflib"}
sys.exit(f"{status=} {sorted(heavy)=}" if status or heavy else 0)
"""
    done = process(code=code)
    assert done.returncode == 0, done.stderr.decode()
    assert [report["name"] for report in json.loads(done.stdout)] == ["AlexNet", "AlexNetPaper"]


def test_a_closed_pipe_is_no_error_of_ours() -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as pipe:
        done = subprocess.run(
            [sys.executable, "-m", "archcalc", "check", "alexnet"],
            stdout=pipe, stderr=subprocess.PIPE, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode != 3
    assert b"Traceback" not in done.stderr
    assert b"error of its own" not in done.stderr
