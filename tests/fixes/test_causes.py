"""Causes: where a wrong size comes from, and how it came to be what it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archcalc.analysis.report import Report
from archcalc.layers.kinds.conv import window
from archcalc.layers.kinds.pool import pooled
from archcalc.pipeline import check, check_text
from archcalc.sizes.traced import Traced, TracedProduct, Unfoldable
from tests.support.draw_chains import spec_texts

ALEXNET = (Path(__file__).parents[2] / "specs" / "alexnet.yaml").read_text("utf-8")
UNCLAIMED = re.sub(r", expect: \[.*\]}", "}", ALEXNET)
HEAD = "archcalc: 1\nname: Small\ninput: [3, 32, 32]\nlayers:\n"

WINDOWS = st.tuples(st.integers(1, 7), st.integers(1, 4), st.integers(0, 3), st.integers(1, 3), st.booleans())


def labels(report: Report, place: int = 0) -> list[tuple[int, str]]:
    return [(label.span.line, label.text) for label in report.diagnostics[place].labels]


# A folded size is the size.


@given(st.lists(WINDOWS, max_size=8), st.integers(1, 500), st.integers(1, 500))
def test_a_chain_of_windows_folds_into_one_floor(
    chain: list[tuple[int, int, int, int, bool]], n: int, other: int
) -> None:
    folded: Any = Traced("n", n)
    plain: Any = n
    elsewhere: Any = other
    for k, s, p, d, ceil in chain:
        folded = pooled(folded, k, s, p, d, False) if ceil else window(folded, k, s, p, d)
        plain, elsewhere = window(plain, k, s, p, d), window(elsewhere, k, s, p, d)
    assert folded.value == plain
    assert eval(folded.formula.translate({0x230A: "(", 0x230B: ")", 0x2212: "-"}).replace("/", "//")) == plain
    b, c, d, m = folded.form
    assert m * ((other + b) // c) + d == elsewhere
    assert 0 <= b < c


STEPS = st.tuples(st.sampled_from(["+", "*", "//"]), st.integers(1, 6))


@given(st.lists(STEPS, max_size=8), st.integers(1, 500), st.integers(1, 500))
def test_what_doubles_a_map_is_folded_where_it_can_be(chain: list[tuple[str, int]], n: int, other: int) -> None:
    folded, plain, elsewhere = Traced("n", n), n, other
    for sign, k in chain:
        step = {"+": lambda size, k=k: size + k - 3, "*": lambda size, k=k: k * size, "//": lambda size, k=k: size // k}
        try:
            folded = step[sign](folded)
        except Unfoldable:
            assert folded.m > 1
            return
        plain, elsewhere = step[sign](plain), step[sign](elsewhere)
    assert folded.value == plain
    source = folded.formula.translate({0x230A: "(", 0x230B: ")", 0x2212: "-", 0xB7: "*"}).replace("/", "//")
    assert eval(source) == plain
    b, c, d, m = folded.form
    assert m * ((other + b) // c) + d == elsewhere


@given(st.integers(1, 5), st.integers(1, 4), st.integers(0, 2), st.integers(1, 200))
def test_rounding_up_folds_where_it_is_one_floor(k: int, s: int, p: int, n: int) -> None:
    folded = pooled(Traced("n", n), k, s, p, 1, True)
    assert isinstance(folded, Traced)
    assert folded.value == pooled(n, k, s, p, 1, True)


def test_what_is_no_floor_of_one_size_is_refused() -> None:
    size: Any = Traced("n", 5)
    attempts: tuple[Callable[[], object], ...] = (
        lambda: size + size,
        lambda: 7 - size,
        lambda: 7 // size,
        lambda: size // size,
        lambda: size % 2,
        lambda: size.smaller(3),
        lambda: size.larger(Traced("m", 5)),
        lambda: (size * 2) // 3,
        lambda: (size // 3 * 2).smaller((size + 1) // 3 * 2 - 1),
        lambda: size * 1.5,
    )
    for attempt in attempts:
        with pytest.raises(Unfoldable):
            attempt()
    assert isinstance(size * size, TracedProduct)
    assert (2 * (size * Traced("m", 3)) * (size * 1)).value == 150
    assert (size * 2 + 1).formula == "2·5 + 1"


# AlexNet at 224.


def test_the_input_is_labelled_with_what_becomes_of_it() -> None:
    report = check_text(UNCLAIMED.replace("227, 227", "224, 224"))
    assert labels(report) == [
        (17, "the 224 here becomes 5 at `pool3`: ⌊(224 + 29)/32⌋ − 2 = 5"),
        (33, "the 256 comes from here"),
        (40, "needs 256 × 6 × 6"),
    ]


def test_a_claim_that_disagrees_has_a_cause_too() -> None:
    report = check_text(ALEXNET.replace("227, 227", "224, 224"))
    assert len(report.diagnostics) == 1
    assert labels(report) == [
        (17, "the 224 here becomes 54 at `conv1`: ⌊(224 + 1)/4⌋ − 2 = 54"),
        (21, "what follows is computed with this"),
    ]


def test_an_input_from_outside_is_not_said_to_stand_in_the_file() -> None:
    report = check_text(ALEXNET, input=(3, 224, 230))
    assert labels(report)[:2] == [
        (17, "224 in place of this becomes 5 at `pool3`: ⌊(224 + 29)/32⌋ − 2 = 5"),
        (17, "230 in place of this becomes 6 at `pool3`: ⌊(230 + 29)/32⌋ − 2 = 6"),
    ]


CONV = "{kind: conv2d, out_channels: 8, kernel_size: 3, padding: 1}"
FC = "{kind: linear, in_features: 9, out_features: 5}"


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([CONV, "{kind: relu}", "{kind: batch_norm2d, num_features: 9}"], [(5, "the 8 comes from here")]),
        (
            ["{kind: relu}", "{kind: conv2d, in_channels: 4, out_channels: 8, kernel_size: 3}"],
            [(3, "the 3 comes from here")],
        ),
        (["{kind: conv2d, out_channels: 8, kernel_size: 33}"], [(3, "the 32 comes from here")]),
        (
            ["{kind: max_pool2d, kernel_size: 8}", "{kind: conv2d, out_channels: 8, kernel_size: 5}"],
            [(3, "the 32 here becomes 4 at `max_pool2d`: ⌊32/8⌋ = 4")],
        ),
        (
            ["{kind: adaptive_avg_pool2d, output_size: [4, 6]}", "{kind: conv2d, out_channels: 8, kernel_size: 5}"],
            [(5, "the 4 comes from here")],
        ),
        (["{kind: max_pool2d, kernel_size: 2, padding: 2}"], []),
        (["{kind: softmax, dim: 9}"], []),
        ([CONV, "{kind: linear, in_features: 9, out_features: 10}"], [(3, "the 32 comes from here")]),
        (
            [CONV, "{kind: flatten}", "{kind: linear, out_features: 7}", FC],
            [(7, "the 7 comes from here")],
        ),
    ],
)  # fmt: skip
def test_a_size_is_traced_to_where_it_is_stated(layers: list[str], expected: list[tuple[int, str]]) -> None:
    report = check_text(HEAD + "".join(f"  - {layer}\n" for layer in layers))
    assert len([error for error in report.diagnostics if error.severity == "error"]) == 1
    assert labels(report) == expected


def test_a_claim_that_was_trusted_is_the_cause_of_what_follows() -> None:
    layers = f"  - {CONV[:-1]}, expect: [8, 30, 30]}}\n" + "  - {kind: flatten, expect: [7200]}\n"
    layers += "  - {kind: linear, in_features: 7201, out_features: 10, expect: [10]}\n"
    report = check_text(HEAD + layers)
    assert [error.code for error in report.diagnostics] == ["A401", "A203"]
    assert labels(report, 1) == [
        (5, "the 8 comes from here, as the source says"),
        (5, "the 30 comes from here, as the source says"),
    ]


# Root causes only: two independent errors, two diagnostics, each with its own cause.


def test_two_independent_errors_are_two_diagnostics() -> None:
    fc2 = "{name: fc2, kind: linear, "
    report = check_text(UNCLAIMED.replace("227, 227", "224, 224").replace(fc2, f"{fc2}in_features: 5, "))
    assert [(error.code, error.span.line) for error in report.diagnostics if error.span] == [("A203", 40), ("A203", 43)]
    assert labels(report, 0)[0][0] == 17
    assert labels(report, 1) == [(40, "the 4096 comes from here")]
    assert report.layers[-1].output == (1000,)


@given(spec_texts(), st.integers(2, 60))
def test_what_a_label_says_is_true(text: str, n: int) -> None:
    report = check_text(text)
    assert report.input is not None
    shape = (*report.input[:-1], n)
    for error in check_text(text, input=shape).diagnostics:
        for label in error.labels:
            becomes = re.fullmatch(r"(\d+) in place of this becomes (\d+) at `(.*)`: (.*) = (\d+)", label.text)
            if becomes:
                size, value, path, formula, again = becomes.groups()
                found = next(one for one in check_text(text, input=shape).layers if one.name == path)
                assert int(size) in shape
                assert found.output is None or int(value) in found.output
                assert value == again
                python = formula.translate({0x230A: "(", 0x230B: ")", 0x2212: "-"}).replace("/", "//")
                assert eval(python) == int(value)


# Joins: each branch has its label.

UNET = Path(__file__).parents[2] / "specs" / "unet.yaml"

RESIDUAL = """\
archcalc: 1
name: Residual
input: [3, 32, 32]
blocks:
  basic:
    args: {width, stride: 1}
    layers:
      - {name: conv1, kind: conv2d, out_channels: width, kernel_size: 3, stride: stride, padding: 1}
      - {name: conv2, kind: conv2d, out_channels: width, kernel_size: 3, padding: 0}
      - name: downsample
        from: input
        when: stride != 1 or in_channels != width
        layers: [{kind: conv2d, out_channels: width, kernel_size: 1, stride: stride}]
      - {kind: add, from: [conv2, downsample]}
