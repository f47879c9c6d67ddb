"""A network that tells the next token learns from text: which windows it sees, what is said of it, what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from archcalc import check, check_text
from archcalc.spec.bundled import bundled_specs
from archcalc.targets.generate import GenerateError, generate
from tests.support.forked import forked, forked_code
from tests.support.training_runs import assert_same, last, log, train

SPEC = """\
archcalc: 1
name: Bytes
input: {shape: [T], below: vocab}
let: {T: 16, vocab: 256, width: 16}
axes: [T]
layers:
  - {name: wte, kind: embedding, num_embeddings: vocab, embedding_dim: width}
  - {name: wpe, kind: position_embedding, from: input, num_embeddings: T, embedding_dim: width}
  - {name: placed, kind: add, from: [wte, wpe]}
  - {name: attended, kind: multihead_attention, num_heads: 2, dropout: 0.1, is_causal: true}
  - {name: sum, kind: add, from: [attended, placed]}
  - {name: norm, kind: rms_norm}
  - {name: head, kind: linear, out_features: vocab, bias: false, tied: wte}
init: {weight: {normal: {std: 0.02}}}
train:
  optimizer: {kind: adamw, lr: 0.01, weight_decay: 0.1, norm_weight_decay: 0, bias_weight_decay: 0}
  schedule: {kind: cosine_annealing_lr, interval: step}
  warmup: {steps: 2}
  ema: {decay: 0.5}
  clip_grad_norm: 1
  batch_size: 32
  epochs: 2
