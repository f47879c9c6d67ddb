"""What cannot be started, or gone on with, is said by name before the first step."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from archcalc import check
from archcalc.targets.generate import generate
from tests.support.training_runs import LENET, last, train


def _empty(run: Path) -> None:
    (run / "last.pt").write_bytes(b"")


def _cut(run: Path) -> None:
    (run / "last.pt").write_bytes((run / "last.pt").read_bytes()[:-100])


def _text(run: Path) -> None:
    (run / "last.pt").write_text("no checkpoint")


def _weights(run: Path) -> None:
    torch.save({"weight": torch.zeros(2)}, run / "last.pt")


def _missing(run: Path) -> None:
    (run / "last.pt").unlink()


def _other_spec(run: Path) -> None:
    torch.save(last(run) | {"spec": "0123"}, run / "last.pt")


def _other_config(run: Path) -> None:
    config = json.loads((run / "config.json").read_text("utf-8"))
    (run / "config.json").write_text(json.dumps(config | {"spec": "0123"}), "utf-8")


def _no_config(run: Path) -> None:
    (run / "config.json").unlink()


def _no_json(run: Path) -> None:
    (run / "config.json").write_text("{", "utf-8")


def _two_processes(run: Path) -> None:
    config = json.loads((run / "config.json").read_text("utf-8"))
    (run / "config.json").write_text(json.dumps(config | {"processes": 2}), "utf-8")


def _nothing(run: Path) -> None:
    pass


@pytest.mark.parametrize(
    ("spoil", "options", "said"),
    [
        (_empty, (), "last.pt is empty"),
        (_cut, (), "last.pt is not a checkpoint of this code, or not all of one"),
        (_text, (), "last.pt is not a checkpoint of this code, or not all of one"),
        (_weights, (), "last.pt is not a checkpoint of this code, or not all of one"),
        (_missing, (), "there is no checkpoint "),
        (_other_spec, (), "last.pt is of another spec: sha256 0123, not "),
        (_other_config, (), "config.json is of another spec: sha256 0123, not "),
        (_no_config, (), "has no run to go on with: "),
        (_no_json, (), "has no run to go on with: "),
        (_two_processes, (), "is of 2 processes, not 1"),
        (_nothing, ("--lr", "0.5"), "--lr 0.5 is not the run's, which is 0.008: leave it out"),
        (_nothing, ("--batch-size", "32"), "--batch-size 32 is not the run's, which is 64"),
        (_nothing, ("--seed", "1"), "--seed 1 is not the run's, which is 0"),
        (_nothing, ("--precision", "bfloat16"), "--precision bfloat16 is not the run's, which is None"),
        (_nothing, ("--data", "elsewhere"), "--data elsewhere is not the run's, which is digits"),
    ],
)
def test_what_cannot_be_gone_on_with_is_said_by_name(
    spoil: Any, options: tuple[str, ...], said: str, lenet: Path, begun: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    run.mkdir()
    for file in begun.iterdir():
        (run / file.name).write_bytes(file.read_bytes())
    spoil(run)
    before = {file.name: file.read_bytes() for file in run.iterdir()}
    done = train(lenet, "--folder", str(run), "--resume", *options)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert {file.name: file.read_bytes() for file in run.iterdir()} == before


def test_a_new_run_takes_no_others_folder(lenet: Path, begun: Path, tmp_path: Path) -> None:
    taken = train(lenet, "--max-steps", "1", "--folder", str(begun))
    assert taken.returncode == 1
    assert taken.stderr.startswith(f"{begun} is not empty: go on with --resume, or name another")
    file = tmp_path / "file"
    file.write_text("")
    for folder in (file, file / "run"):
        done = train(lenet, "--max-steps", "1", "--folder", str(folder))
        assert done.returncode == 1
        assert done.stderr.startswith((f"no run can be kept in {folder}: ", f"{folder} is not empty"))
    assert train(lenet, "--resume", "--folder", str(tmp_path / "none")).stderr.startswith(
        f"{tmp_path / 'none'} has no run"
    )
    (tmp_path / "mine").mkdir()
    assert train(lenet, "--max-steps", "1", "--folder", str(tmp_path / "mine")).returncode == 0


@pytest.mark.parametrize("option", ["--batch-size 0", "--accumulate 0", "--log-every 0", "--seed -1"])
def test_what_is_too_small_is_refused(option: str, lenet: Path) -> None:
    done = train(lenet, *option.split())
    assert done.returncode == 1
    assert done.stderr.startswith(f"{option.split()[0]} must be {0 if 'seed' in option else 1} or more")


def test_a_gpu_that_is_not_there_is_said_by_name(lenet: Path) -> None:
    command = [sys.executable, "train.py", "--max-steps", "1", "--device", "cuda"]
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(command, cwd=lenet, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("there is no GPU here for --device cuda")


def test_a_preset_is_a_network_of_its_own() -> None:
    resnet = LENET.parent / "resnet.yaml"
    specs = [generate(check(resnet, preset=preset)).files["checkpoint.py"] for preset in ("resnet18", "resnet34")]
    lines = [next(line for line in text.splitlines() if line.startswith("SPEC = ")) for text in specs]
    assert lines[0] != lines[1]


def test_several_processes_are_torchruns(lenet: Path) -> None:
    environment = {**os.environ, "WORLD_SIZE": "2"}
    command = [sys.executable, "train.py", "--max-steps", "1"]
    done = subprocess.run(command, cwd=lenet, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("WORLD_SIZE is 2, but torchrun did not start this")
