"""The interpreter that goes with generated tests, on networks that hold what is seldom drawn."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from tests.support.generated_tests import generated_tests

HEAD = "archcalc: 1\nname: Drawn\n"

SEVERAL = """
input: [4, 12, 12]
layers:
  - {name: conv, kind: conv2d, out_channels: 8, kernel_size: 3, padding: [2, 1], padding_mode: circular}
  - {name: same, kind: conv2d, out_channels: 8, kernel_size: 4, padding: same, padding_mode: reflect}
  - {name: norm, kind: batch_norm2d, momentum: null, eps: 0.01}
  - {name: drop, kind: stochastic_depth, p: 0.5, mode: batch}
  - {name: scale, kind: layer_scale, init_value: 0.5}
  - {name: left, kind: slice, stop: -2}
  - {name: right, kind: slice, from: scale, start: 2}
  - {name: joined, kind: multiply, from: [left, right]}
  - {name: act, kind: sigmoid}
  - {name: sum, kind: add, from: [act, act]}
  - {name: masks, kind: dropout2d, p: 0.25, inplace: true}
outputs: [masks, scale]
"""


TOKENS = """
input: [3, 12, 12]
layers:
  - {name: conv, kind: conv2d, out_channels: 8, kernel_size: 4, stride: 4}
  - {name: rows, kind: flatten, start_dim: 2}
  - {name: patches, kind: permute, dims: [0, 2, 1]}
  - {name: token, kind: parameter, shape: [1, 8], init: {weight: 0.5}}
  - {name: tokens, kind: concat, from: [token, patches]}
  - {name: encoder, layers: [{name: pos, kind: parameter, batch_axis: true, init: {weight: {normal: {std: 0.1}}}}]}
  - {name: placed, kind: add, from: [tokens, encoder.pos]}
  - {name: attention, kind: multihead_attention, num_heads: 2}
  - {name: first, kind: slice, stop: 1}
"""


def test_tokens_are_evaluated(tmp_path: Path) -> None:
    with generated_tests(HEAD + TOKENS, tmp_path) as tests, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tests.test_settings()
        tests.test_parameters()
        tests.test_start()
        tests.test_shapes()
        tests.test_legal_sizes.hypothesis.inner_test((3, 13, 12))
        for training in (False, True):
            tests.test_outputs_and_gradients.hypothesis.inner_test("cpu", training, 3, 3, (3, 12, 14))


WORDS = """
archcalc: 1
name: Words
let: {T: 20}
axes: [T]
input: {shape: [T], below: 12}
layers:
  - {name: wte, kind: embedding, num_embeddings: 13, embedding_dim: 8, padding_idx: 3}
  - {name: types, kind: embedding, from: input, num_embeddings: 12, embedding_dim: 8}
  - {name: wpe, kind: position_embedding, num_embeddings: 24, embedding_dim: 8}
  - {name: sum, kind: add, from: [wte, types, wpe]}
  - {name: out, kind: linear, out_features: 12}
"""


def test_whole_numbers_are_looked_up(tmp_path: Path) -> None:
    with generated_tests(WORDS, tmp_path) as tests, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tests.test_settings()
        tests.test_parameters()
        tests.test_start()
        tests.test_shapes()
        tests.test_sizes_just_outside_fail((25,))
        tests.test_one_batch_is_learnt("cpu")
        for training in (False, True):
            tests.test_outputs_and_gradients.hypothesis.inner_test("cpu", training, 3, 3, (17,))


TIED = """
archcalc: 1
name: Tied
let: {T: 20, vocab: 12, width: 8}
axes: [T]
input: {shape: [T], below: vocab}
blocks:
  model:
    layers:
      - {name: wte, kind: embedding, num_embeddings: vocab, embedding_dim: width, init: {weight: {normal: {std: 0.3}}}}
      - {name: fc, kind: linear, out_features: width}
      - {name: head, kind: linear, out_features: vocab, tied: wte}
layers:
  - name: group
    layers: [{name: wte, kind: embedding, num_embeddings: vocab, embedding_dim: width}]
  - {name: one, kind: model, from: input}
  - {name: two, kind: model, from: input}
  - {name: lm_head, kind: linear, from: group, out_features: vocab, bias: false, tied: group.wte}
  - {name: sum, kind: add, from: [one, two, lm_head]}
