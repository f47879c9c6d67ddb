"""Completion: what a shell is offered for each argument, and that it is as quick as a check."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from archcalc.cli.main import cli

TEXT = """\
archcalc: 1
name: Mine
input: [3, 8, 8]
let: {classes: 10, width}
presets: {narrow: {let: {width: 4}}, wide: {let: {width: 64}}}
layers:
  - {name: conv1, kind: conv2d, out_channels: width, kernel_size: 3}
  - {name: head, layers: [{name: pool, kind: adaptive_avg_pool2d, output_size: 1}, {kind: flatten}]}
  - {name: fc, kind: linear, out_features: classes}
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "mine.yaml").write_text(TEXT, "utf-8")
    (tmp_path / "notes.txt").touch()
    (tmp_path / "specs").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def offered(line: str) -> list[str]:
    """What completes the last word of a command line."""
    *words, incomplete = line.split(" ")
    return [item.value for item in ShellComplete(cli, {}, "archcalc", "").get_completions(words, incomplete)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("s", ["solve", "sweep"]),
        ("check min", ["min"]),
        ("check alexnet-", ["alexnet-paper", "alexnet-torchvision"]),
        ("law resnet1", ["resnet18", "resnet101", "resnet152"]),
        ("check vgg11 resnet3", ["resnet34"]),
        ("check resnet --preset wide", ["wide_resnet50_2", "wide_resnet101_2"]),
        ("check mine.yaml --preset ", ["narrow", "wide"]),
        ("check mine.yaml --set ", ["classes=", "width="]),
        ("sweep mine.yaml --set c", ["classes="]),
        ("law mine.yaml --free ", ["classes", "width"]),
        ("explain mine.yaml ", ["head", "conv1", "head.pool", "head.1", "fc"]),
        ("explain mine.yaml head.", ["head.pool", "head.1"]),
        ("law mine.yaml --preset wide --of c", ["conv1"]),
        ("law mine.yaml --preset wide --of t", ["total"]),
        ("draw mine.yaml --of ", ["head"]),
        ("explain alexnet conv", ["conv1", "conv2", "conv3", "conv4", "conv5"]),
        ("explain A21", ["A210", "A211", "A212", "A213", "A214", "A215", "A216", "A217", "A218", "A219"]),
        ("explain a201", ["A201"]),
        ("kinds conv2", ["conv2d"]),
        ("kinds batch_", ["batch_norm1d", "batch_norm2d", "batch_norm3d"]),
        ("list squeeze", ["squeezenet", "squeezenet1_0", "squeezenet1_1"]),
        ("solve mine.yaml --preset wide --over conv1.p", ["conv1.padding", "conv1.padding_mode"]),
        ("solve mine.yaml --preset wide --over conv1.stride,input.", [f"conv1.stride,input.{axis}" for axis in "CHW"]),
        ("generate --target ", ["torch"]),
        ("check --color a", ["auto", "always"]),
        ("check mine.yaml --preset no", []),
        ("explain gone.yaml ", []),
        ("check gone.yaml --preset ", []),
        ("solve gone --over ", []),
    ],
)
def test_what_is_offered(line: str, expected: list[str]) -> None:
    assert offered(line) == expected


def test_files_are_left_to_the_shell_where_it_knows_better() -> None:
    items = ShellComplete(cli, {}, "archcalc", "").get_completions(["check"], "specs/")
    assert [(item.value, item.type) for item in items] == [("specs/", "file")]
    items = ShellComplete(cli, {}, "archcalc", "").get_completions(["check"], "no")
    assert [(item.value, item.type) for item in items] == [("no", "file")]
    assert {"mine.yaml", "specs/", "alexnet", "resnet50"} <= set(offered("check "))
    assert "notes.txt" not in offered("check ")


def test_the_shells_scripts_are_clicks_and_bash_completes_with_them() -> None:
    environment = os.environ | {"_ARCHCALC_COMPLETE": "bash_complete", "COMP_WORDS": "archcalc kin", "COMP_CWORD": "1"}
    run = "from archcalc.cli.main import cli; cli(prog_name='archcalc')"
    done = subprocess.run([sys.executable, "-c", run], env=environment, capture_output=True, check=False)
    assert done.stdout == b"plain,kinds\n", done.stderr
    script = subprocess.run(
        [sys.executable, "-c", run],
        env=os.environ | {"_ARCHCALC_COMPLETE": "zsh_source"},
        capture_output=True,
        check=False,
    )
    assert b"compdef _archcalc_completion archcalc" in script.stdout


def test_of_an_input_that_is_none_nothing_is_offered_but_the_rest(here: Path) -> None:
    (here / "mine.yaml").write_text(TEXT.replace("input: [", "input: [1, 1, "), "utf-8")
    assert offered("solve mine.yaml --over input") == ["input"]
