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


ATTENTION = """
archcalc: 1
name: Attending
let: {T: 20}
axes: [T]
input: [T, 12]
layers:
  - {name: q, kind: linear, out_features: 12}
  - {name: k, kind: linear, from: input, out_features: 6}
  - {name: v, kind: linear, from: input, out_features: 8}
  - {name: grouped, kind: attention, from: [q, k, v], num_heads: 4, is_causal: true, scale: 0.3}
  - {name: mixed, kind: linear, out_features: 12}
  - {name: own, kind: multihead_attention, num_heads: 3, is_causal: true}
  - {name: all, kind: attention, from: [own, q, mixed], num_heads: 2}
  - {name: normed, kind: rms_norm, add_unit_offset: true}
  - {name: plain, kind: rms_norm}
  - {name: near, kind: attention, from: [q, k, plain], num_heads: 4, is_causal: true, sliding_window: 3}
  - {name: around, kind: attention, from: [near, q, near], num_heads: 2, sliding_window: 2}
"""


@pytest.mark.parametrize("dropout", ["", ", dropout: 0.2"])
def test_attention_is_evaluated(tmp_path: Path, dropout: str) -> None:
    spec = ATTENTION.replace("is_causal: true", f"is_causal: true{dropout}")
    with generated_tests(spec, tmp_path) as tests, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tests.test_settings()
        tests.test_parameters()
        tests.test_shapes()
        tests.test_a_sample_gives_what_it_gives_alone("cpu")
        tests.test_legal_sizes.hypothesis.inner_test((7, 12))
        for training in (False, True):
            tests.test_outputs_and_gradients.hypothesis.inner_test("cpu", training, 3, 3, (9, 12))


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


WINDOWS = """
archcalc: 1
name: Shifted
input: [4, 12, 9]
layers:
  - {name: map, kind: permute, dims: [0, 2, 3, 1]}
  - {name: table, kind: parameter, shape: [25, 2], init: {weight: {normal: {std: 1}}}}
  - {name: index, kind: relative_position_bias, window_size: [3, 3], flat: false}
  - {name: padded, kind: pad_to_multiple, from: map, multiple: 3, dims: [1, -2]}
  - {name: rolled, kind: roll, shifts: [-1, -1], dims: [1, 2], longer_than: 3}
  - {name: mask, kind: shifted_window_mask, from: [index, rolled], window_size: [3, 3], shift: 1}
  - {name: cut, kind: rearrange, from: rolled, pattern: "(i a) (j b) c -> i j (a b) c", a: 3, b: 3}
  - {name: own, kind: linear, in_features: 4, out_features: 8}
  - {name: all, kind: attention, from: [cut, cut, own, mask], num_heads: 2}
  - {name: back, kind: rearrange, pattern: "i j (a b) c -> (i a) (j b) c", a: 3}
  - {name: cropped, kind: crop_as, from: [back, map], dims: [1, 2]}
"""


@pytest.mark.parametrize("dropout", ["", ", dropout: 0.2"])
def test_windows_are_evaluated(tmp_path: Path, dropout: str) -> None:
    spec = WINDOWS.replace("num_heads: 2", f"num_heads: 2{dropout}")
    with generated_tests(spec, tmp_path) as tests, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tests.test_settings()
        tests.test_parameters()
        tests.test_start()
        tests.test_shapes()
        tests.test_legal_sizes.hypothesis.inner_test((4, 11, 2))
        for training in (False, True):
            for sizes in ((4, 12, 9), (4, 11, 2)):
                tests.test_outputs_and_gradients.hypothesis.inner_test("cpu", training, 3, 3, sizes)


DIRECTIONS = """
archcalc: 1
name: Directions
input: [4, 6, 9]
layers:
  - {name: moment, kind: slice, dim: 3, stop: 1}
  - {name: waves, kind: sinusoidal_embedding, embedding_dim: 4}
  - {name: coordinates, kind: relative_coordinates, from: input, window_size: [2, 3]}
  - {name: made, kind: linear, in_features: 2, out_features: 2}
  - {name: table, kind: flatten, end_dim: 2}
  - {name: index, kind: relative_position_bias, window_size: [2, 3]}
  - {name: map, kind: permute, from: input, dims: [0, 2, 3, 1]}
  - {name: cut, kind: rearrange, pattern: "(i a) (j b) c -> i j (a b) c", a: 2, b: 3}
  - {name: qkv, kind: linear, in_features: 4, out_features: 12, unbiased: [4, 8]}
  - {name: q, kind: slice, dim: -1, stop: 4}
  - {name: heads, kind: rearrange, pattern: "i j t (a c) -> i j a t c", a: 2}
  - {name: direction, kind: normalize, dim: -1}
  - {name: scaled, kind: logit_scale, shape: [2, 1, 1], init_value: 1.5, max_value: 2}
  - {name: query, kind: rearrange, pattern: "i j a t c -> i j t (a c)"}
  - {name: rolled, kind: roll, from: map, shifts: [-1, -2], dims: [1, 2], longer_than: [3, 9]}
  - {name: mask, kind: shifted_window_mask, from: [index, rolled], window_size: [2, 3], shift: [1, 2]}
  - {name: rest, kind: slice, from: qkv, dim: -1, start: 4}
  - {name: k, kind: slice, dim: -1, stop: 4}
  - {name: all, kind: attention, from: [query, k, k, mask], num_heads: 2, scale: 1}
outputs: [all, waves, rest]
"""


def test_directions_and_coordinates_are_evaluated(tmp_path: Path) -> None:
    with generated_tests(DIRECTIONS, tmp_path) as tests, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tests.test_settings()
        tests.test_parameters()
        tests.test_start()
        tests.test_shapes()
        for training in (False, True):
            tests.test_outputs_and_gradients.hypothesis.inner_test("cpu", training, 3, 3, (4, 6, 9))


def test_what_is_seldom_given_is_evaluated(tmp_path: Path) -> None:
    with generated_tests(HEAD + SEVERAL, tmp_path) as tests, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tests.test_settings()
        tests.test_legal_sizes.hypothesis.inner_test((4, 12, 13))
        for training in (False, True):
            tests.test_outputs_and_gradients.hypothesis.inner_test("cpu", training, 3, 3, (4, 11, 12))
