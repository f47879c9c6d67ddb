"""The generated training loop learns, is interrupted, and goes on exactly where it was."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from archcalc import check
from archcalc.generating import generate

LENET = Path(__file__).parents[2] / "specs" / "lenet5.yaml"
SPECS = Path(__file__).parent / "specs"


def train(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "train.py", "--threads", "1", *options],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.fixture(scope="module")
def lenet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = generate(check(LENET), out=tmp_path_factory.mktemp("generated"))
    made.write()
    return made.folder


def test_lenet_learns_the_digits(lenet: Path) -> None:
    done = train(lenet, "--expect-accuracy", "0.95", "--expect-falling-loss", "--checkpoint", "learnt.pt")
    assert done.returncode == 0, done.stderr
    assert "top-1 9" in done.stdout


def test_expectations_that_fail_fail(lenet: Path) -> None:
    accuracy = train(lenet, "--epochs", "1", "--expect-accuracy", "1.0", "--checkpoint", "failed.pt")
    assert accuracy.returncode == 1
    assert "below expectation" in accuracy.stderr
    loss = train(lenet, "--max-steps", "8", "--lr", "1e-30", "--expect-falling-loss", "--batch-size", "1438")
    assert loss.returncode == 1
    assert "the loss did not fall" in loss.stderr


def test_a_resumed_run_ends_where_an_uninterrupted_one_does(lenet: Path) -> None:
    assert train(lenet, "--epochs", "3", "--checkpoint", "whole.pt").returncode == 0
    assert train(lenet, "--epochs", "2", "--checkpoint", "parts.pt").returncode == 0
    assert train(lenet, "--epochs", "3", "--checkpoint", "parts.pt", "--resume").returncode == 0
    whole, parts = (torch.load(lenet / name)["model"] for name in ("whole.pt", "parts.pt"))
    assert whole.keys() == parts.keys()
    assert all(torch.equal(whole[name], parts[name]) for name in whole)


@pytest.mark.parametrize("spec", sorted(SPECS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_kind_of_input_trains(spec: Path, tmp_path: Path) -> None:
    made = generate(check(spec), out=tmp_path)
    made.write()
    done = train(made.folder, "--epochs", "1", "--batch-size", "200")
    assert done.returncode == 0, done.stderr
    assert "top-1" in done.stdout


def test_pictures_in_folders_train(lenet: Path, tmp_path: Path) -> None:
    pixels = np.random.default_rng(0)
    for part, count in (("train", 6), ("val", 2)):
        for label in ("cat", "dog"):
            folder = tmp_path / part / label
            folder.mkdir(parents=True)
            for number in range(count):
                picture = pixels.integers(0, 255, (40 + number, 90, 3), dtype=np.uint8)
                Image.fromarray(picture).save(folder / f"{number}.png")
    done = train(lenet, "--data", str(tmp_path), "--epochs", "1", "--batch-size", "4", "--checkpoint", "pictures.pt")
    assert done.returncode == 0, done.stderr
    missing = train(lenet, "--data", str(tmp_path / "nowhere"))
    assert missing.returncode == 1
    assert "there is no folder" in missing.stderr
