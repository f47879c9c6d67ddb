"""A run that cannot be lost: it is kept in a folder, stopped anywhere, and goes on to the same last bit."""

from __future__ import annotations

import ast
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from archcalc import check, check_text
from archcalc.targets.generate import generate
from tests.support.forked import forked

LENET = Path(__file__).parents[3] / "specs" / "lenet5.yaml"
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


@pytest.fixture(scope="module")
def lenet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = generate(check(LENET), out=tmp_path_factory.mktemp("generated"))
    made.write()
    return made.folder


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network with all that is random, and 50 pictures of three classes."""
    out = tmp_path_factory.mktemp("pictures")
    made = generate(check_text(RANDOM, file="random.yaml"), out=out)
    made.write()
    draw = np.random.default_rng(0)
    for part, number in (("train", 50), ("val", 7)):
        for index in range(number):
            file = made.folder / "data" / part / "abc"[index % 3] / f"{index}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(draw.integers(0, 255, (15, 17, 3), dtype=np.uint8)).save(file)
    return made.folder


def test_a_run_stopped_at_several_steps_ends_where_one_that_is_not_does(pictures: Path) -> None:
    # Two epochs of six steps: stopped after the first step, within, at the end of an epoch, and in the second.
    options = ("--data", "data", "--accumulate", "2", "--folder")
    whole = train(pictures, *options, "whole")
    # What was said at the start holds to the end; how many processes load may change.
    begun = program(pictures, *options, "parts", "--max-steps", "1", "--workers", "2")
    resumed = ("--folder", "parts", "--resume", "--workers")
    parts = [train(pictures, *resumed, "0", "--max-steps", step) for step in ("4", "6")]
    parts += [program(pictures, *resumed, "1", "--max-steps", "8"), train(pictures, *resumed, "0")]
    for done in (whole, begun, *parts):
        assert done.returncode == 0, done.stderr
    assert_same(last(pictures / "parts"), last(pictures / "whole"))
    assert_same(last(pictures / "parts", "best.pt"), last(pictures / "whole", "best.pt"))
    assert log(pictures / "parts")[-1] == log(pictures / "whole")[-1]


def test_without_the_state_of_the_generators_it_ends_elsewhere(pictures: Path, tmp_path: Path) -> None:
    for file in ("checkpoint.py", "batches.py", "data.py", "machine.py", "model.py", "train.py"):
        (tmp_path / file).write_bytes((pictures / file).read_bytes())
    code = (tmp_path / "train.py").read_text("utf-8")
    restored = '        self.machine.set_random_state(state["random"][self.machine.rank])\n'
    assert restored in code
    options = ("--data", str(pictures / "data"), "--folder", "run")
    assert train(tmp_path, *options, "--max-steps", "4").returncode == 0
    (tmp_path / "train.py").write_text(code.replace(restored, ""), "utf-8")
    assert train(tmp_path, "--folder", "run", "--resume").returncode == 0
    (tmp_path / "train.py").write_text(code, "utf-8")
    assert train(tmp_path, *options[:-1], "whole").returncode == 0
    assert not torch.equal(last(tmp_path / "run")["model"]["fc.weight"], last(tmp_path / "whole")["model"]["fc.weight"])


SIX = ("--epochs", "6", "--log-every", "3", "--save-minutes", "0")


@pytest.fixture(scope="module")
def whole(lenet: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of six epochs that nothing stopped."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    assert train(lenet, *SIX, "--folder", str(folder)).returncode == 0
    return folder


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_signal_stops_after_the_step_and_nothing_is_lost(
    number: int, lenet: Path, whole: Path, tmp_path: Path
) -> None:
    parts = tmp_path / "parts"
    # As a terminal does it, to all processes at once: one that loads must not end before the step does.
    command = [sys.executable, "train.py", "--threads", "1", *SIX, "--folder", str(parts), "--workers", "1"]
    running = subprocess.Popen(command, cwd=lenet, stdout=subprocess.PIPE, text=True, start_new_session=True)
    while running.poll() is None and not (parts / "last.pt").exists():
        time.sleep(0.02)
    os.killpg(running.pid, number)
    output, _ = running.communicate()
    step = last(parts)["step"]
    assert 0 < step < 6 * 22
    if number == signal.SIGKILL:
        assert running.returncode == -number
    else:
        assert running.returncode == STOPPED, output
        assert f"stopped after step {step}; --resume goes on from there" in output
    assert train(lenet, "--folder", str(parts), "--resume", "--workers", "0").returncode == 0
    assert_same(last(parts), last(whole))


def test_a_run_has_a_folder_that_says_all_of_it(lenet: Path) -> None:
    before = {*(lenet / "runs").glob("*")}
    assert train(lenet, "--max-steps", "3", "--lr", "0.01", "--log-every", "2").returncode == 0
    assert train(lenet, "--max-steps", "1").returncode == 0
    new = sorted({*(lenet / "runs").glob("*")} - before)
    assert [int(folder.name) for folder in new] == [len(before) + 1, len(before) + 2]
    config = json.loads((new[0] / "config.json").read_text("utf-8"))
    assert config["spec"] in (lenet / "model.py").read_text("utf-8")
    assert config["settings"]["lr"] == {"value": 0.01, "source": "command line"}
    assert config["settings"]["batch_size"] == {"value": 64, "source": "spec"}
    assert config["settings"]["seed"] == {"value": 0, "source": "default"}
    lines = log(new[0])
    assert [line["step"] for line in lines] == [2, 3]
    assert {"loss", "lr", "samples_per_second"} <= lines[0].keys()
    assert train(lenet, "--max-steps", "1", "--folder", str(lenet / "runs" / "a name of mine")).returncode == 0
    resumed = train(lenet, "--resume", "--max-steps", "2")
    assert resumed.returncode == 0, resumed.stderr
    assert last(new[1])["step"] == 2


def test_a_run_that_is_made_longer_is_the_long_run(lenet: Path, whole: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    assert train(lenet, "--epochs", "2", "--folder", str(run)).returncode == 0
    assert train(lenet, "--epochs", "6", "--folder", str(run), "--resume", "--max-steps", "50").returncode == 0
    assert train(lenet, "--folder", str(run), "--resume").returncode == 0
    assert_same(last(run), last(whole))
    settings = json.loads((run / "config.json").read_text("utf-8"))["settings"]
    assert settings["epochs"] == {"value": 6, "source": "command line"}


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")
def test_a_run_on_a_gpu_goes_on_to_the_last_bit_where_algorithms_are_deterministic(
    pictures: Path, tmp_path: Path
) -> None:
    options = ("--data", str(pictures / "data"), "--device", "cuda", "--deterministic", "--folder")
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert program(pictures, *options, str(whole)).returncode == 0
    assert program(pictures, *options, str(parts), "--max-steps", "4").returncode == 0
    assert program(pictures, "--folder", str(parts), "--resume").returncode == 0
    assert_same(last(parts), last(whole))


def test_a_finished_run_is_evaluated(lenet: Path, tmp_path: Path) -> None:
    run = str(tmp_path / "run")
    first = train(lenet, "--epochs", "1", "--folder", run)
    again = train(lenet, "--folder", run, "--resume")
    best = train(lenet, "evaluate", "--folder", run)
    assert first.returncode == again.returncode == best.returncode == 0
    assert best.stdout == again.stdout == first.stdout.splitlines(keepends=True)[-1]


def test_what_is_no_number_stops_and_is_not_kept(lenet: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    assert train(lenet, "--lr", "1e30", "--max-steps", "1", "--folder", str(run)).returncode == 0
    kept = (run / "last.pt").read_bytes()
    done = train(lenet, "--folder", str(run), "--resume")
    assert done.returncode == 1
    assert re.match(r"the loss is nan at step [23]; what is kept is from before", done.stderr)
    assert (run / "last.pt").read_bytes() == kept
    parameter = train(lenet, "--lr", "inf", "--max-steps", "1", "--folder", str(tmp_path / "other"))
    assert parameter.returncode == 1
    assert "is not finite, and so not kept" in parameter.stderr
    assert not (tmp_path / "other" / "last.pt").exists()


# What cannot be gone on with is said by name, before the first step


@pytest.fixture(scope="module")
def begun(lenet: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("begun") / "run"
    assert train(lenet, "--max-steps", "1", "--folder", str(folder)).returncode == 0
    return folder


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
        (_empty, (), "last.pt is not a checkpoint: "),
        (_cut, (), "last.pt is not a checkpoint: "),
        (_text, (), "last.pt is not a checkpoint: "),
        (_weights, (), "last.pt is not a checkpoint: "),
        (_missing, (), "there is no checkpoint "),
        (_other_spec, (), "last.pt is of another spec: sha256 0123, not "),
        (_other_config, (), "config.json is of another spec: sha256 0123, not "),
        (_no_config, (), "has no run to go on with: "),
        (_no_json, (), "has no run to go on with: "),
        (_two_processes, (), "is of 2 processes, not 1"),
        (_nothing, ("--lr", "0.5"), "--lr 0.5 is not the run's, which is 0.002: leave it out"),
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


BROKEN_WRITE = """
import os, torch, checkpoint
from pathlib import Path
path = Path("kept.pt")
checkpoint.write(path, {"model": {"w": torch.ones(2)}})
def fails(descriptor): raise OSError(28, "No space left on device")
os.fsync = fails
try:
    checkpoint.write(path, {"model": {"w": torch.zeros(2)}})
