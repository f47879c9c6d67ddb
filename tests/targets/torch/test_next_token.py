"""A network that tells the next token learns from text: which windows it sees, what is said of it, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.support.bytes_network import SPEC, TEXT, made
from tests.support.forked import forked_code
from tests.support.training_runs import assert_same, last, log, train


def test_a_run_stopped_at_several_steps_ends_where_one_that_is_not_does(byte_teller: Path) -> None:
    options = ("--data", "text.txt", "--accumulate", "2", "--folder")
    whole = train(byte_teller, *options, "whole")
    # Two epochs of five steps: within the first, at its end, and within the second.
    parts = [train(byte_teller, *options, "parts", "--max-steps", "2")]
    parts += [train(byte_teller, "--folder", "parts", "--resume", "--max-steps", step) for step in ("5", "8", "99")]
    for done in (whole, *parts):
        assert done.returncode == 0, done.stderr
    assert last(byte_teller / "whole")["step"] == 10
    assert_same(last(byte_teller / "parts"), last(byte_teller / "whole"))
    assert_same(last(byte_teller / "parts", "best.pt"), last(byte_teller / "whole", "best.pt"))
    assert log(byte_teller / "parts")[-1] == log(byte_teller / "whole")[-1]


WINDOWS = """
import itertools, numpy as np, torch, data, text
from batches import Passes
tokens = np.random.default_rng(0).integers(0, 2**16, 1003).astype(np.uint16)
windows = data.Windows(tokens, training=True)
def seen(seed, epoch):
    passes = Passes(len(windows), 6, range(2), 2, seed)
    passes.epoch = epoch
    keys = [*itertools.chain(*passes)]
    assert sorted(key[2] for key in keys) == [*range(len(windows) // 6 * 6)] or len(keys) < len(windows)
    taken = torch.utils.data.default_collate([windows[key] for key in keys])
    return windows.batch(*taken)
inputs, target = seen(3, 0)
assert inputs.shape[1] == target.shape[1] == data.LENGTH
assert torch.equal(inputs[:, 1:], target[:, :-1])
# The place of each window: tokens are so many that a pair is found once.
places = {pair: n for n, pair in enumerate(zip(tokens.tolist(), tokens[1:].tolist()))}
def begins(inputs):
    return [places[first, second] for first, second in inputs[:, :2].tolist()]
first = begins(inputs)
assert len({n % data.LENGTH for n in first}) == 1 and len(set(first)) == len(first) >= 60
assert all(int(tokens[n + data.LENGTH]) == last for n, last in zip(first, target[:, -1].tolist()))
assert begins(seen(3, 0)[0]) == first, "the same again"
others = [begins(seen(*key)[0]) for key in ((3, 1), (3, 2), (4, 0))]
assert len({n % data.LENGTH for begun in (first, *others) for n in begun}) > 1, "another first token"
order = [n // data.LENGTH for n in first]
assert all([n // data.LENGTH for n in begun] != order for begun in others), "another order"
held_out = data.Windows(tokens, training=False)
told = torch.cat([held_out.batch(held_out[0, 0, n][0][None])[1][0] for n in range(len(held_out))])
assert told.tolist() == tokens[1 : len(told) + 1].tolist() and len(tokens) - 1 - len(told) < data.LENGTH
for length in range(15, 60):
    for training in True, False:
        some = data.Windows(tokens[:length], training)
        for epoch in range(20):
            assert all(len(some[0, epoch, n][0]) == data.LENGTH + 1 for n in range(len(some)))
train, val = text.parted(tokens)
assert np.array_equal(np.concatenate([train, val]), tokens) and len(val) == 100
"""


def test_windows_follow_from_seed_and_epoch(byte_teller: Path) -> None:
    done = forked_code(byte_teller, WINDOWS)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("data.py", "windows[:, :-1], windows[:, 1:]", "windows[:, 1:], windows[:, :-1]"),
        ("data.py", "windows[:, :-1], windows[:, 1:]", "windows[:, :-1], windows[:, :-1]"),
        ("data.py", "LENGTH if self.training else 1", "1"),
        ("data.py", "LENGTH if self.training else 1", "0"),
        ("data.py", "shift(seed, epoch) if self.training else 0", "0"),
        ("data.py", "shift(seed, epoch) if self.training else 0", "shift(seed, epoch)"),
        ("data.py", "LENGTH * index +", "index +"),
        ("text.py", "text[:cut], text[cut:]", "text[:cut], text[cut - 9 :]"),
        ("batches.py", "np.random.default_rng((self.seed, self.epoch))", "np.random.default_rng(self.seed)"),
    ],
)
def test_that_windows_follow_is_a_test(file: str, old: str, new: str, byte_teller: Path, tmp_path: Path) -> None:
    for path in byte_teller.glob("*.py"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    code = (tmp_path / file).read_text("utf-8")
    assert old in code
    (tmp_path / file).write_text(code.replace(old, new), "utf-8")
    assert forked_code(tmp_path, WINDOWS).returncode == 1


UNIGRAMS = """
import math, numpy as np, torch
from argparse import Namespace
from pathlib import Path
from batches import Feed
from machine import Machine
from objective import evaluate
options = Namespace(data="text.txt", seed=0, batch_size=8, accumulate=1, log_every=1, eval_every=0, workers=0,
                    device="cpu", compile="off", deterministic=False, threads=1, precision="float32")
machine = Machine(options)
feed = Feed(options, machine, None)
text = np.frombuffer(Path("text.txt").read_bytes(), np.uint8)
held_out = text[-(len(text) // 10):]
counts = np.bincount(held_out, minlength=256)
shares = counts / counts.sum()
entropy = -sum(share * math.log(share) for share in shares if share)
assert abs(feed.description["unigram"] - entropy) < 1e-9
class Unigrams(torch.nn.Module):
    def forward(self, tokens):
        return torch.tensor(shares + 1e-30).log().expand(*tokens.shape, -1)
found = evaluate(Unigrams(), machine, feed.held_out(), "byte")
told = held_out[1 : (len(held_out) - 1) // 16 * 16 + 1]
loss = -np.log(shares[told]).mean()
assert found.keys() == {"loss", "bits_per_byte", "perplexity"}
assert abs(found["loss"] - loss) < 1e-6 and abs(found["loss"] - entropy) < 0.05
assert abs(found["bits_per_byte"] - loss / math.log(2)) < 1e-6
assert abs(found["perplexity"] - math.exp(loss)) < 1e-4
"""


def test_a_network_that_knows_only_how_often_bytes_are_has_the_entropy_of_unigrams(byte_teller: Path) -> None:
    done = forked_code(byte_teller, UNIGRAMS)
    assert done.returncode == 0, done.stderr


def test_it_learns_more_than_how_often_bytes_are(byte_teller: Path, tmp_path: Path) -> None:
    options = ("--data", "text.txt", "--epochs", "15", "--lr", "0.1", "--folder")
    done = train(byte_teller, *options, str(tmp_path / "run"), "--expect-gain", "1", "--expect-falling-loss")
    assert done.returncode == 0, done.stderr + done.stdout
    said = log(tmp_path / "run")
    assert said[-1]["held_out"].keys() == {"loss", "bits_per_byte", "perplexity"}
    assert {"tokens_per_second", "samples_per_second", "loss", "lr"} <= said[0].keys()
    assert train(byte_teller, "--folder", str(tmp_path / "run"), "--resume", "--expect-gain", "3").returncode == 1
    (tmp_path / "other.txt").write_text("Another text. " * 40)
    other = train(byte_teller, "evaluate", "--folder", str(tmp_path / "run"), "--data", str(tmp_path / "other.txt"))
    assert other.returncode == 0, other.stderr
    assert "held-out loss" in other.stdout


def test_parameters_that_two_layers_have_are_stepped_once_and_norms_do_not_decay(byte_teller: Path) -> None:
    code = """
from model import Bytes
from recipe import groups
model = Bytes()
parts = {0: set(), 0.1: set()}
for group in groups(model):
    parts[group["weight_decay"]] |= {id(one) for one in group["params"]}
assert sum(len(group["params"]) for group in groups(model)) == len([*model.parameters()])
assert {id(model.norm.weight), id(model.attended.out_proj.bias)} <= parts[0]
assert {id(model.wte.weight), id(model.wpe.weight), id(model.attended.in_proj_weight)} <= parts[0.1]
"""
    done = forked_code(byte_teller, code)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("recipe", [SPEC, SPEC.replace("  ema: {decay: 0.5}\n", "  label_smoothing: 0.1\n")])
def test_probabilities_at_the_end_are_scored_as_such(recipe: str, tmp_path: Path) -> None:
    ends = recipe.replace("\ninit:", "\n  - {name: end, layers: [{kind: softmax, dim: 2}]}\ninit:")
    nested = made(ends, tmp_path)
    (nested / "text.txt").write_text(TEXT)
    run = tmp_path / "run"
    done = train(nested, "--data", "text.txt", "--epochs", "1", "--folder", str(run))
    assert done.returncode == 0, done.stderr
    assert log(run)[-1]["held_out"]["loss"] < torch.tensor(256.0).log() - 0.3
