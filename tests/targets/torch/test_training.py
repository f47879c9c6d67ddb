"""The generated training loop learns, from every kind of input, and refuses what it cannot train on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from subprocess import CompletedProcess

import numpy as np
import pytest
import yaml
from PIL import Image

from archcalc import check
from archcalc.targets.generate import generate
from tests.support.forked import forked, forked_code

LENET = Path(__file__).parents[3] / "specs" / "lenet5.yaml"
SPECS = Path(__file__).parent / "specs"


def train(folder: Path, *options: str) -> CompletedProcess[str]:
    return forked(folder, "train.py", "--threads", "1", *options)


@pytest.fixture(scope="module")
def lenet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = generate(check(LENET), out=tmp_path_factory.mktemp("generated"))
    made.write()
    return made.folder


def test_lenet_learns_the_digits(lenet: Path) -> None:
    # As a person runs it, in an interpreter that has imported nothing yet.
    program = [sys.executable, "train.py", "--threads", "1", "--expect-accuracy", "0.97", "--expect-falling-loss"]
    done = subprocess.run(program, cwd=lenet, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    assert "top-1 9" in done.stdout


def test_expectations_that_fail_fail(lenet: Path) -> None:
    accuracy = train(lenet, "--epochs", "1", "--expect-accuracy", "1.0")
    assert accuracy.returncode == 1
    assert "below expectation" in accuracy.stderr
    loss = train(lenet, "--max-steps", "8", "--lr", "1e-30", "--expect-falling-loss", "--batch-size", "1438")
    assert loss.returncode == 1
    assert "the loss did not fall" in loss.stderr


@pytest.mark.parametrize("spec", sorted(SPECS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_kind_of_input_trains(spec: Path, tmp_path: Path) -> None:
    made = generate(check(spec), out=tmp_path)
    made.write()
    if "train.py" not in made.files:
        assert "of inputs with names there are only data with a class for each sample" in made.files["README.md"]
        return
    if isinstance(yaml.safe_load(spec.read_text("utf-8"))["input"], dict):
        # Its vocabulary is too small for the text that is there.
        assert train(made.folder, "--max-steps", "2").returncode == 0
        return
    done = train(made.folder, "--epochs", "1", "--batch-size", "200")
    assert done.returncode == 0, done.stderr
    assert "top-1" in done.stdout or "mean IoU" in done.stdout


def test_pictures_in_folders_train(lenet: Path, tmp_path: Path) -> None:
    pixels = np.random.default_rng(0)
    for part, count in (("train", 6), ("val", 2)):
        for label in ("cat", "dog"):
            folder = tmp_path / part / label
            folder.mkdir(parents=True)
            for number in range(count):
                picture = pixels.integers(0, 255, (40 + number, 90, 3), dtype=np.uint8)
                Image.fromarray(picture).save(folder / f"{number}.png")
    done = train(lenet, "--data", str(tmp_path), "--epochs", "1", "--batch-size", "4")
    assert done.returncode == 0, done.stderr
    missing = train(lenet, "--data", str(tmp_path / "nowhere"))
    assert missing.returncode == 1
    assert f"{tmp_path / 'nowhere' / 'train'} cannot be read: No such file or directory" in missing.stderr


# A network that takes two samples at once: of 1,438 digits to train on and 359 held out, one is left over


def made_of(spec: str, out: Path) -> Path:
    made = generate(check(SPECS / f"{spec}.yaml"), out=out)
    made.write()
    return made.folder


@pytest.mark.parametrize(
    ("spec", "size"), [("excited", 1437), ("excited", 479), ("stateless", 1437), ("stateless", 179)]
)
def test_no_epoch_ends_in_a_batch_that_is_too_small(spec: str, size: int, tmp_path: Path) -> None:
    done = train(made_of(spec, tmp_path), "--epochs", "2", "--batch-size", str(size))
    assert done.returncode == 0, done.stderr
    assert "epoch 2: " in done.stdout


@pytest.mark.parametrize("spec", ["excited", "stateless"])
def test_without_its_guard_the_training_meets_one_sample(spec: str, tmp_path: Path) -> None:
    folder = made_of(spec, tmp_path)
    replace(folder / "batches.py", "self.steps = samples // batch_size", "self.steps = -(-samples // batch_size)")
    done = train(folder, "--epochs", "1", "--batch-size", "1437")
    assert done.returncode == 1
    assert "Expected more than 1 value per channel" in done.stderr


def replace(file: Path, old: str, new: str) -> None:
    code = file.read_text("utf-8")
    assert old in code
    file.write_text(code.replace(old, new), "utf-8")


PIECES = """
from batches import pieces
for samples in range(LEAST, 40):
    for size in range(LEAST, 20):
        for world in 1, 2, 3:
            found = [piece for rank in range(world) for piece in pieces(samples, size, rank, world)]
            assert sorted(key[-1] for piece in found for key in piece) == [*range(samples)]
            assert LEAST <= min(map(len, found)) and max(map(len, found)) <= LEAST * size
"""
"""Each sample is in one piece, on one process; none is too small, and none needlessly large."""


@pytest.mark.parametrize(
    ("spec", "least", "old", "new", "holds"),
    [
        ("excited", 1, "-(-samples // size)", "-(-samples // size)", True),
        ("excited", 1, "-(-samples // size)", "samples // size", False),
        ("stateless", 2, "min(-(-samples // size), samples // 2)", "min(-(-samples // size), samples // 2)", True),
        ("stateless", 2, "min(-(-samples // size), samples // 2)", "-(-samples // size)", False),
    ],
)
def test_what_is_evaluated_is_all_of_it_in_pieces_that_are_taken(
    spec: str, least: int, old: str, new: str, holds: bool, tmp_path: Path
) -> None:
    folder = made_of(spec, tmp_path)
    replace(folder / "batches.py", old, new)
    code = PIECES.replace("LEAST", str(least))
    done = forked_code(folder, code)
    assert (done.returncode == 0) is holds, done.stderr


@pytest.mark.parametrize("spec", ["excited", "stateless"])
def test_batches_of_one_are_refused_in_a_sentence(spec: str, tmp_path: Path) -> None:
    done = train(made_of(spec, tmp_path), "--batch-size", "1")
    assert done.returncode == 1
    assert done.stderr.startswith("this network takes 2 samples or more at once, not 1: choose a larger --batch-size")
    assert "Traceback" not in done.stderr


def test_one_picture_is_too_little_to_train_on(tmp_path: Path) -> None:
    for part in ("train", "val"):
        folder = tmp_path / "data" / part / "cat"
        folder.mkdir(parents=True)
        Image.fromarray(np.zeros((20, 20, 3), dtype=np.uint8)).save(folder / "0.png")
    done = train(made_of("excited", tmp_path), "--data", str(tmp_path / "data"))
    assert done.returncode == 1
    assert "not 1: choose a larger --batch-size, or more data" in done.stderr


def test_a_network_that_takes_any_batch_is_trained_on_one_sample(tmp_path: Path) -> None:
    folder = made_of("vector", tmp_path)
    assert "LEAST_BATCH" not in (folder / "batches.py").read_text("utf-8")
    done = train(folder, "--max-steps", "3", "--batch-size", "1")
    assert done.returncode == 0, done.stderr