except SystemExit as stopped:
    print(stopped)
assert torch.equal(checkpoint.read(path)["model"]["w"], torch.ones(2))
assert not Path("kept.pt.part").exists()
"""


def test_a_checkpoint_is_whole_or_absent(lenet: Path) -> None:
    done = subprocess.run([sys.executable, "-c", BROKEN_WRITE], cwd=lenet, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "kept.pt cannot be written: [Errno 28] No space left on device\n"


# Passes and processes


def close(one: Path, other: Path) -> bool:
    ours, theirs = last(one)["model"], last(other)["model"]
    return all(torch.allclose(ours[name], theirs[name], rtol=1e-3, atol=1e-5) for name in ours)


def test_a_step_of_several_passes_is_a_step_of_one(lenet: Path, tmp_path: Path) -> None:
    for passes in ("1", "4"):
        done = train(lenet, "--epochs", "1", "--accumulate", passes, "--folder", str(tmp_path / passes))
        assert done.returncode == 0, done.stderr
    assert close(tmp_path / "1", tmp_path / "4")
    assert log(tmp_path / "1")[-1]["held_out"]["top1"] == log(tmp_path / "4")[-1]["held_out"]["top1"]


def test_what_does_not_split_is_refused(lenet: Path) -> None:
    done = train(lenet, "--accumulate", "5")
    assert done.returncode == 1
    assert done.stderr.startswith("--batch-size must be a multiple of 5, its passes")
    graphs = train(lenet, "--accumulate", "2", "--compile", "reduce-overhead")
    assert graphs.returncode == 1
    assert graphs.stderr.startswith("--compile reduce-overhead cannot --accumulate")


def test_two_processes_train_as_one_does_and_go_on(lenet: Path, tmp_path: Path) -> None:
    def both(*options: str) -> None:
        launch = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "train.py", "--threads", "1"]
        command = [sys.executable, *launch, "--accumulate", "2", *options]
        done = subprocess.run(command, cwd=lenet, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    one, two = tmp_path / "one", tmp_path / "two"
    assert train(lenet, "--epochs", "1", "--folder", str(one)).returncode == 0
    both("--folder", str(two), "--epochs", "1", "--max-steps", "9")
    both("--folder", str(two), "--resume")
    assert close(one, two)
    assert len(last(two)["random"]) == 2
    ours, theirs = (log(run)[-1]["held_out"] for run in (one, two))
    assert (ours["top1"], ours["top5"]) == (theirs["top1"], theirs["top5"])
    assert ours["loss"] == pytest.approx(theirs["loss"], rel=1e-3)


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


ON_DEVICE = """
import contextlib, torch, batches
done, wait = [], lambda *_: done.append("wait")
class Fake:
    def __init__(self, *_): pass
    def record_event(self): return self
    def synchronize(self): done.append("synchronize")
    wait_stream = wait
