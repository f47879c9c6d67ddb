"""Training on folders of pictures as they are found: what is left out is said, and nothing of it is fatal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from archcalc import check, check_text
from archcalc.targets.generate import generate
from tests.support import nasty_pictures as nasty
from tests.support.forked import forked
from tests.support.training_runs import LENET, RANDOM, assert_same, last, log, program, train

COLOURS = {"apple": (200, 30, 30), "leaf": (30, 200, 30), "sea": (30, 30, 200)}


def coloured(folder: Path, train: int = 8, val: int = 4, names: tuple[str, ...] = ("apple", "leaf", "sea")) -> Path:
    """Pictures whose class is seen at once: each class has its colour."""
    for part, count in (("train", train), ("val", val)):
        for name in names:
            (folder / part / name).mkdir(parents=True, exist_ok=True)
            for number in range(count):
                Image.new("RGB", (18 + number, 14), COLOURS[name]).save(folder / part / name / f"{number}.png")
    return folder


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network with crops, flips and dropout."""
    made = generate(check_text(RANDOM, file="random.yaml"), out=tmp_path_factory.mktemp("network"))
    made.write()
    return made.folder


def config(run: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run / "config.json").read_text("utf-8"))
    return found


def test_what_is_left_out_is_named_and_the_rest_is_trained_on(network: Path, tmp_path: Path) -> None:
    data = coloured(tmp_path / "data")
    for name, (make, _) in nasty.BROKEN.items():
        make(data / "train" / "leaf" / name)
    nasty.truncated(data / "val" / "sea" / "cut.png")
    nasty.plain(data / "val" / "stone" / "1.png")
    done = train(network, "--data", str(data), "--epochs", "1", "--folder", str(tmp_path / "run"))
    assert done.returncode == 0, done.stderr
    assert f"{data / 'train'}: 24 pictures, {len(nasty.BROKEN)} left out\n" in done.stdout
    assert f"{data / 'val'}: 12 pictures, 2 left out\n" in done.stdout
    for name, (_, reason) in nasty.BROKEN.items():
        assert any(name in line and reason in line for line in done.stderr.splitlines())
    assert "  stone: not a class of train/\n" in done.stderr
    found = config(tmp_path / "run")["data"]
    assert found == last(tmp_path / "run")["data"]
    assert found["classes"] == ["apple", "leaf", "sea"]
    assert len(found["train"]["left_out"]) == len(nasty.BROKEN)
    for number in range(20):
        nasty.empty(data / "train" / "sea" / f"empty{number}.jpg")
    many = train(network, "--data", str(data), "--max-steps", "1", "--folder", str(tmp_path / "many"))
    assert many.stderr.count("it is empty") < 20
    assert f"  and {len(nasty.BROKEN)} more: see --strict\n" in many.stderr
    strict = train(network, "--data", str(data), "--strict", "--folder", str(tmp_path / "strict"))
    assert strict.returncode == 1
    assert strict.stderr.endswith("--strict takes all of the data, or none\n")
    assert strict.stderr.count("it is empty") == 21
    assert not (tmp_path / "strict").exists()


def test_a_class_that_val_lacks_moves_no_other(network: Path, tmp_path: Path) -> None:
    data = coloured(tmp_path / "data", train=16)
    for file in (data / "val" / "apple").iterdir():
        file.unlink()
    (data / "val" / "apple").rmdir()
    run = tmp_path / "run"
    done = train(network, "--data", str(data), "--lr", "0.005", "--epochs", "3", "--folder", str(run))
    assert done.returncode == 0, done.stderr
    assert max(line["held_out"]["top1"] for line in log(run) if "held_out" in line) == 1
    assert "  apple: no pictures of this class\n" in done.stderr


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda data: (data / "train").rename(data / "training"), "train cannot be read: No such file or directory"),
        (lambda data: (data / "val").rename(data / "test"), "val cannot be read: No such file or directory"),
        (lambda data: nasty.plain(data / "train" / "tree" / "1.png"), "train has 4 classes, the network 3"),
        (lambda data: [file.unlink() for file in (data / "val").glob("*/*")], "there are no pictures in "),
        (lambda data: [file.write_text("") for file in (data / "train").glob("*/*")], "there are no pictures in "),
    ],
)
def test_what_cannot_be_trained_on_is_refused(spoil: Any, said: str, network: Path, tmp_path: Path) -> None:
    data = coloured(tmp_path / "data")
    spoil(data)
    done = train(network, "--data", str(data), "--folder", str(tmp_path / "run"))
    assert done.returncode == 1
    assert said in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "run").exists()


