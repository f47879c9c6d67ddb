"""Where tokens come from: the text of Python, text of one's own, packed, or numbers; and what is wrong with them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.support.bytes_network import SPEC, TEXT, made
from tests.support.forked import forked, forked_code
from tests.support.training_runs import assert_same, last, train


def test_what_is_packed_is_the_same_text(byte_teller: Path, tmp_path: Path) -> None:
    # Files one after the other, in the order of their names.
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "b.txt").write_text(TEXT[1000:])
    (texts / "a.txt").write_text(TEXT[:1000])
    out = tmp_path / "packed"
    out.mkdir()
    (out / "train.part").write_text("of a try that was stopped")
    packed = forked(byte_teller, "data.py", "pack", str(texts), str(out))
    assert packed.returncode == 0, packed.stderr
    again = forked(byte_teller, "data.py", "pack", str(texts), str(out))
    assert again.stderr == f"{out} is not empty: pack into another folder\n"
    states = []
    for number, data in enumerate((texts, tmp_path / "packed", byte_teller / "text.txt")):
        run = tmp_path / str(number)
        done = train(byte_teller, "--data", str(data), "--max-steps", "2", "--folder", str(run))
        assert done.returncode == 0, done.stderr
        states.append(last(run))
    assert states[0]["data"]["unit"] == "byte"
    for other in states[1:]:
        assert_same(other, states[0])


def test_tokens_of_another_vocabulary(byte_teller: Path, tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    for name, dtype, header in (("plain", np.uint16, None), ("wide", np.uint32, {"dtype": "uint32"})):
        (tmp_path / name).mkdir()
        for part in ("train", "val"):
            draw.integers(0, 256, 600).astype(dtype).tofile(tmp_path / name / f"{part}.bin")
        if header:
            (tmp_path / name / "pack.json").write_text(json.dumps(header))
        done = train(
            byte_teller, "--data", str(tmp_path / name), "--epochs", "1", "--folder", str(tmp_path / f"run-{name}")
        )
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
    spoil: Callable[[Path], None], said: str, byte_teller: Path, tmp_path: Path
) -> None:
    for part in ("train", "val"):
        np.zeros(600, np.uint16).tofile(tmp_path / f"{part}.bin")
    spoil(tmp_path)
    done = train(byte_teller, "--data", str(tmp_path), "--max-steps", "1", "--folder", str(tmp_path / "run"))
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "run").exists()


def test_another_text_is_not_gone_on_with(byte_teller: Path, tmp_path: Path) -> None:
    text, run = tmp_path / "text.txt", str(tmp_path / "run")
    text.write_text(TEXT)
    assert train(byte_teller, "--data", str(text), "--max-steps", "1", "--folder", run).returncode == 0
    text.write_text(TEXT.replace("best", "last"))
    done = train(byte_teller, "--folder", run, "--resume")
    assert done.returncode == 1
    assert done.stderr == f"the tokens of {text} are not those of the run\n"
    absent = train(byte_teller, "--data", "nowhere.txt", "--folder", str(tmp_path / "other"))
    assert absent.returncode == 1
    assert absent.stderr.startswith("nowhere.txt cannot be read: ")


def test_the_text_that_comes_with_python(byte_teller: Path) -> None:
    code = """
import text
train, held_out, unit = text.read("text")
paragraphs = bytes(train).split(b"\\n\\n")
assert unit == "byte" and len(train) > 250_000 and len(held_out) * 9 <= len(train) < len(held_out) * 9.1
assert len(set(paragraphs)) == len(paragraphs)
assert not {*bytes(held_out).split(b"\\n\\n")[1:]} & {*paragraphs}, "nothing is held out that was learnt"
"""
    done = forked_code(byte_teller, code)
    assert done.returncode == 0, done.stderr


def test_a_vocabulary_that_has_no_room_for_bytes_takes_tokens_alone(tmp_path: Path) -> None:
    small = made(SPEC.replace("vocab: 256", "vocab: 200"), tmp_path)
    done = train(small, "--data", "text", "--folder", "run")
    assert done.returncode == 1
    assert "this network's vocabulary has 200 tokens, and bytes are 256" in done.stderr
    assert train(small, "--max-steps", "1", "--folder", "run").returncode == 0
    assert "--data synthetic" in (small / "README.md").read_text("utf-8")
