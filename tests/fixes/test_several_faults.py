"""Specs with several faults: `fix --apply all` leaves none, and what is written beside them stays."""

from __future__ import annotations

import pytest

from archcalc.pipeline import check_text, fix_all

UNET = """\
archcalc: 1
name: N
input: [1, 100, 100]   # odd
layers:
  - {name: e1, kind: conv2d, in_channels: 3, out_channels: 32, kernel_size: 3, padding: 1}
  - {name: p1, kind: max_pool2d, kernel_size: 2}
  - {name: e2, kind: conv2d, out_channels: 64, kernel_size: 3, padding: 1}
  - {name: p2, kind: max_pool2d, kernel_size: 2}
  - {name: e3, kind: conv2d, out_channels: 128, kernel_size: 3, padding: 1}
  - {name: p3, kind: max_pool2d, kernel_size: 2}
  - {name: mid, kind: conv2d, out_channels: 256, kernel_size: 3, padding: 1}
  - {name: u3, kind: conv_transpose2d, out_channels: 128, kernel_size: 2, stride: 2}
  - {name: m3, kind: concat, from: [u3, e3]}
  - {name: d3, kind: conv2d, in_channels: 128, out_channels: 64, kernel_size: 3, padding: 1}   # d
  - {name: bn, kind: batch_norm2d, num_features: 128}
"""

GPT = """\
archcalc: 1
name: N
let: {d: 768}
input: {shape: [1024], below: 50257}
layers:
  - {name: wte, kind: embedding, num_embeddings: 50000, embedding_dim: 768}
  - {name: wpe, kind: position_embedding, num_embeddings: 512, embedding_dim: 768}
  - {name: emb, kind: add, from: [wte, wpe]}
  - {name: attn, kind: multihead_attention, embed_dim: 768, num_heads: 10}
  - {name: up, kind: linear, in_features: 512, out_features: 3072}
  - {kind: gelu}
  - {name: down, kind: linear, in_features: 3072, out_features: 512}
  - {name: res, kind: add, from: [down, attn]}
  - {name: ln, kind: layer_norm, normalized_shape: 768}
"""

BLOCKS = """\
archcalc: 1
name: N
input: [3, 64, 64]
blocks:
  cb:
    args: {i, o}
    layers:
      - {kind: conv2d, in_channels: i, out_channels: o, kernel_size: 3, padding: 1}
      - {kind: batch_norm2d}
      - {kind: relu}
layers:
  - {name: a, kind: cb, i: 1, o: 32}    # first
  - {name: b, kind: cb,                 # second
     i: 64, o: 64}
  - {name: c, kind: cb, i: 32, o: 128}
  - {name: p, kind: max_pool2d, kernel_size: 2}
  - {kind: flatten}
  - {name: fc, kind: linear, in_features: 1000, out_features: 10}
"""


CLIP = """\
archcalc: 1
name: N
input: [3, 16, 112, 112]   # a clip
layers:
  - {name: c1, kind: conv2d, out_channels: 64, kernel_size: 3, padding: 1}
  - {name: p1, kind: max_pool2d, kernel_size: 2}   # hidden
"""
"""Each of its layers is of the wrong kind, which the one above hides."""

SHUFFLED = CLIP.replace("kind: max_pool2d, kernel_size: 2", "kind: pixel_shuffle, upscale_factor: 2")
"""There is no such layer of volumes."""


@pytest.mark.parametrize(
    ("text", "least"),
    [(UNET, 4), (GPT, 5), (BLOCKS, 2), (CLIP, 2)],
    ids=["unet", "gpt", "blocks", "clip"],
)
def test_all_faults_are_mended_and_comments_stay(text: str, least: int) -> None:
    report = check_text(text)
    assert not report.ok
    taken, new = fix_all(report)
    assert len(taken) == least
    assert check_text(new).ok
    was, now = ([line.partition("#")[2] for line in one.splitlines()] for one in (text, new))
    assert now == was


def test_an_edit_that_shows_what_nothing_mends_is_not_made() -> None:
    assert fix_all(check_text(SHUFFLED)) == ((), SHUFFLED)


def test_each_use_of_a_block_gets_its_own_number() -> None:
    first, second = check_text(BLOCKS).errors
    assert first.help[0] == "write `a i: 3`, and with it `b i: 32` and `c i: 64`"
    assert second.help == ("write `in_features: 131072`",)
