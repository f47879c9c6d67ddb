"""Of a folder, the specs are checked and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from archcalc.cli.main import cli
from archcalc.spec import folder
from archcalc.spec.folder import specs_of_folder, specs_using

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
    assert result.stdout.splitlines()[-1] == "5 specs, 5 networks: 2 with errors"
    other = tmp_path / "other.yaml"
    assert result.stderr.splitlines()[-1] == f"note: {other} is no spec, and not checked"


@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_files_that_are_skipped_are_counted_and_one_that_may_be_meant_is_named(tmp_path: Path, form: str) -> None:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    misspelt = tmp_path / "zoo.yaml"
    misspelt.write_text(FILES["forgot.yaml"].replace("layers:", "layer:"), encoding="utf-8")
    result = CliRunner().invoke(cli, ["check", str(tmp_path), "--format", form])
    assert result.exit_code == 1
    assert result.stderr == (
        f"note: 2 YAML files in {tmp_path} are no specs, and not checked; {misspelt} looks like one: name it, to see"
        " what it lacks\n"
    )
    assert "error[A112]" in CliRunner().invoke(cli, ["check", str(misspelt), "-q"]).output


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


BLOCK = "archcalc: 1\nargs: {n: 1}\nlayers:\n  - {kind: relu}\n"
USING = "archcalc: 1\nname: Using\ninput: [3, 8, 8]\nblocks: {{act: {{use: {file}}}}}\nlayers:\n  - {{kind: act}}\n"


@pytest.fixture
def family(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two specs that use a block, one of them through another block; a third that uses none; and a fourth below."""
    through = BLOCK.replace("layers:", "blocks: {inner: {use: nets/parts/act.yaml}}\nlayers:").replace("relu", "inner")
    files = {
        "repository/.git/HEAD": "",
        "repository/far.yaml": USING.format(file="nets/far/act.yaml"),
        "repository/nets/far/act.yaml": through,
        "repository/nets/near.yaml": USING.format(file="parts/act.yaml"),
        "repository/nets/none.yaml": SPEC,
        "repository/nets/parts/act.yaml": BLOCK.replace("n: 1", "").replace("relu", "relu, inplace: 3"),
        "repository/nets/parts/near.yaml": USING.format(file="parts/act.yaml"),
        "repository/nets/parts/unused.yaml": BLOCK,
        "above.yaml": USING.format(file="repository/nets/parts/act.yaml"),
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path / "repository")
    return tmp_path / "repository"


def test_the_file_of_a_block_stands_for_the_specs_that_use_it(family: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    users = ["nets/near.yaml", "far.yaml"]
    assert specs_using("nets/parts/act.yaml") == users
    assert specs_using(str(family / "nets/parts/act.yaml")) == [str(family / name) for name in users]
    assert specs_using("nets/far/act.yaml") == ["far.yaml"]
    assert [specs_using(name) for name in ("nets/none.yaml", "nets/parts/unused.yaml", "nets", "gone.yaml")] == [[]] * 4
    monkeypatch.chdir(family / "nets" / "parts")
    assert specs_using("act.yaml") == ["../near.yaml", "../../far.yaml"]


@pytest.mark.usefixtures("family")
def test_a_fault_in_the_file_of_a_block_is_told_as_of_the_specs_that_use_it_each_once() -> None:
    result = CliRunner().invoke(cli, ["check", "nets/parts/act.yaml", "nets/near.yaml", "./nets/near.yaml"])
    assert result.exit_code == 1
    assert "nets/parts/act.yaml:" in result.output
    assert "A112" not in result.output
    assert result.output.splitlines()[-1] == "2 specs, 2 networks: 2 with errors"
    Path("nets/parts/act.yaml").write_text(BLOCK.replace("n: 1", ""), encoding="utf-8")
    assert CliRunner().invoke(cli, ["check", "nets/parts/act.yaml", "nets/none.yaml"]).exit_code == 0


@pytest.mark.usefixtures("family")
def test_the_file_of_a_block_that_no_spec_uses_is_no_spec() -> None:
    result = CliRunner().invoke(cli, ["check", "nets/parts/unused.yaml"])
    assert result.exit_code == 1
    assert "error[A112]: this is the file of a block, not a spec" in result.output
