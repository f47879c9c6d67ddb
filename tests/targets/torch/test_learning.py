"""Networks of the size that people train learn the digits: with `make deep`, since each takes minutes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from archcalc import check
from archcalc.targets.generate import generate
from tests.support.training_runs import LENET, train

pytestmark = pytest.mark.skipif("ARCHCALC_DEEP" not in os.environ, reason="takes minutes: make deep")

ZOO = LENET.parent


def test_resnet18_learns_the_digits(tmp_path: Path) -> None:
    # 65 % after an epoch of its SGD at 64 × 64; at 224 × 224 an epoch would take ten times as long.
    made = generate(check(ZOO / "resnet.yaml", preset="resnet18", input=(3, 64, 64)), out=tmp_path)
    made.write()
    done = train(made.folder, "--lr", "0.02", "--epochs", "1", "--batch-size", "32", "--expect-accuracy", "0.5")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_papers_alexnet_learns_the_digits(tmp_path: Path) -> None:
    made = generate(check(ZOO / "alexnet-paper.yaml"), out=tmp_path)
    made.write()
    options = ("--batch-size", "32", "--max-steps", "40", "--log-every", "5", "--expect-falling-loss")
    done = train(made.folder, *options, "--folder", str(tmp_path / "run"))
    assert done.returncode == 0, done.stdout + done.stderr
