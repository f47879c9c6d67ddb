"""The interpreter that goes with generated tests, on attention: masks, windows, directions and coordinates."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from tests.support.generated_tests import generated_tests

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