torch.cuda.Stream, torch.cuda.current_stream = Fake, Fake
torch.cuda.stream = lambda _: contextlib.nullcontext()
torch.Tensor.record_stream = lambda *_: None
moved = torch.Tensor.to
torch.Tensor.to = lambda x, y, **more: x if isinstance(y, torch.device) else moved(x, y, **more)
def loaded():
    for index in range(8):
        done.append("copy")
        yield torch.full((2, 1, 4, 4), float(index)), torch.full((2,), index)
for index, (images, target) in enumerate(batches.on_device(loaded(), torch.device("cuda"), torch.bfloat16)):
    assert images.dtype is torch.bfloat16 and images.is_contiguous(memory_format=torch.channels_last)
    assert images.eq(index).all() and target.eq(index).all()
    done.append("step")
    # The next one is being copied, and is waited for only when this step has begun.
    assert done.count("copy") == min(8, index + 2)
    assert done.count("wait") == index + 1
    assert done.count("step") - done.count("synchronize") <= 3
assert index == 7
"""


def test_the_next_batch_is_copied_while_this_one_is_computed_with(lenet: Path) -> None:
    done = subprocess.run([sys.executable, "-c", ON_DEVICE], cwd=lenet, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_no_step_waits_for_the_device(lenet: Path) -> None:
    tree = ast.parse((lenet / "train.py").read_text("utf-8"))
    (step,) = (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "take_step")
    called = {node.attr for node in ast.walk(step) if isinstance(node, ast.Attribute)}
    assert not called & {"item", "tolist", "cpu", "numpy", "synchronize", "isfinite"}