def test_fewer_classes_than_outputs_are_told_of(network: Path, tmp_path: Path) -> None:
    data = coloured(tmp_path / "data", names=("leaf", "sea"))
    done = train(network, "--data", str(data), "--max-steps", "1", "--folder", str(tmp_path / "run"))
    assert done.returncode == 0, done.stderr
    assert "2 classes for the network's 3 outputs\n" in done.stdout
    # Its spec has no name for them.
    assert "--set" not in done.stdout


def test_a_network_of_as_many_outputs_is_named_and_five_of_two_classes_say_nothing(tmp_path: Path) -> None:
    text = RANDOM.replace("out_features: 3", "out_features: classes").replace("layers:", "let: {classes: 8}\nlayers:")
    made = generate(check_text(text, file="random.yaml"), out=tmp_path / "network")
    made.write()
    data = coloured(tmp_path / "data", names=("leaf", "sea"))
    done = train(made.folder, "--data", str(data), "--epochs", "1", "--folder", str(tmp_path / "run"))
    assert done.returncode == 0, done.stderr
    assert "archcalc generate SPEC --set classes=2\n" in done.stdout
    assert "top-1" in done.stdout
    assert "top-5" not in done.stdout


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_picture_that_comes_to_be_unreadable_is_skipped_and_counted(
    workers: str, network: Path, tmp_path: Path
) -> None:
    data = coloured(tmp_path / "data")
    run = ("--folder", str(tmp_path / "run"))
    assert train(network, "--data", str(data), "--max-steps", "1", *run).returncode == 0
    lost = [data / "train" / "leaf" / "3.png", data / "val" / "sea" / "0.png"]
    for file in lost:
        nasty.empty(file)
    done = (program if workers != "0" else train)(network, "--resume", "--workers", workers, *run)
    assert done.returncode == 0, done.stderr
    assert f"2 unreadable by now: {lost[0]}, {lost[1]}\n" in done.stdout
    assert log(tmp_path / "run")[-1]["unreadable"] == [str(file) for file in lost]
    # It counts neither as right nor as wrong: 11 are left.
    share = 11 * log(tmp_path / "run")[-1]["held_out"]["top1"]
    assert share == pytest.approx(round(share), abs=1e-4)
    again = train(network, "evaluate", "--workers", "0", *run)
    assert again.returncode == 0, again.stderr
    assert f"1 unreadable by now: {lost[1]}" in again.stdout


def test_a_run_goes_on_with_the_pictures_that_it_had(network: Path, tmp_path: Path) -> None:
    data = coloured(tmp_path / "data")
    nasty.empty(data / "train" / "sea" / "bad.png")
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert train(network, "--data", str(data), "--folder", str(whole)).returncode == 0
    assert train(network, "--data", str(data), "--folder", str(parts), "--max-steps", "2").returncode == 0
    # Whole again, it still is not the run's.
    nasty.plain(data / "train" / "sea" / "bad.png")
    assert train(network, "--folder", str(parts), "--resume", "--max-steps", "4").returncode == 0
    assert program(network, "--folder", str(parts), "--resume", "--workers", "1").returncode == 0
    assert_same(last(parts), last(whole))
    nasty.plain(data / "train" / "sea" / "more.png")
    changed = train(network, "--folder", str(parts), "--resume")
    assert changed.returncode == 1
    assert changed.stderr.startswith(f"the pictures in {data / 'train'} are not those of the run: it had 25, ")


