"""Runs of generated training code: how a test starts one, and what it reads of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import numpy as np
import torch
from PIL import Image

from tests.support.forked import forked

LENET = Path(__file__).parents[2] / "specs" / "lenet5.yaml"
STOPPED = 75
RANDOM = """\
archcalc: 1
name: Random
input: [3, 12, 12]
layers:
  - {name: conv, kind: conv2d, out_channels: 4, kernel_size: 3}
  - {name: bn, kind: batch_norm2d}
  - {name: relu, kind: relu}
  - {name: drop, kind: dropout, p: 0.3}
  - {name: flat, kind: flatten}
  - {name: fc, kind: linear, out_features: 3}
train:
  optimizer: {kind: sgd, lr: 0.05, momentum: 0.9}
  schedule: {kind: cosine_annealing_lr, T_max: 2}
  augment: {resize: 14, random_crop: true, horizontal_flip: true}
  batch_size: 8
  epochs: 2
"""
"""All that is random: the start, the order, dropout, crops and flips; and all that has a state."""


def train(folder: Path, *options: str) -> CompletedProcess[str]:
    return forked(folder, "train.py", "--threads", "1", *options)


def program(folder: Path, *options: str) -> CompletedProcess[str]:
    """The same in an interpreter of its own, which can have processes that load."""
    command = [sys.executable, "train.py", "--threads", "1", *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def last(folder: Path, name: str = "last.pt") -> dict[str, Any]:
    found: dict[str, Any] = torch.load(folder / name, weights_only=True)
    return found


def draw_pictures(folder: Path) -> None:
    """50 pictures of three classes to train on, and 7 more."""
    draw = np.random.default_rng(0)
    for part, number in (("train", 50), ("val", 7)):
        for index in range(number):
            file = folder / part / "abc"[index % 3] / f"{index}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(draw.integers(0, 255, (15, 17, 3), dtype=np.uint8)).save(file)


def log(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "log.jsonl").read_text("utf-8").splitlines()]


def assert_same(one: Any, other: Any) -> None:
    """Equal to the last bit, however deep."""
    assert type(one) is type(other)
    if isinstance(one, torch.Tensor):
        assert torch.equal(one, other)
    elif isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            assert_same(one[key], other[key])
    elif isinstance(one, list):
        assert len(one) == len(other)
        for mine, theirs in zip(one, other, strict=True):
            assert_same(mine, theirs)
    else:
        assert one == other
