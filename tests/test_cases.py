"""Wrong specs, and the whole report that each must give.

A case is a folder of ``cases/``, in that of the stage that finds the error, or in ``written`` where people write so
from habit: ``spec.yaml`` and the files of blocks that it uses, ``args`` where the command has more of them, and
``expected.txt``, what the command prints and its exit status. After a change that is meant, ``ARCHCALC_UPDATE_CASES=1
pytest tests/test_cases.py`` writes them anew; read the difference aloud.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from archcalc.diagnostics.codes import CODES
from tests.support.cases import CASES, VALID, run

UPDATE = os.environ.get("ARCHCALC_UPDATE_CASES") == "1"


def _missing(here: Path) -> str:
    (here / "alexnet.yaml").write_text("archcalc: 1\n", "utf-8")
    return "alxnet.yaml"


def _missing_folder(here: Path) -> str:
    return "nowhere/alexnet.yaml"


def _below_a_file(here: Path) -> str:
    (here / "small.yaml").write_text("archcalc: 1\n", "utf-8")
    return "small.yaml/spec.yaml"


def _long_name(here: Path) -> str:
    return "x" * 300 + ".yaml"


def _pipe(here: Path) -> str:
    os.mkfifo(here / "pipe.yaml")
    return "pipe.yaml"


def _device(here: Path) -> str:
    return "/dev/zero"


def _loop(here: Path) -> str:
    (here / "loop.yaml").symlink_to("loop.yaml")
    return "loop.yaml"


def _deep(here: Path) -> str:
    blocks = "".join(f"  b{n}: {{layers: [{{kind: b{n + 1}}}]}}\n" for n in range(4_999))
    head = "archcalc: 1\nname: Deep\ninput: [3]\nblocks:\n"
    (here / "spec.yaml").write_text(f"{head}{blocks}  b4999: {{layers: [{{kind: relu}}]}}\nlayers: [{{kind: b0}}]\n")
    return "spec.yaml"


def _linked_block(here: Path) -> str:
    (here / "outside").mkdir()
    (here / "outside" / "secret.yaml").write_text("archcalc: 1\nlayers: [{kind: relu}]\n", "utf-8")
    (here / "inside").mkdir()
    (here / "inside" / "linked.yaml").symlink_to(here / "outside" / "secret.yaml")
    spec = "archcalc: 1\nname: A\ninput: [3]\nblocks: {a: {use: linked.yaml}}\nlayers: [{kind: a}]\n"
    (here / "inside" / "spec.yaml").write_text(spec, "utf-8")
    return "inside/spec.yaml"


def _large(here: Path) -> str:
    (here / "spec.yaml").write_text("archcalc: 1\n" + "# row\n" * 200_000, "utf-8")
    return "spec.yaml"


MADE: dict[str, Callable[[Path], str]] = {
    "names/block-deep": _deep,
    "names/block-file-linked": _linked_block,
    "file/file-below-a-file": _below_a_file,
    "file/file-device": _device,
    "file/file-large": _large,
    "file/file-link-to-itself": _loop,
    "file/file-long-name": _long_name,
    "file/file-missing": _missing,
    "file/file-missing-folder": _missing_folder,
    "file/file-pipe": _pipe,
}
"""Cases that no checkout can hold as a spec.yaml: each makes its file, and says what to check."""

NAMES = sorted({path.relative_to(CASES).as_posix() for path in CASES.glob("*/*") if path.is_dir()} | MADE.keys())


def arguments(name: str, here: Path) -> list[str]:
    """What follows ``archcalc check``; the case's files are put into ``here``."""
    if name in MADE:
        return [MADE[name](here)]
    shutil.copytree(CASES / name, here, dirs_exist_ok=True)
    more = CASES / name / "args"
    return ["spec.yaml", *(more.read_text("utf-8").split() if more.exists() else ())]


@pytest.mark.parametrize("name", NAMES)
def test_a_case_reports_what_is_expected(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    output, status = run(arguments(name, tmp_path), tmp_path, monkeypatch, capsys)
    found = f"{output}\nexit {status}\n"
    expected = CASES / name / "expected.txt"
    if UPDATE:
        expected.parent.mkdir(parents=True, exist_ok=True)
        expected.write_text(found, "utf-8")
    assert found == expected.read_text("utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_a_case_is_the_same_for_tools(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    output, status = run([*arguments(name, tmp_path), "--format", "json"], tmp_path, monkeypatch, capsys)
    (report,) = json.loads(output)
    VALID.validate([report])
    expected = (CASES / name / "expected.txt").read_text("utf-8")
    assert expected.endswith(f"\nexit {status}\n")
    assert [(error["severity"], error["code"], error["message"]) for error in report["diagnostics"]] == [
        tuple(found) for found in re.findall(r"^(error|warning)\[(A\d+)\]: (.*)$", expected, re.MULTILINE)
    ]
    assert all(_in_file(error, tmp_path / error["file"]) for error in report["diagnostics"])


def _in_file(error: dict[str, Any], file: Path) -> bool:
    """Whether an error's place is in its file, or just behind its end."""
    if error["line"] is None:
        return error["column"] is None
    lines = file.read_bytes().decode("utf-8-sig", "replace").splitlines()
    return bool(error["line"] <= len(lines) and error["column"] <= len(lines[error["line"] - 1]) + 1)


def test_every_code_of_the_check_has_a_case() -> None:
    shown = "".join((CASES / name / "expected.txt").read_text("utf-8") for name in NAMES)
    codes = set(re.findall(r"^(?:error|warning)\[(A\d+)\]", shown, re.MULTILINE))
    # A109, more than 100 errors, would make a long case; test_pipeline.py has it.
    assert codes == {code for code in CODES if not code.startswith("A5")} - {"A109"}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_unreadable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "spec.yaml").touch(mode=0)
    output, status = run(["spec.yaml"], tmp_path, monkeypatch, capsys)
    assert "error[A101]: `spec.yaml` cannot be read: Permission denied" in output
    assert status == 2


def test_a_refused_file_is_unreadable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    output, status = run(["spec.yaml"], tmp_path, monkeypatch, capsys)
    assert "error[A101]: `spec.yaml` cannot be read: Permission denied" in output
    assert status == 2