def pack(folder: Path, *options: str) -> Any:
    return forked(folder, "data.py", "pack", *options)


def test_packed_pictures_are_those_of_the_folder(network: Path, tmp_path: Path) -> None:
    data, out = coloured(tmp_path / "data", train=12), tmp_path / "packed"
    nasty.text(data / "train" / "leaf" / "bad.png")
    done = pack(network, str(data), str(out))
    assert done.returncode == 0, done.stderr
    assert f"{data / 'train'}: 36 pictures, 1 left out\n" in done.stdout
    assert "  leaf/bad.png: it is not a picture\n" in done.stderr
    pixels = np.fromfile(out / "train.pixels", dtype=np.uint8).reshape(37, 14, 14, 3)
    assert np.array_equal(pixels[0, 0, 0], COLOURS["apple"])
    # The colours are even, and so the same however they are scaled.
    runs = {}
    for name, source in (("folder", data), ("packed", out)):
        runs[name] = tmp_path / f"run of {name}"
        trained = program(network, "--data", str(source), "--folder", str(runs[name]), "--workers", "1")
        assert trained.returncode == 0, trained.stderr
    assert_same(last(runs["packed"])["model"], last(runs["folder"])["model"])
    assert log(runs["packed"])[-1] == log(runs["folder"])[-1]


@pytest.mark.parametrize("cut", [0, 5, 14 * 14 * 3 * 10 + 7])
def test_packing_goes_on_from_where_it_was_stopped(cut: int, network: Path, tmp_path: Path) -> None:
    data, whole, parts = coloured(tmp_path / "data"), tmp_path / "whole", tmp_path / "parts"
    nasty.text(data / "train" / "apple" / "bad.png")
    for out in (whole, parts):
        assert pack(network, str(data), str(out)).returncode == 0
    for name in ("val.pixels", "val.targets"):
        (parts / name).unlink()
    (parts / "train.pixels").write_bytes((parts / "train.pixels").read_bytes()[:cut])
    header = json.loads((parts / "pack.json").read_text("utf-8"))
    (parts / "pack.json").write_text(json.dumps({"of": header["of"]}), "utf-8")
    early = train(network, "--data", str(parts), "--folder", str(tmp_path / "run"))
    assert early.returncode == 1
    assert early.stderr.startswith(f"{parts} is packed in part: ")
    assert pack(network, str(data), str(parts)).returncode == 0
    for file in whole.iterdir():
        assert (parts / file.name).read_bytes() == file.read_bytes()


def test_what_is_packed_is_for_one_network_and_of_one_folder(network: Path, tmp_path: Path) -> None:
    data, out = coloured(tmp_path / "data"), tmp_path / "packed"
    assert pack(network, str(data), str(out)).returncode == 0
    lenet = generate(check(LENET), out=tmp_path)
    lenet.write()
    other = train(lenet.folder, "--data", str(out), "--folder", str(tmp_path / "run"))
    assert other.returncode == 1
    assert other.stderr.startswith(f"{out} is not packed for this network: ")
    with (out / "val.pixels").open("ab") as file:
        file.write(b"more")
    longer = train(network, "--data", str(out), "--folder", str(tmp_path / "run"))
    assert longer.returncode == 1
    assert longer.stderr.startswith(f"{out / 'val.pixels'} is not as it was packed: ")
    nasty.plain(data / "val" / "sea" / "more.png")
    changed = pack(network, str(data), str(out))
    assert changed.returncode == 1
    assert changed.stderr.startswith(f"{out} holds something else: ")
    nasty.empty(data / "val" / "sea" / "more.png")
    strict = pack(network, str(data), str(tmp_path / "strict"), "--strict")
    assert strict.returncode == 1
    assert strict.stderr.endswith("--strict takes all of the data, or none\n")
    (tmp_path / "file").write_text("")
    wrong = pack(network, str(data), str(tmp_path / "file" / "packed"))
    assert wrong.returncode == 1
    assert "Traceback" not in wrong.stderr
