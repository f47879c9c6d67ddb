"""A run that cannot be lost: it is kept in a folder, stopped anywhere, and goes on to the same last bit."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from tests.support.forked import forked_code
from tests.support.training_runs import STOPPED, assert_same, last, log, program, train


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
    for file in pictures.glob("*.py"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
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


THREE = ("--epochs", "3", "--log-every", "3", "--save-minutes", "0")


@pytest.fixture(scope="module")
def whole(lenet: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of three epochs that nothing stopped."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    assert train(lenet, *THREE, "--folder", str(folder)).returncode == 0
    return folder


def test_a_run_is_evaluated_within_an_epoch_too_and_learns_the_same(lenet: Path, whole: Path, tmp_path: Path) -> None:
    run, options = tmp_path / "run", ("--eval-every", "10", "--folder", str(tmp_path / "run"))
    # It stops where it is to be evaluated, and begins with that.
    assert train(lenet, *THREE, *options, "--max-steps", "20").returncode == 0
    assert last(run)["evaluated"] == 10
    assert train(lenet, *options, "--resume").returncode == 0
    assert_same(last(run)["model"], last(whole)["model"])
    held_out = [line for line in log(run) if "held_out" in line]
    assert [line["step"] for line in held_out] == [10, 20, 22, 30, 40, 44, 50, 60, 66]
    assert [line["epoch"] for line in held_out][:4] == [0.4545, 0.9091, 1, 1.3636]
    assert last(run, "best.pt")["best"] == max(line["held_out"]["top1"] for line in held_out)
    same = [line for line in log(whole) if "held_out" in line]
    assert [line for line in held_out if line["step"] % 22 == 0] == same


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_signal_stops_after_the_step_and_nothing_is_lost(
    number: int, lenet: Path, whole: Path, tmp_path: Path
) -> None:
    parts = tmp_path / "parts"
    # As a terminal does it, to all processes at once: one that loads must not end before the step does.
    command = [sys.executable, "train.py", "--threads", "1", *THREE, "--folder", str(parts), "--workers", "1"]
    running = subprocess.Popen(command, cwd=lenet, stdout=subprocess.PIPE, text=True, start_new_session=True)
    while running.poll() is None and not (parts / "last.pt").exists():
        time.sleep(0.02)
    os.killpg(running.pid, number)
    output, _ = running.communicate()
    step = last(parts)["step"]
    assert 0 < step < 3 * 22
    if number == signal.SIGKILL:
        assert running.returncode == -number
    else:
        assert running.returncode == STOPPED, output
        assert f"stopped after step {step}; --resume goes on from there" in output
    assert train(lenet, "--folder", str(parts), "--resume", "--workers", "0").returncode == 0
    assert_same(last(parts), last(whole))


TOLD_WHILE_IT_EVALUATES = """
import os, runpy, signal, sys, batches
held_out = batches.Feed.held_out
def told(feed):
    for place, batch in enumerate(held_out(feed)):
        if place == 1:
            os.kill(os.getpid(), signal.SIGTERM)
        yield batch
        assert place < 2, "it goes on"