"""


def test_tied_weights_are_evaluated(tmp_path: Path) -> None:
    with generated_tests(TIED, tmp_path) as tests, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tests.test_settings()
        tests.test_parameters()
        tests.test_start()
        for training in (False, True):
            tests.test_outputs_and_gradients.hypothesis.inner_test("cpu", training, 3, 3, (9,))


CAPPED = """
archcalc: 1
name: Capped
let: {T: 12}
axes: [T]
input: [T, 8]
layers:
  - {name: q, kind: linear, out_features: 8}
  - {name: k, kind: linear, from: input, out_features: 4}
  - {name: bias, kind: bucketed_position_bias, from: input, num_heads: 2}
  - {name: near, kind: attention, from: [q, k, k], num_heads: 2, softcap: 1.5, is_causal: true, sliding_window: 3}
  - {name: some, kind: attention, from: [q, k, k], num_heads: 2, dropout: 0.5, softcap: 1.5, is_causal: true}
  - {name: all, kind: attention, from: [q, k, k, bias], num_heads: 2, dropout: 0.5, softcap: 0.5, scale: 2}
  - {name: one, kind: unflatten, from: k, dim: 2, unflattened_size: [1, -1]}
  - {name: shared, kind: expand, dim: 2, size: 2}
  - {name: keys, kind: flatten, start_dim: 2}
  - {name: sum, kind: add, from: [near, some, all, keys]}
"""


def test_caps_and_shared_keys_are_evaluated(tmp_path: Path) -> None:
    with generated_tests(CAPPED, tmp_path) as tests, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tests.test_settings()
        for training in (False, True):
            tests.test_outputs_and_gradients.hypothesis.inner_test("cpu", training, 3, 3, (9, 8))


AGAIN = """
archcalc: 1
name: Again
input: [3, 12, 12]
blocks:
  unit:
    args: {}
    layers:
      - {name: conv, kind: conv2d, out_channels: 4, kernel_size: 3, padding: 1}
      - {name: bn, kind: batch_norm2d}
      - {name: wide, kind: conv2d, out_channels: 6, kernel_size: 1}
      - {name: narrow, kind: conv2d, out_channels: 4, kernel_size: 1}
      - {name: bns, again: bn, repeat: 2}
      - {kind: relu}
layers:
  - {name: aux, layers: [{kind: unit}, {kind: adaptive_avg_pool2d, output_size: 1}]}
  - {name: pooled, kind: avg_pool2d, from: input, kernel_size: 2}
  - {name: main, again: aux}
outputs: {main: , aux: {training: true}}
"""


def test_what_is_applied_again_is_evaluated_and_called_as_often(tmp_path: Path) -> None:
    """The first application runs in training only; that one call is left out is noticed."""
    with generated_tests(AGAIN, tmp_path) as tests, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tests.test_settings()
        tests.test_parameters()
        tests.test_start()
        for training in (False, True):
            tests.test_outputs_and_gradients.hypothesis.inner_test("cpu", training, 3, 3, (3, 12, 12))
        model = next(tmp_path.rglob("model.py"))
        text = model.read_text(encoding="utf-8")
        assert "for _ in range(2):" in text
        model.write_text(text.replace("for _ in range(2):", "for _ in range(1):"), encoding="utf-8")
        tests.built.cache_clear()
        with pytest.raises(AssertionError, match="are not called so often"):
            tests.test_outputs_and_gradients.hypothesis.inner_test("cpu", False, 3, 3, (3, 12, 12))


RESIZED = """
archcalc: 1
name: Resized
let: {T: 6}
axes: [T]
input: [T, 24]
layers:
  - {name: part, kind: rotary, num_heads: 2, rotary_dim: 8}
  - {name: beside, kind: rotary, num_heads: 2, interleaved: true}
  - {name: less, kind: max_pool1d, kernel_size: 2}
  - {name: linear, kind: upsample_as, from: [less, beside], mode: linear, align_corners: true}
  - {name: out, kind: add, from: [linear, part]}
"""


def test_turned_and_resized_values_are_evaluated(tmp_path: Path) -> None:
    with generated_tests(RESIZED, tmp_path) as tests, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tests.test_settings()
        tests.test_shapes()
        for training in (False, True):
            tests.test_outputs_and_gradients.hypothesis.inner_test("cpu", training, 3, 3, (7, 24))


NEAREST = """
archcalc: 1
name: Nearest
input: [3, 9, 11]
layers:
  - {name: less, kind: conv2d, out_channels: 3, kernel_size: 3, stride: 2, padding: 1}
  - {name: near, kind: upsample_as, from: [less, input]}
  - {name: between, kind: upsample_as, from: [less, input], mode: bilinear}
  - {name: out, kind: add, from: [near, between]}
"""


def test_maps_made_as_large_as_others_are_evaluated(tmp_path: Path) -> None:
    with generated_tests(NEAREST, tmp_path) as tests:
        tests.test_settings()
        tests.test_legal_sizes.hypothesis.inner_test((3, 6, 7))
        tests.test_outputs_and_gradients.hypothesis.inner_test("cpu", True, 3, 3, (3, 8, 9))


def test_what_is_seldom_given_is_evaluated(tmp_path: Path) -> None:
    with generated_tests(HEAD + SEVERAL, tmp_path) as tests, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tests.test_settings()
        tests.test_legal_sizes.hypothesis.inner_test((4, 12, 13))
        for training in (False, True):
            tests.test_outputs_and_gradients.hypothesis.inner_test("cpu", training, 3, 3, (4, 11, 12))