layers:
  - {name: first, kind: basic, width: 8}
  - {name: second, kind: basic, width: 16, stride: 2}
"""


@pytest.mark.parametrize(
    ("size", "told"),
    [
        ((100, 100), ["up2.up`: 2·⌊100/8⌋ = 24", "down2.maxpool_conv.0`: ⌊100/4⌋ = 25"]),
        ((104, 96), ["up1.up`: 2·⌊104/16⌋ = 12", "down3.maxpool_conv.0`: ⌊104/8⌋ = 13"]),
        ((96, 97), ["up4.up`: 2·⌊97/2⌋ = 96", "97 in place of this arrives, by way of `inc.double_conv.5`"]),
    ],
)
def test_both_ways_to_a_join_are_told_side_by_side(size: tuple[int, int], told: list[str]) -> None:
    report = check(UNET, preset="unet", input=(3, *size))
    (error,) = [error for error in report.diagnostics if error.severity == "error"]
    assert error.code == "A211"
    (at,) = [place for place, row in enumerate(UNET.read_text("utf-8").splitlines(), 1) if row.startswith("input:")]
    labels = sorted(label.text for label in error.labels if label.span.line == at)
    assert len(labels) == 2
    assert all(any(part in label for label in labels) for part in told), labels
    assert check(UNET, preset="unet", input=(3, 96, 96)).ok


def test_a_block_with_a_wrong_padding_is_told_with_both_ways_and_mended() -> None:
    report = check_text(RESIDUAL)
    (error,) = report.diagnostics
    assert [label.text for label in error.labels] == [
        "the 32 here becomes 30 at `first.conv2`: 32 − 2 = 30",
        "the 32 comes from here, by way of `first.downsample.0`",
        "used here as `first`",
    ]
    # The mended entry makes layers with other channels, too.
    assert error.help[0] == "write `first.conv2 padding: 1`"


def test_channels_that_differ_are_told_by_the_fields_that_give_them() -> None:
    layers = (
        "  - {name: a, kind: conv2d, out_channels: 8, kernel_size: 1}\n"
        "  - {name: b, kind: conv2d, from: input, out_channels: 16, kernel_size: 1}\n"
        "  - {name: c, kind: relu}\n"
        "  - {name: sum, kind: add, from: [a, c]}\n"
    )
    report = check_text(HEAD + layers)
    assert labels(report) == [(5, "the 8 comes from here"), (6, "the 16 comes from here, by way of `c`")]


def test_a_join_whose_size_has_no_field_is_told_by_its_layer() -> None:
    layers = (
        "  - {name: flat, kind: flatten}\n"
        "  - {name: other, kind: conv2d, from: input, out_channels: 3, kernel_size: 1}\n"
        "  - {name: mean, kind: mean, dim: [2, 3]}\n"
        "  - {name: sum, kind: add, from: [flat, mean]}\n"
    )
    (error,) = check_text(HEAD + layers).diagnostics
    assert error.code == "A211"
    assert len(error.labels) >= 2


def test_a_size_that_is_again_what_it_was_did_not_become_anything() -> None:
    """8 pixels are 7, then 8 again: nothing is told of the way, which changes nothing."""
    conv = "{kind: conv2d, out_channels: 2, kernel_size: 2"
    layers = [f"{conv}}}", f"{conv}, padding: 1}}", "{kind: max_pool2d, kernel_size: 9}"]
    text = "archcalc: 1\nname: N\ninput: [1, 8, 8]\nlayers:\n" + "".join(f"  - {layer}\n" for layer in layers)
    (error,) = check_text(text).diagnostics
    assert [label.text for label in error.labels] == ["the 8 comes from here"]
