"""Of a folder, the specs are checked and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from archcalc.cli.main import cli
from archcalc.spec import folder
from archcalc.spec.folder import specs_of_folder

SPEC = "archcalc: 1\nname: Small\ninput: [3, 8, 8]\nlayers:\n  - {kind: relu}\n"
FILES = {
    "b.yaml": SPEC,
    "a.yml": SPEC,
    "deeper/c.yaml": SPEC,
    "wrong.yaml": "archcalc : 1\nname: Wrong\n",
    "block.yaml": "archcalc: 1\nargs: {n: 1}\nlayers:\n  - {kind: relu}\n",
    "blocks.yaml": "archcalc: 1\nblocks:\n  b: {layers: [{kind: relu}]}\n",
    "other.yaml": "services:\n  archcalc: 1\n",
    "forgot.yaml": SPEC.removeprefix("archcalc: 1\n"),
    ".hidden.yaml": SPEC,
    ".git/d.yaml": SPEC,
    "notes.txt": SPEC,
}


def test_specs_are_told_from_other_files(tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "e.yaml").mkdir()
    found = [Path(path).relative_to(tmp_path).as_posix() for path in specs_of_folder(str(tmp_path))]
    assert found == ["a.yml", "b.yaml", "forgot.yaml", "wrong.yaml", "deeper/c.yaml"]
    result = CliRunner().invoke(cli, ["check", str(tmp_path)])
    assert result.exit_code == 1
    assert result.output.splitlines()[-1] == "5 specs, 5 networks: 2 with errors"


def test_a_folder_without_specs_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["check", str(tmp_path)])
    assert result.exit_code == 2
    assert "no file in the folder" in result.output


def test_a_folder_of_everything_is_not_looked_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.yaml", "b.yaml", "c.yaml"):
        (tmp_path / name).write_text(SPEC, encoding="utf-8")
    monkeypatch.setattr(folder, "MOST_LISTED", 3)
    assert CliRunner().invoke(cli, ["check", str(tmp_path)]).exit_code == 0
    (tmp_path / "more").mkdir()
    result = CliRunner().invoke(cli, ["check", str(tmp_path)])
    assert result.exit_code == 2
    assert "has more than 3 files and folders in it: name the folders that the specs are in" in result.output