"""
SENTENCE = "It was the best of times, it was the worst of times, it was the age of wisdom. "
TEXT = "".join(f"{n}. {SENTENCE}" for n in range(40))


def made(text: str, out: Path) -> Path:
    files = generate(check_text(text, file="bytes.yaml"), out=out)
    files.write()
    return files.folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = made(SPEC, tmp_path_factory.mktemp("generated"))
    (found / "text.txt").write_text(TEXT)
    return found


def test_a_run_stopped_at_several_steps_ends_where_one_that_is_not_does(folder: Path) -> None:
    options = ("--data", "text.txt", "--accumulate", "2", "--folder")
    whole = train(folder, *options, "whole")
    # Two epochs of five steps: within the first, at its end, and within the second.
    parts = [train(folder, *options, "parts", "--max-steps", "2")]
    parts += [train(folder, "--folder", "parts", "--resume", "--max-steps", step) for step in ("5", "8", "99")]
    for done in (whole, *parts):
        assert done.returncode == 0, done.stderr
    assert last(folder / "whole")["step"] == 10
    assert_same(last(folder / "parts"), last(folder / "whole"))
    assert_same(last(folder / "parts", "best.pt"), last(folder / "whole", "best.pt"))
    assert log(folder / "parts")[-1] == log(folder / "whole")[-1]


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


def test_windows_follow_from_seed_and_epoch(folder: Path) -> None:
    done = forked_code(folder, WINDOWS)
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
def test_that_windows_follow_is_a_test(file: str, old: str, new: str, folder: Path, tmp_path: Path) -> None:
    for path in folder.glob("*.py"):
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
options = Namespace(data="text.txt", seed=0, batch_size=8, accumulate=1, log_every=1, workers=0, device="cpu",
                    compile="off", deterministic=False, threads=1, precision="float32")
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


def test_a_network_that_knows_only_how_often_bytes_are_has_the_entropy_of_unigrams(folder: Path) -> None:
    done = forked_code(folder, UNIGRAMS)
    assert done.returncode == 0, done.stderr


def test_it_learns_more_than_how_often_bytes_are(folder: Path, tmp_path: Path) -> None:
    options = ("--data", "text.txt", "--epochs", "15", "--lr", "0.1", "--folder")
    done = train(folder, *options, str(tmp_path / "run"), "--expect-gain", "1", "--expect-falling-loss")
    assert done.returncode == 0, done.stderr + done.stdout
    said = log(tmp_path / "run")
    assert said[-1]["held_out"].keys() == {"loss", "bits_per_byte", "perplexity"}
    assert {"tokens_per_second", "samples_per_second", "loss", "lr"} <= said[0].keys()
    assert train(folder, "--folder", str(tmp_path / "run"), "--resume", "--expect-gain", "3").returncode == 1
    (tmp_path / "other.txt").write_text("Another text. " * 40)
    other = train(folder, "evaluate", "--folder", str(tmp_path / "run"), "--data", str(tmp_path / "other.txt"))
    assert other.returncode == 0, other.stderr
    assert "held-out loss" in other.stdout


def test_what_is_packed_is_the_same_text(folder: Path, tmp_path: Path) -> None:
    # Files one after the other, in the order of their names.
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "b.txt").write_text(TEXT[1000:])
    (texts / "a.txt").write_text(TEXT[:1000])
    out = tmp_path / "packed"
    out.mkdir()
    (out / "train.part").write_text("of a try that was stopped")
    packed = forked(folder, "data.py", "pack", str(texts), str(out))
    assert packed.returncode == 0, packed.stderr
    again = forked(folder, "data.py", "pack", str(texts), str(out))
    assert again.stderr == f"{out} is not empty: pack into another folder\n"
    states = []
    for number, data in enumerate((texts, tmp_path / "packed", folder / "text.txt")):
        run = tmp_path / str(number)
        done = train(folder, "--data", str(data), "--max-steps", "2", "--folder", str(run))
        assert done.returncode == 0, done.stderr
        states.append(last(run))
    assert states[0]["data"]["unit"] == "byte"
    for other in states[1:]:
        assert_same(other, states[0])


def test_tokens_of_another_vocabulary(folder: Path, tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    for name, dtype, header in (("plain", np.uint16, None), ("wide", np.uint32, {"dtype": "uint32"})):
        (tmp_path / name).mkdir()
        for part in ("train", "val"):
            draw.integers(0, 256, 600).astype(dtype).tofile(tmp_path / name / f"{part}.bin")
        if header:
            (tmp_path / name / "pack.json").write_text(json.dumps(header))
        done = train(folder, "--data", str(tmp_path / name), "--epochs", "1", "--folder", str(tmp_path / f"run-{name}"))
        assert done.returncode == 0, done.stderr
        assert "600 tokens to train on, 600 held out" in done.stdout
        assert "bits per token" in done.stdout


def _beyond(data: Path) -> None:
    np.full(600, 256, np.uint16).tofile(data / "val.bin")


def _halves(data: Path) -> None:
    (data / "train.bin").write_bytes(b"x" * 601)


def _floats(data: Path) -> None:
    (data / "pack.json").write_text('{"dtype": "float32"}')


def _alone(data: Path) -> None:
    (data / "val.bin").unlink()


def _short(data: Path) -> None:
    np.zeros(16, np.uint16).tofile(data / "val.bin")


def _none(data: Path) -> None:
    for part in ("train", "val"):
        (data / f"{part}.bin").unlink()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_beyond, "there is the token 256, and the network's are below 256"),
        (_halves, "cannot be read as packed: "),
        (_floats, "says float32, and tokens are unsigned numbers"),
        (_alone, "cannot be read as packed: [Errno 2] No such file"),
        (_short, "has 600 tokens to train on and 16 held out, too few for windows of 16"),
        (_none, "has no .txt files, and no train.bin and val.bin"),
    ],
)
def test_what_is_wrong_with_tokens_is_said(
    spoil: Callable[[Path], None], said: str, folder: Path, tmp_path: Path
) -> None:
    for part in ("train", "val"):
        np.zeros(600, np.uint16).tofile(tmp_path / f"{part}.bin")
    spoil(tmp_path)
    done = train(folder, "--data", str(tmp_path), "--max-steps", "1", "--folder", str(tmp_path / "run"))
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "run").exists()


def test_another_text_is_not_gone_on_with(folder: Path, tmp_path: Path) -> None:
    text, run = tmp_path / "text.txt", str(tmp_path / "run")
    text.write_text(TEXT)
    assert train(folder, "--data", str(text), "--max-steps", "1", "--folder", run).returncode == 0
    text.write_text(TEXT.replace("best", "last"))
    done = train(folder, "--folder", run, "--resume")
    assert done.returncode == 1
    assert done.stderr == f"the tokens of {text} are not those of the run\n"
    absent = train(folder, "--data", "nowhere.txt", "--folder", str(tmp_path / "other"))
    assert absent.returncode == 1
    assert absent.stderr.startswith("nowhere.txt cannot be read: ")


def test_the_text_that_comes_with_python(folder: Path) -> None:
    code = """
