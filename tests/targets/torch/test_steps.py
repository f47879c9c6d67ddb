"""A step: of several passes, in several processes, and without waiting for the device."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import torch

from tests.support.forked import forked, forked_code
from tests.support.training_runs import last, log, train


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
        launch = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "train.py", "--threads", "1")
        done = forked(lenet, *launch, "--accumulate", "2", *options)
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


ON_DEVICE = """
import contextlib, torch, batches
from types import SimpleNamespace
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
def ready(images, target):
    return images.contiguous(memory_format=torch.channels_last), target
gpu = SimpleNamespace(device=torch.device("cuda"), on_gpu=True, dtype=torch.bfloat16)
for index, (images, target) in enumerate(batches.on_device(loaded(), ready, gpu)):
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
    done = forked_code(lenet, ON_DEVICE)
    assert done.returncode == 0, done.stderr


def test_no_step_waits_for_the_device(lenet: Path) -> None:
    tree = ast.parse((lenet / "train.py").read_text("utf-8"))
    (step,) = (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "take_step")
    called = {node.attr for node in ast.walk(step) if isinstance(node, ast.Attribute)}
    assert not called & {"item", "tolist", "cpu", "numpy", "synchronize", "isfinite"}
