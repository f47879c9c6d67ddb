"""What a network asks of its batch, and what torch cannot count, wherever it is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import archcalc
from archcalc import Report, check_text, explain, laws, sweep
from archcalc.analysis.batch_limits import least_batch
from archcalc.layers.outcome import MOST_VALUES, too_large
from archcalc.reports import explanation_text, text
from archcalc.reports.laws import as_json, as_text, block
from tests.support.bundled import FIRST, checked

POOLED = """archcalc: 1
name: Pooled
input: [3, {size}, {size}]
layers:
  - {{name: conv, kind: conv2d, out_channels: 8, kernel_size: 3, stride: 4, padding: 1}}
  - {{name: bn1, kind: batch_norm2d}}
  - {{name: pool, kind: max_pool2d, kernel_size: 2, ceil_mode: true}}
  - {{name: bn2, kind: batch_norm2d}}
  - {{name: bn3, kind: batch_norm2d{more}}}
"""


def pooled(size: int = 32, more: str = "") -> Report:
    report = check_text(POOLED.format(size=size, more=more))
    assert report.ok
    return report


def test_a_condition_on_the_batch_is_said_at_the_sizes_where_it_is_one() -> None:
    assert pooled(32).batch_limits == ()
    (limit,) = pooled(8).batch_limits
    assert (limit.least, limit.only_in_training, limit.layers) == (2, True, ("bn2", "bn3"))
    (limit,) = pooled(4).batch_limits
    assert limit.layers == ("bn1", "bn2", "bn3")
    training, always = pooled(8, ", track_running_stats: false").batch_limits
    assert (training.layers, always.layers) == (("bn2",), ("bn3",))
    assert (training.only_in_training, always.only_in_training) == (True, False)


def test_the_fewest_samples_are_those_of_every_limit_in_force() -> None:
    limits = pooled(8).batch_limits
    assert (least_batch(limits, training=True), least_batch(limits, training=False)) == (2, 1)
    assert least_batch(pooled(8, ", track_running_stats: false").batch_limits, training=False) == 2
    assert least_batch((), training=True) == 1


def test_a_report_names_the_layers_and_why() -> None:
    said = "in training, N ≥ 2 at `bn2` and `bn3`: one sample has a single value of each channel"
    assert said in text.render(pooled(8))
    assert "batch of N" not in text.render(pooled(32))
    (limit,) = pooled(8).to_dict()["batch_limits"]
    assert (limit["least"], limit["only_in_training"], limit["layers"]) == (2, True, ["bn2", "bn3"])
    assert pooled(32).to_dict()["batch_limits"] == []


def test_a_law_says_at_which_sizes_a_batch_is_needed() -> None:
    found = laws(pooled(32))
    assert "in training       N ≥ 2 at `bn2` and `bn3` where H ≤ 8 and W ≤ 8" in block(found)
    assert as_text(found, None).endswith("in training, N ≥ 2 at `bn2` and `bn3` where H ≤ 8 and W ≤ 8")
    (code,) = json.loads(as_json(found, None))["valid_in_training"]
    for sizes in ({"N": 1, "H": 8, "W": 8}, {"N": 2, "H": 8, "W": 8}, {"N": 1, "H": 9, "W": 8}):
        assert eval(code, {}, dict(sizes)) == (sizes != {"N": 1, "H": 8, "W": 8})


def test_a_network_trains_where_torch_trains_it() -> None:
    found = laws(pooled(32))
    assert [found.trains(N=1, H=size, W=8) for size in (7, 8, 9)] == [False, False, True]
    assert found.trains(N=2, H=1, W=1)
    assert found.trains(H=1, W=1)
    assert found.holds(N=1, H=1, W=1)
    always = laws(pooled(32, ", track_running_stats: false"))
    assert (always.holds(N=1, H=8, W=8), always.holds(N=2, H=8, W=8), always.holds(N=1, H=9, W=8)) == (
        False,
        True,
        True,
    )


def test_a_law_says_nothing_where_every_legal_size_has_more_than_one_value() -> None:
    report = check_text(
        """archcalc: 1
name: Wide
input: [3, 32, 32]
layers:
  - {name: a, kind: conv2d, out_channels: 4, kernel_size: 5}
  - {name: up, kind: upsample, scale_factor: 2}
  - {name: bn, kind: batch_norm2d}
"""
    )
    assert laws(report).batch == ()


def test_a_condition_that_no_bounds_say_stands_as_it_is() -> None:
    report = check_text(
        """archcalc: 1