import text
train, held_out, unit = text.read("text")
paragraphs = bytes(train).split(b"\\n\\n")
assert unit == "byte" and len(train) > 250_000 and len(held_out) * 9 <= len(train) < len(held_out) * 9.1
assert len(set(paragraphs)) == len(paragraphs)
assert not {*bytes(held_out).split(b"\\n\\n")[1:]} & {*paragraphs}, "nothing is held out that was learnt"
"""
    done = forked_code(folder, code)
    assert done.returncode == 0, done.stderr


def test_a_vocabulary_that_has_no_room_for_bytes_takes_tokens_alone(tmp_path: Path) -> None:
    small = made(SPEC.replace("vocab: 256", "vocab: 200"), tmp_path)
    done = train(small, "--data", "text", "--folder", "run")
    assert done.returncode == 1
    assert "this network's vocabulary has 200 tokens, and bytes are 256" in done.stderr
    assert train(small, "--max-steps", "1", "--folder", "run").returncode == 0
    assert "--data synthetic" in (small / "README.md").read_text("utf-8")


def test_parameters_that_two_layers_have_are_stepped_once_and_norms_do_not_decay(folder: Path) -> None:
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
    done = forked_code(folder, code)
    assert done.returncode == 0, done.stderr


REFUSED = {
    "what comes later is seen": (", is_causal: true", "", "at `attended` its places see those that come later"),
    "a score for other tokens": (
        "kind: linear, out_features: vocab, bias: false, tied: wte",
        "kind: linear, out_features: 9",
        "it gives 16 × 9, and not a score for each of 256 tokens at each of 16 places",
    ),
    "several sequences in a sample": (
        SPEC[SPEC.index("input") : SPEC.index("init")],
        """input: {shape: [4, 6], below: 256}
layers:
  - {name: wte, kind: embedding, num_embeddings: 256, embedding_dim: 8}
  - {name: head, kind: linear, in_features: 8, out_features: 256}
""",
        "a sample is 4 × 6 tokens, and not one sequence of them",
    ),
    "nothing is seen": (
        "  - {name: norm",
        "  - {name: none, kind: parameter}\n  - {name: norm",
        "its output does not depend on its input",
    ),
    "pictures are changed": ("  ema:", "  augment: {horizontal_flip: true}\n  ema:", "`augment` changes pictures"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_no_training_is_written_for_what_cannot_tell_the_next_token(case: str) -> None:
    old, new, said = REFUSED[case]
    assert old in SPEC
    report = check_text(SPEC.replace(old, new), file="bytes.yaml")
    assert report.ok, report.diagnostics
    with pytest.raises(GenerateError, match="has no code: ") as raised:
        generate(report)
    assert said in str(raised.value)


def test_the_readme_says_why_bert_is_not_trained() -> None:
    files = generate(check(bundled_specs()["bert"], preset="bert_base_uncased")).files
    assert "train.py" not in files
    why = "at `encoder.layer.0.attention.self.all` its places see those that come later, and so the very token that"
    assert why in files["README.md"]


@pytest.mark.parametrize("recipe", [SPEC, SPEC.replace("  ema: {decay: 0.5}\n", "  label_smoothing: 0.1\n")])
def test_probabilities_at_the_end_are_scored_as_such(recipe: str, tmp_path: Path) -> None:
    ends = recipe.replace("init: {w", "  - {name: end, layers: [{kind: softmax, dim: 2}]}\ninit: {w")
    nested = made(ends, tmp_path)
    (nested / "text.txt").write_text(TEXT)
    run = tmp_path / "run"
    done = train(nested, "--data", "text.txt", "--epochs", "1", "--folder", str(run))
    assert done.returncode == 0, done.stderr
    assert log(run)[-1]["held_out"]["loss"] < torch.tensor(256.0).log() - 0.3