batches.Feed.held_out = told
runpy.run_path("train.py", run_name="__main__")
"""


def test_a_run_that_is_told_to_stop_while_it_evaluates_does_and_evaluates_again(
    lenet: Path, whole: Path, tmp_path: Path
) -> None:
    parts = tmp_path / "parts"
    options = ["train.py", "--threads", "1", *THREE, "--folder", str(parts)]
    told = forked_code(lenet, f"import sys\nsys.argv = {options!r}\n{TOLD_WHILE_IT_EVALUATES}")
    assert told.returncode == STOPPED, told.stderr
    assert "stopped after step 22; --resume goes on from there" in told.stdout
    assert (last(parts)["step"], last(parts)["epoch"]) == (22, 0)
    assert train(lenet, "--folder", str(parts), "--resume").returncode == 0
    assert_same(last(parts), last(whole))
    assert log(parts)[-1] == log(whole)[-1]


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
    assert train(lenet, "--epochs", "1", "--folder", str(run)).returncode == 0
    assert train(lenet, "--epochs", "3", "--folder", str(run), "--resume", "--max-steps", "30").returncode == 0
    assert train(lenet, "--folder", str(run), "--resume").returncode == 0
    assert_same(last(run), last(whole))
    settings = json.loads((run / "config.json").read_text("utf-8"))["settings"]
    assert settings["epochs"] == {"value": 3, "source": "command line"}


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
    # An older rich ends what it prints with an empty line.
    said = first.stdout.strip().splitlines()[-1]
    assert said.startswith("epoch 1: held-out")
    assert again.stdout.strip() == said
    step = log(tmp_path / "run")[-1]["step"]
    assert best.stdout.strip() == said.replace("epoch 1", f"step {step}")


def test_a_run_of_less_than_an_epoch_is_evaluated_as_it_is(lenet: Path, begun: Path, tmp_path: Path) -> None:
    for file in begun.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    done = train(lenet, "evaluate", "--folder", str(tmp_path))
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert said[0] == f"no epoch was finished: taking {tmp_path / 'last.pt'}, after step 1"
    assert said[1].startswith("step 1: held-out loss ")


def test_the_best_weights_that_a_finished_run_has_lost_are_missed(lenet: Path, begun: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes((begun / "config.json").read_bytes())
    torch.save(last(begun) | {"epoch": 1}, tmp_path / "last.pt")
    done = train(lenet, "evaluate", "--folder", str(tmp_path))
    assert done.returncode == 1
    assert done.stderr == f"there is no checkpoint {tmp_path / 'best.pt'}\n"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--steps", "20"), "there is no --steps; --help lists what there is"),
        (("evaluation",), "'evaluation' is none of train, evaluate, export"),
    ],
)
def test_what_is_no_option_and_no_command_is_named(options: tuple[str, ...], said: str, lenet: Path) -> None:
    done = train(lenet, *options)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == f"train.py: error: {said}"


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
    done = forked_code(lenet, BROKEN_WRITE)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "kept.pt cannot be written: [Errno 28] No space left on device\n"


NO_SECOND_NAMES = """
import os, torch, checkpoint
from pathlib import Path
def refused(path, other): raise OSError(1, "Operation not permitted")
kept, os.link = [], refused
os.fsync = lambda descriptor: kept.append(os.path.basename(os.readlink(f"/proc/self/fd/{descriptor}")))
checkpoint.write(Path("last.pt"), {"model": {"w": torch.ones(2)}})
checkpoint.copy(Path("last.pt"), Path("best.pt"))
assert torch.equal(checkpoint.read(Path("best.pt"))["model"]["w"], torch.ones(2))
print(*kept[:1], *kept[2:3])
"""


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="a descriptor's file is found where Linux tells it")
def test_a_copy_is_on_the_disk_before_it_takes_the_others_place(lenet: Path) -> None:
    done = forked_code(lenet, NO_SECOND_NAMES)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "last.pt.part best.pt.part\n"


def test_a_log_that_cannot_be_written_is_said_before_the_first_step(lenet: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    assert train(lenet, "--max-steps", "1", "--folder", str(run)).returncode == 0
    (run / "log.jsonl").unlink()
    (run / "log.jsonl").mkdir()
    done = train(lenet, "--folder", str(run), "--resume")
    assert done.returncode == 1
    assert done.stdout == ""
    assert f"{run / 'log.jsonl'} cannot be written: " in done.stderr
    assert "Traceback" not in done.stderr


INTERRUPTED = """
import sys, runpy, batches
def interrupted(*_): raise KeyboardInterrupt
batches.Feed.__init__ = interrupted
sys.argv = ["train.py", "--folder", "kept"]
runpy.run_path("train.py", run_name="__main__")
"""


def test_an_interruption_while_pictures_are_read_is_said_in_a_line(lenet: Path) -> None:
    done = forked_code(lenet, INTERRUPTED)
    assert done.returncode == 1
    assert done.stderr == "stopped; no step was taken\n"
