"""An input that seems to have its channels last: which sizes do, what takes it, and how it is said on purpose."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archcalc import Report, check, check_text
from archcalc.analysis.channel_axis import seems_last
from archcalc.spec.bundled import bundled_specs
from tests.support.draw_chains import chain_texts, spec_texts

CONV = "{kind: conv2d, out_channels: 8, kernel_size: 1}"


def report(sizes: str, *layers: str, **settings: tuple[int, ...]) -> Report:
    text = f"archcalc: 1\nname: Small\ninput: [{sizes}]\nlayers: [{', '.join(layers)}]\n"
    return check_text(text, input=settings.get("input"))


def warned(sizes: str, *layers: str) -> bool:
    return "A119" in [error.code for error in report(sizes, *layers).diagnostics]


LAST = ["224, 224, 3", "28, 28, 1", "84, 84, 4", "16, 16, 3", "480, 640, 3", "64, 128, 3", "640, 480, 4"]
FIRST = [
    *("3, 224, 224", "3, 3, 3", "1, 28, 28", "256, 14, 3", "64, 32, 3", "8, 8, 3", "64, 64, 2", "128, 100, 1"),
    *("64, 64, 64", "4, 4, 4", "512, 7, 7", "224, 224, 5", "4, 64, 64", "32, 16, 3", "100, 63, 3"),
]


@pytest.mark.parametrize("sizes", LAST)
def test_an_image_with_its_channels_last_is_a_warning(sizes: str) -> None:
    found = report(sizes, CONV)
    (error,) = found.diagnostics
    *sides, last = sizes.split(", ")
    assert (error.code, error.severity) == ("A119", "warning")
    assert error.help[0] == f"write the channels first: `input: [{last}, {', '.join(sides)}]`"
    assert error.help[1] == f"if this is intended, write `conv2d in_channels: {sides[0]}`"
    assert found.ok


@pytest.mark.parametrize("sizes", FIRST)
def test_another_map_is_none(sizes: str) -> None:
    assert not report(sizes, CONV).diagnostics


@pytest.mark.parametrize(
    ("sizes", "kind", "seems"),
    [
        ("16000, 1", "conv1d", True), ("1000, 4", "conv1d", True), ("1, 16000", "conv1d", False),
        ("512, 4", "conv1d", False), ("5000, 12", "conv1d", False), ("16, 112, 112, 3", "conv3d", True),
        ("64, 64, 64, 1", "conv3d", True), ("8, 70, 90, 3", "conv3d", True), ("3, 16, 112, 112", "conv3d", False),
        ("16, 8, 8, 1", "conv3d", False), ("1, 64, 64, 1", "conv3d", False),
    ],
)  # fmt: skip
def test_so_are_signals_and_volumes(sizes: str, kind: str, seems: bool) -> None:
    assert warned(sizes, f"{{kind: {kind}, out_channels: 8, kernel_size: 1}}") is seems


@pytest.mark.parametrize(
    "kind",
    [
        "batch_norm2d", "instance_norm2d", "conv2d, out_channels: 8, kernel_size: 1", "max_pool2d, kernel_size: 2",
        "avg_pool2d, kernel_size: 3", "adaptive_avg_pool2d, output_size: 1", "dropout2d", "softmax2d",
        "conv_transpose2d, out_channels: 4, kernel_size: 2", "upsample, scale_factor: 2",
    ],
)  # fmt: skip
@pytest.mark.parametrize("before", [[], ["{kind: relu}", "{kind: dropout}"]])
def test_every_kind_that_takes_channels_first_shows_it(kind: str, before: list[str]) -> None:
    assert warned("224, 224, 3", *before, f"{{kind: {kind}}}")


@pytest.mark.parametrize(
    "layers",
    [
        ["{kind: flatten}", "{kind: linear, out_features: 3}"],
        ["{kind: permute, dims: [0, 3, 1, 2]}", CONV],
        ["{kind: permute, dims: [0, 2, 1, 3]}", CONV],
        ["{kind: relu}", "{kind: permute, dims: [0, 3, 1, 2]}", CONV],
        ["{kind: layer_norm}", "{kind: linear, in_features: 3, out_features: 8}", "{kind: mean, dim: [1, 2]}"],
        ["{kind: reshape, shape: [12544, 12]}"],
        ["{kind: conv2d, in_channels: 224, out_channels: 8, kernel_size: 1}"],
        ["{kind: batch_norm2d, num_features: 224}", CONV],
        ["{kind: batch_norm2d}", "{kind: conv2d, in_channels: 224, out_channels: 8, kernel_size: 1}"],
        ["{kind: max_pool2d, kernel_size: 2}", "{kind: conv2d, in_channels: 224, out_channels: 8, kernel_size: 1}"],
    ],
)
def test_what_takes_no_channels_or_states_them_is_left_alone(layers: list[str]) -> None:
    assert not warned("224, 224, 3", *layers)


def test_what_is_stated_below_a_convolution_is_about_other_channels() -> None:
    assert warned("224, 224, 3", CONV, "{kind: conv2d, in_channels: 8, out_channels: 4, kernel_size: 1}")


def test_an_input_that_is_given_is_told_of_at_the_layer() -> None:
    (error,) = report("3, 224, 224", CONV, input=(224, 224, 3)).diagnostics
    assert (error.code, error.help[0]) == ("A119", "give the channels first: 3,224,224")
    assert error.span is not None
    assert error.span.line == 4
    assert not report("224, 224, 3", CONV, input=(3, 224, 224)).diagnostics


def test_an_error_of_sizes_that_comes_of_it_is_one_error() -> None:
    found = report("32, 32, 3", "{kind: conv2d, out_channels: 8, kernel_size: 5}")
    assert [error.code for error in found.diagnostics] == ["A201"]


def test_a_bundled_network_given_its_channels_last_is_told_so() -> None:
    resnet = bundled_specs()["resnet"]
    assert not check(resnet, preset="resnet18").diagnostics
    given = check(resnet, preset="resnet18", input=(224, 224, 3)).diagnostics
    assert [(error.code, error.severity) for error in given] == [("A119", "warning")]


@given(st.lists(st.integers(1, 300), min_size=1, max_size=4).map(tuple))
def test_sizes_turned_channels_first_seem_so_no_more(x: tuple[int, ...]) -> None:
    if seems_last(x):
        assert x[-1] < x[0]
        assert not seems_last((x[-1], *x[:-1]))


@given(st.one_of(spec_texts(), chain_texts()))
def test_a_drawn_network_has_the_warnings_only_where_their_rules_hold(text: str) -> None:
    found = check_text(text)
    codes = {error.code for error in found.diagnostics}
    assert found.input is not None
    assert not codes & {"A120", "A321"}
    assert "A119" not in codes or seems_last(found.input)
    assert "A219" not in codes or any(layer.kind == "reshape" for layer in found.layers)


@pytest.mark.parametrize(
    ("sizes", "warns"), [("1000, 4", True), ("1000, 1", True), ("999, 4", False), ("1000, 5", False)]
)
def test_a_signal_of_a_thousand_samples_and_four_channels_at_most_is_one(sizes: str, warns: bool) -> None:
    """As the page of A119 has it."""
    assert warned(sizes, "{kind: conv1d, out_channels: 8, kernel_size: 1}") is warns
