"""The files that other repositories use this one by: GitHub's action and the hook of pre-commit."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from archcalc.cli.main import cli

ROOT = Path(__file__).parents[1]
SPEC = "archcalc: 1\nname: Small\ninput: [3, 8, 8]\nlayers:\n  - {kind: conv2d, out_channels: 4, kernel_size: 3}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "nets").mkdir()
    (tmp_path / "nets" / "small.yaml").write_text(SPEC, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("specs", "arguments", "status", "said"),
    [
        ("nets", "", 0, "archcalc: 0 errors, 0 warnings in 1 spec, 1 network\n"),
        ("nets/small.yaml nets", "--max params=10", 1, "::error file=nets/small.yaml,title=A403"),
        ("nets", "$(touch here) `touch here` ; touch here", 2, ""),
        ("$(touch here)", "", 2, ""),
    ],
)
def test_the_action_checks_and_runs_nothing_of_its_inputs(
    folder: Path, specs: str, arguments: str, status: int, said: str
) -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    step = action["runs"]["steps"][-1]
    # What an expression stands for goes into the environment alone, and never into the script.
    assert "${{" not in step["run"]
    given = {"${{ inputs.specs }}": specs, "${{ inputs.arguments }}": arguments}
    environment = {name: given[value] for name, value in step["env"].items()}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        env={**os.environ, **environment, "PATH": path}, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == status, done.stderr
    assert said in done.stdout
    assert not (folder / "here").exists()


def test_every_input_of_the_action_is_used() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    text = str(action["runs"])
    assert all(f"inputs.{name} }}}}" in text for name in action["inputs"])


@pytest.mark.usefixtures("folder")
def test_the_hook_checks_the_files_it_is_given() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    command, *arguments = shlex.split(hook["entry"])
    assert command == "archcalc"
    assert hook["language"] == "python"
    result = CliRunner().invoke(cli, [*arguments, "nets/small.yaml"])
    assert (result.exit_code, result.output) == (0, "nets/small.yaml: ok\n")
    Path("nets/small.yaml").write_text(SPEC.replace("kernel_size: 3", "kernel_size: 9"), encoding="utf-8")
    assert CliRunner().invoke(cli, [*arguments, "nets/small.yaml"]).exit_code == 1


def test_the_hook_is_given_files_of_blocks_and_checks_the_specs_that_use_them(folder: Path) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    _, *arguments = shlex.split(hook["entry"])
    block = folder / "nets" / "blocks" / "wide.yaml"
    block.parent.mkdir()
    block.write_text("archcalc: 1\nargs: {}\nlayers:\n  - {kind: relu}\n", encoding="utf-8")
    spec = SPEC.replace("layers:", "blocks: {wide: {use: blocks/wide.yaml}}\nlayers:") + "  - {kind: wide}\n"
    (folder / "nets" / "small.yaml").write_text(spec, encoding="utf-8")
    name = "nets/blocks/wide.yaml"
    assert re.search(hook["files"], name)
    assert "exclude" not in hook
    assert CliRunner().invoke(cli, [*arguments, name]).exit_code == 0
    block.write_text(block.read_text("utf-8").replace("relu", "rleu"), encoding="utf-8")
    result = CliRunner().invoke(cli, [*arguments, name])
    assert result.exit_code == 1
    assert "wide.yaml:4" in result.output


def test_the_hook_runs_once_for_all_files() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert hook["require_serial"] is True


@pytest.mark.usefixtures("folder")
def test_the_arguments_that_the_page_gives_the_hook_stop_advice() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    page = (ROOT / "docs" / "review.md").read_text("utf-8")
    _, begun, rest = page.partition("    repos:\n")
    config = yaml.safe_load(begun + rest.partition("\n\n")[0])
    (repository,) = config["repos"]
    (used,) = repository["hooks"]
    assert repository["rev"] not in ("main", "master")
    assert re.search(used["files"], "nets/small.yaml")
    assert not re.search(used["files"], "nets/small.md")
    Path("nets/small.yaml").write_text(SPEC + "  - {kind: batch_norm2d}\n", encoding="utf-8")
    _, *entry = shlex.split(hook["entry"])
    assert CliRunner().invoke(cli, [*entry, *used["args"], "nets/small.yaml"]).exit_code == 1
    assert CliRunner().invoke(cli, [*entry, "--fail-on", "warning", "nets/small.yaml"]).exit_code == 0


def commenting(folder: Path, changed: str) -> subprocess.CompletedProcess[str]:
    """The job of the page that comments, run on a change of a spec; `gh` keeps what it is asked."""
    page = (ROOT / "docs" / "review.md").read_text("utf-8").partition("## The comment of a pull request")[2]
    job = yaml.safe_load("    on:" + page.partition("    on:")[2].partition("\n\n")[0])["jobs"]["difference"]
    checkout, *_, step = job["steps"]
    assert checkout["with"] == {"fetch-depth": 0}
    assert "${{" not in step["run"]
    for words in (
        ["init", "-q"],
        ["add", "."],
        ["commit", "-qm", "a"],
        ["update-ref", "refs/remotes/origin/main", "HEAD"],
    ):
        subprocess.run(["git", "-c", "user.email=a@example.org", "-c", "user.name=A", *words], cwd=folder, check=True)
    (folder / "nets" / "small.yaml").write_text(changed, encoding="utf-8")
    (folder / "bin").mkdir()
    gh = folder / "bin" / "gh"
    gh.write_text('#!/bin/sh\necho "$@" > asked\ncat "$5" > posted\n', encoding="utf-8")
    gh.chmod(0o755)
    given = {"${{ github.base_ref }}": "main", "${{ github.event.number }}": "7", "${{ github.token }}": "none"}
    environment = {name: given[value] for name, value in step["env"].items()}
    path = f"{gh.parent}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-e", "-c", step["run"]],
        env={**os.environ, **environment, "PATH": path}, cwd=folder, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip


def test_the_job_of_the_page_comments_what_a_change_does_though_it_breaks_a_budget(folder: Path) -> None:
    over = SPEC.replace("out_channels: 4", "out_channels: 5").replace("layers:", "budget: {params: 10}\nlayers:")
    done = commenting(folder, over)
    assert done.returncode == 0, done.stderr
    assert "error[A403]" in done.stderr
    assert (folder / "asked").read_text("utf-8") == "pr comment 7 --body-file difference.md\n"
    assert "| parameters | 112 | 140 | +25.00% |" in (folder / "posted").read_text("utf-8")


def test_the_job_of_the_page_fails_where_there_is_nothing_to_compare(folder: Path) -> None:
    done = commenting(folder, SPEC.replace("kernel_size: 3", "kernel_size: 9"))
    assert done.returncode != 0
    assert "error[A201]" in done.stderr
    assert not (folder / "posted").exists()
