"""The explanation of every diagnostic code: its wrong example has that error, its right example has not."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

import archcalc
from archcalc import layers
from archcalc.diagnostics.codes import CODES
from archcalc.diagnostics.pages import UnknownCode, explain_code, explain_codes, must_hold
from tests.support.explanation_schema import VALID

SPECS = [code.code for code in explain_codes() if code.wrong.language == "yaml"]
SESSIONS = [code.code for code in explain_codes() if code.wrong.language == "console"]


def test_every_code_is_explained() -> None:
    there = {path.name for path in (files("archcalc.diagnostics") / "pages").iterdir() if path.name.endswith(".md")}
    assert there == {f"{code}.md" for code in CODES}
    assert [code.code for code in explain_codes()] == sorted(CODES)
    assert sorted([*SPECS, *SESSIONS]) == sorted(CODES)


@pytest.mark.parametrize("code", SPECS)
def test_the_wrong_example_has_that_error_and_no_other(code: str) -> None:
    assert {error.code for error in archcalc.check_text(explain_code(code).wrong.text).diagnostics} == {code}


@pytest.mark.parametrize("code", SPECS)
def test_the_right_example_has_no_error(code: str) -> None:
    assert explain_code(code).right.language == "yaml"
    assert archcalc.check_text(explain_code(code).right.text).diagnostics == ()


def session(text: str, here: Path) -> tuple[str, int]:
    """Run the commands of a console example, each printing what stands below it; what the last printed, its status."""
    (here / "bin").mkdir(exist_ok=True)
    script = here / "bin" / "archcalc"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -m archcalc "$@"\n')
    script.chmod(0o755)
    root = str(Path(importlib.import_module("archcalc").__file__ or "").parents[1])
    environment = {**os.environ, "PATH": f"{here / 'bin'}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": root}
    printed, status = "", 0
    for command, expected in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n?)*)", text, re.MULTILINE):
        done = subprocess.run(
            command, shell=True, cwd=here, env=environment, capture_output=True, encoding="utf-8", check=False
        )
        printed, status = done.stdout + done.stderr, done.returncode
        wanted = "".join(
            "(?:.*\n)*?" if line == "…" else re.escape(line).replace("…", ".*") + "\n" for line in expected.splitlines()
        )
        assert re.fullmatch(wanted, printed), f"`{command}` prints\n{printed}"
    return printed, status


@pytest.mark.parametrize("code", SESSIONS)
def test_the_wrong_session_ends_in_that_error(code: str, tmp_path: Path) -> None:
    printed, status = session(explain_code(code).wrong.text, tmp_path)
    assert status in (1, 2), printed
    said = set(re.findall(r"^error\[(A\d+)\]", printed, re.MULTILINE))
    if code == "A109":
        # The hundred errors themselves stand before it.
        assert said == {"A109", "A110"}
    elif code == "A503":
        # What is wrong with the spec stands before it.
        assert said > {code}
        assert not (tmp_path / "generated").exists()
    else:
        assert said == {code}


@pytest.mark.parametrize("code", SESSIONS)
def test_the_right_session_ends_well(code: str, tmp_path: Path) -> None:
    explained = explain_code(code)
    if code in ("A109", "A501"):
        session(explained.wrong.text, tmp_path)  # it goes on from there
    printed, status = session(explained.right.text, tmp_path)
    assert status == 0, printed


def test_every_need_says_what_must_hold() -> None:
    sources = (Path(layers.__file__).parent).rglob("*.py")
    used = {code for source in sources for code in re.findall(r'"(A\d{3})"', source.read_text(encoding="utf-8"))}
    assert {"A114", "A201", "A202", "A203", "A210"} <= used
    for code in used:
        assert must_hold(code) != CODES[code], code


def test_an_explanation_can_be_read_in_a_terminal() -> None:
    for code in explain_codes():
        lines = [*code.why.split("\n"), *code.fix.split("\n")]
        assert max(map(len, lines)) <= 120, code.code
        assert code.why.endswith(".")
        assert code.fix.endswith(".")


def explain(*words: str, status: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "archcalc", "explain", *words], capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def test_a_code_is_explained_whatever_its_case() -> None:
    said = explain("A203")
    assert said == explain("a203")
    assert said.startswith(f"A203: {CODES['A203']}\n")
    assert "\nwrong\n\n    archcalc: 1\n" in said
    assert explain_code("A203").fix in said


def test_all_codes_are_listed_in_a_line_each() -> None:
    assert explain().splitlines() == [f"{code}  {title}" for code, title in sorted(CODES.items())]


def test_a_code_that_does_not_exist_is_misuse_with_a_way_out() -> None:
    said = explain("A2031", status=2)
    assert "there is no code `A2031`; did you mean `A203`? there are A101 to" in said
    assert "A202" not in explain("A999", status=2)
    assert "name one" in explain("A203", "--input", "3,8,8", status=2)
    with pytest.raises(UnknownCode):
        explain_code("../A203")


def test_tools_read_the_same() -> None:
    told = [json.loads(explain("A203", "--format", "json")), json.loads(explain("--format", "json"))]
    for codes in told:
        VALID.validate(codes)
    ((one,), several) = told
    assert one["code"] == "A203"
    assert one["wrong"] == explain_code("A203").wrong.text
    assert [code["code"] for code in several] == sorted(CODES)
