"""Samples that are no pictures are read from arrays of one's own, and what is wrong with these is told by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from archcalc import check_text
from archcalc.targets.generate import generate
from tests.support.training_runs import assert_same, last, log, train

PAIRED = (Path(__file__).parent / "specs" / "paired.yaml").read_text("utf-8")
SPEC = """archcalc: 1
name: Signal
input: [2, 8]
layers:
  - {kind: flatten}
  - {kind: linear, out_features: 3}
train: {optimizer: {kind: adamw, lr: 0.05}, batch_size: 16, epochs: 6}
"""
DENSE = """archcalc: 1
name: Places
input: [1, 12]
layers: [{kind: conv1d, out_channels: 2, kernel_size: 3, padding: 1}]
train: {optimizer: {kind: adamw, lr: 0.05}, batch_size: 16, epochs: 4}
"""


def made(spec: str, out: Path) -> Path:
    files = generate(check_text(spec, file="own.yaml"), out=out)
    files.write()
    return files.folder


def write(folder: Path, inputs: object, targets: object) -> None:
    for part in ("train", "val"):
        (folder / part).mkdir(parents=True, exist_ok=True)
        np.save(folder / part / "inputs.npy", np.asarray(inputs))
        np.save(folder / part / "targets.npy", np.asarray(targets))


def drawn(*sizes: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(sizes)


@pytest.mark.parametrize("dtype", ["float64", "float16", "int8"])
def test_a_network_learns_from_arrays(dtype: str, tmp_path: Path) -> None:
    folder, inputs = made(SPEC, tmp_path), (drawn(160, 2, 8) * 20).astype(dtype)
    write(folder / "mine", inputs, inputs[:, 0, :3].argmax(1).astype("uint8"))
    done = train(folder, "--data", "mine", "--folder", "run", "--expect-accuracy", "0.8")
    assert done.returncode == 0, done.stdout + done.stderr
    assert train(folder, "evaluate", "--folder", "run").returncode == 0


def test_a_class_for_each_place_is_learnt_from_arrays(tmp_path: Path) -> None:
    folder, inputs = made(DENSE, tmp_path), drawn(96, 1, 12)
    write(folder / "mine", inputs, (inputs[:, 0] > 0).astype("int32"))
    done = train(folder, "--data", "mine", "--folder", "run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert log(folder / "run")[-1]["held_out"]["accuracy"] > 0.9


WRONG = {
    "another shape": (drawn(4, 2, 9), np.zeros(4, int), "is (4, 2, 9), and not (N, 2, 8)"),
    "a target for each of some": (drawn(4, 2, 8), np.zeros(3, int), "has 4 samples and 3 targets"),
    "nothing": (drawn(0, 2, 8), np.zeros(0, int), "has 0 samples and 0 targets"),
    "numbers to be met": (drawn(4, 2, 8), np.zeros(4), "targets.npy holds no whole numbers"),
    "more classes": (drawn(4, 2, 8), np.arange(4), "has numbers from 0 to 3; the network takes 0 to 2"),
    "classes below 0": (drawn(4, 2, 8), np.arange(4) - 2, "has numbers from -2 to 1"),
    "one-hot": (drawn(4, 2, 8), np.zeros((4, 3), int), "is (4, 3), and not (N,)"),
    "objects": (np.array([{}, {}], object), np.zeros(2, int), "cannot be read: "),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_with_arrays_is_told_before_the_first_step(case: str, tmp_path: Path) -> None:
    inputs, targets, said = WRONG[case]
    folder = made(SPEC, tmp_path)
    write(folder / "mine", inputs, targets)
    done = train(folder, "--data", "mine", "--folder", "run")
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (folder / "run").exists()


@pytest.mark.parametrize(
    ("data", "said"), [("none", "there is no data set none; there are digits"), (".", "train/inputs.npy")]
)
def test_a_folder_without_arrays_is_told(data: str, said: str, tmp_path: Path) -> None:
    done = train(made(SPEC, tmp_path), "--data", data)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def write_pairs(folder: Path, **wrong: np.ndarray) -> None:
    draws = np.random.default_rng(0)
    classes = draws.integers(0, 3, 160)
    told = 10 * classes[:, None] + draws.integers(0, 10, (160, 5))
    arrays = {"inputs/picture": drawn(160, 1, 9, 9), "inputs/said": told, "targets": classes} | wrong
    for part in ("train", "val"):
        for name, array in arrays.items():
            (folder / part / name).parent.mkdir(parents=True, exist_ok=True)
            np.save(folder / part / f"{name}.npy", array)


def test_a_network_of_several_inputs_learns_from_an_array_for_each(tmp_path: Path) -> None:
    folder = made(PAIRED, tmp_path)
    write_pairs(folder / "mine")
    options = ("--data", "mine", "--accumulate", "2", "--folder")
    assert train(folder, *options, "whole", "--expect-accuracy", "0.8").returncode == 0
    assert train(folder, *options, "parts", "--max-steps", "13").returncode == 0
    assert train(folder, "--folder", "parts", "--resume", "--workers", "0").returncode == 0
    assert_same(last(folder / "parts")["model"], last(folder / "whole")["model"])
    evaluated = train(folder, "evaluate", "--folder", "whole")
    assert "held-out loss" in evaluated.stdout


LONG_NAMES = """archcalc: 1
name: Long
input:
  features_of_a_sample_as_they_were_measured: {shape: [12]}
  tokens_of_the_question_that_was_asked: {shape: [8], below: 50}
  tokens_of_the_answer_that_was_given: {shape: [8], below: 70}
layers:
  - {kind: embedding, from: tokens_of_the_question_that_was_asked, num_embeddings: 50, embedding_dim: 4}
  - {name: asked, kind: flatten}
  - {kind: embedding, from: tokens_of_the_answer_that_was_given, num_embeddings: 70, embedding_dim: 4}
  - {name: given, kind: flatten}
  - {kind: concat, from: [asked, given, features_of_a_sample_as_they_were_measured]}
  - {kind: linear, out_features: 5}
train: {optimizer: {kind: adamw, lr: 0.001}, batch_size: 8, epochs: 2}
"""


def test_long_names_of_inputs_stand_one_a_line() -> None:
    files = generate(check_text(LONG_NAMES)).files
    for name in ("data.py", "export.py"):
        compile(files[name], name, "exec")
        assert max(map(len, files[name].splitlines())) <= 88


WRONG_PAIRS = {
    "words there are not": ({"inputs/said": np.full((160, 5), 30)}, "numbers from 30 to 30; the network takes 0 to 29"),
    "words that are no numbers": ({"inputs/said": drawn(160, 5)}, "said.npy holds no whole numbers"),
    "fewer of one": ({"inputs/picture": drawn(150, 1, 9, 9)}, "have 150 and 160 samples"),
    "classes there are not": ({"targets": np.full(160, 3)}, "numbers from 3 to 3; the network takes 0 to 2"),
}


@pytest.mark.parametrize("case", WRONG_PAIRS)
def test_what_is_wrong_with_one_of_several_is_told_before_the_first_step(case: str, tmp_path: Path) -> None:
    wrong, said = WRONG_PAIRS[case]
    folder = made(PAIRED, tmp_path)
    write_pairs(folder / "mine", **wrong)
    done = train(folder, "--data", "mine")
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