name: Odd
input: [3, 32]
layers:
  - {name: a, kind: max_pool1d, kernel_size: 2, stride: 2}
  - {name: b, kind: max_pool1d, kernel_size: 3, stride: 3, from: input}
  - {name: both, kind: concat, from: [a, b], dim: 2}
  - {name: others, kind: slice, dim: 2, start: 1}
  - {name: bn, kind: batch_norm1d}
"""
    )
    (law,) = laws(report).batch
    assert law.where is None
    assert "in training       N·(⌊L/2⌋ + ⌊L/3⌋ − 1) ≥ 2 at `bn`" in block(laws(report))
    for length in range(3, 12):
        assert laws(report).trains(N=1, L=length) == (length // 2 + length // 3 - 1 > 1)


def test_a_sum_that_is_never_so_small_asks_for_nothing() -> None:
    report = check_text(
        """archcalc: 1
name: Even
input: [3, 32]
layers:
  - {name: a, kind: max_pool1d, kernel_size: 2, stride: 2}
  - {name: b, kind: avg_pool1d, kernel_size: 3, stride: 3, from: input}
  - {name: both, kind: concat, from: [a, b], dim: 2}
  - {name: bn, kind: batch_norm1d}
"""
    )
    assert laws(report).batch == ()
    assert laws(report).trains(N=1, L=3)


def test_a_layer_explains_how_many_samples_it_takes_and_why() -> None:
    report = pooled(8)
    (need,) = explain(report, "bn2").needs
    assert (need.code, need.holds, need.least_batch) == ("A216", None, 2)
    assert "· A216: in training, N ≥ 2: one sample has" in explanation_text.render(explain(report, "bn2"))
    (need,) = explain(report, "bn1").needs
    assert (need.holds, need.least_batch) == (True, 1)
    assert "✓ A216: in training, any N" in explanation_text.render(explain(report, "bn1"))
    assert explain(report, "bn2").to_dict()["needs"][0]["least_batch"] == 2


def test_a_layer_below_an_error_says_nothing_of_its_batch() -> None:
    report = check_text(POOLED.format(size=8, more="").replace("kernel_size: 2,", "kernel_size: 2, padding: 2,"))
    assert not report.ok
    (need,) = explain(report, "bn2").needs
    assert (need.holds, need.least_batch) == (None, None)
    assert report.batch_limits == ()


@pytest.mark.parametrize(("name", "preset"), FIRST)
def test_of_the_bundled_networks_those_need_a_batch_that_norm_a_single_pixel(name: str, preset: str | None) -> None:
    layers = [layer for limit in checked(name, preset).batch_limits for layer in limit.layers]
    # A side head pools to a pixel, and so does a branch of DeepLabV3; torchvision's refuse a batch of one, too.
    assert layers == {"inception_v3": ["AuxLogits.conv1.bn"], "segmentation_mobile": ["classifier.0.convs.4.2"]}.get(
        name, []
    )


# Bytes that 64 bits do not count


def linear(features: int, outputs: int) -> Report:
    return check_text(
        f"archcalc: 1\nname: L\ninput: [{features}]\n"
        f"layers:\n  - {{name: fc, kind: linear, out_features: {outputs}, bias: false}}\n"
    )


def refuses(build: Any) -> bool:
    try:
        build()
    except RuntimeError as refusal:
        if "overflow" not in str(refusal):
            raise
        return True
    return False


SIZES = st.integers(1, 2**31 - 1) | st.sampled_from([2**30 - 1, 2**30, 2**30 + 1, 2**31 - 1, 2**29, 2**31 - 2])


@given(SIZES, SIZES)
def test_a_weight_is_too_large_where_torch_says_so(features: int, outputs: int) -> None:
    codes = {error.code for error in linear(features, outputs).diagnostics}
    refused = refuses(lambda: torch.nn.Linear(features, outputs, bias=False, device="meta"))
    assert ("A218" in codes) == refused


@given(st.lists(SIZES | st.integers(1, 64), min_size=1, max_size=4))
def test_a_tensor_is_too_large_where_torch_says_so(shape: list[int]) -> None:
    assert too_large(tuple(shape)) == refuses(lambda: torch.empty(shape, device="meta"))


@given(st.integers(1, 4), st.integers(2**14, 2**17), st.sampled_from([2**29, 2**30, 2**31 - 1]), st.booleans())
def test_an_output_is_too_large_where_torch_says_so(channels: int, size: int, out: int, pools: bool) -> None:
    below = "  - {name: pool, kind: adaptive_avg_pool2d, output_size: 1}\n" if pools else ""
    report = check_text(
        f"archcalc: 1\nname: C\ninput: [{channels}, {size}, {size}]\nlayers:\n"
        f"  - {{name: conv, kind: conv2d, out_channels: {out}, kernel_size: 1}}\n{below}"
        "  - {name: relu, kind: relu}\n"
    )
    conv = torch.nn.Conv2d(channels, out, 1, device="meta")
    refused = refuses(lambda: conv(torch.empty(1, channels, size, size, device="meta")))
    # What follows is as large for the same reason, and not blamed.
    assert [error.code for error in report.diagnostics] == ["A218"] * refused
    assert report.ok != refused


def test_the_largest_tensor_is_taken_and_one_value_more_is_not() -> None:
    assert not too_large((MOST_VALUES,))
    assert too_large((MOST_VALUES + 1,))
    assert linear(2**30, 2**31 - 1).ok
    assert not linear(2**30 + 1, 2**31 - 1).ok


def test_an_input_that_is_too_large_is_at_fault_itself() -> None:
    report = check_text("archcalc: 1\nname: I\ninput: [4, 2147483647, 2147483647]\nlayers:\n  - {kind: relu}\n")
    (error,) = report.diagnostics
    assert error.code == "A218"
    assert error.span is not None
    assert error.span.line == 3


def test_a_sweep_says_which_rows_are_too_large(tmp_path: Path) -> None:
    spec = tmp_path / "wide.yaml"
    spec.write_text(
        "archcalc: 1\nname: W\ninput: [2, 8, 8]\nlet: {c: 8}\nlayers:\n"
        "  - {name: one, kind: conv2d, out_channels: c, kernel_size: 1}\n"
        "  - {name: two, kind: conv2d, out_channels: c, kernel_size: 1}\n"
    )
    settings, sizes = [8, 2**30, 2**31 - 1], [8, 2**15, 2**16, 2**31 - 1]
    table = sweep(spec, settings={"c": settings}, input={"HW": sizes})
    rows = [(c, size) for c in settings for size in sizes]
    for place, (c, size) in enumerate(rows):
        report = archcalc.check(spec, settings={"c": c}, input=(2, size, size))
        assert bool(table["legal"][place]) == report.ok, (c, size)
        assert report.facts is not None
        failing = [failure.step.path for failure in report.facts.failures]
        # The input's own error is that of the first layer that takes it.
        at = "one" if too_large((2, size, size)) else failing[0] if failing else ""
        assert table["fails_at"][place] == at


def test_a_law_holds_only_where_its_tensors_can_be_counted() -> None:
    report = check_text(
        "archcalc: 1\nname: W\ninput: [2, 8, 8]\nlet: {c: 8}\nlayers:\n"
        "  - {name: one, kind: conv2d, out_channels: c, kernel_size: 1}\n"
    )
    found = laws(report, free=["c"])
    assert found.holds(H=2**16, W=2**16, c=2**28)
    assert not found.holds(H=2**16, W=2**16, c=2**29)
    assert found.holds(H=1, W=1, c=2**59)
    assert not found.holds(H=1, W=1, c=2**60)


def test_a_law_holds_only_where_its_input_can_be_counted() -> None:
    text = "archcalc: 1\nname: P\ninput: [4, 8, 8]\nlayers:\n  - {kind: adaptive_avg_pool2d, output_size: 1}\n"
    found = laws(check_text(text))
    assert found.holds(H=2**30, W=2**28)
    assert not found.holds(H=2**30, W=2**30)


def test_a_way_out_is_offered_where_there_is_one() -> None:
    report = check_text(
        "archcalc: 1\nname: W\ninput: [3, 65536, 65536]\nlayers:\n"
        "  - {name: conv, kind: conv2d, out_channels: 1073741824, kernel_size: 1}\n"
    )
    (error,) = report.diagnostics
    assert error.help == ("write `conv stride: 2`",)


# The recipe

RECIPE = """train:
  optimizer: {{kind: adam, lr: 0.001}}
  batch_size: {batch}
  epochs: 1
"""


@pytest.mark.parametrize(("size", "batch", "errors"), [(8, 1, ["A217"]), (8, 2, []), (32, 1, [])])
def test_a_recipe_whose_batch_is_too_small_is_at_fault(size: int, batch: int, errors: list[str]) -> None:
    report = check_text(POOLED.format(size=size, more="") + RECIPE.format(batch=batch))
    assert [error.code for error in report.diagnostics] == errors
    assert all("`bn2` and `bn3`" in error.message for error in report.diagnostics)
