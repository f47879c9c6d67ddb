"""`axes`: the sizes of the input that stay free, by name, in laws, legal inputs, explanations, sweeps and searches."""

import re
from pathlib import Path
from typing import Any

import pytest

import archcalc
from archcalc.analysis.laws import laws
from archcalc.reports.explanation_text import render
from archcalc.sizes.symbolic import at, closed
from archcalc.targets.generate import generate

ENCODER = """
archcalc: 1
name: Encoder
let: {T: 12, width: 8, heads: 2}
axes: [T]
input: [T, width]
layers:
  - {name: attention, kind: multihead_attention, num_heads: heads}
  - {name: attended, kind: add, from: [attention, input]}
  - {name: up, kind: linear, out_features: 4*width}
  - {name: first, kind: slice, stop: 5}
"""


def checked(text: str = ENCODER, **options: Any) -> archcalc.Report:
    report = archcalc.check_text(text, file="encoder.yaml", **options)
    assert not report.diagnostics, report.diagnostics
    return report


def test_laws_are_of_the_named_axis_and_hold_at_each_of_its_sizes() -> None:
    found = laws(checked())
    assert [str(size) for size in found.input] == ["T", "8"]
    assert str(found.total.macs) == "N*(16*T**2 + 512*T)"
    T, N = found.variables["T"], found.variables["N"]
    for tokens in (5, 12, 40):
        totals = checked(settings={"T": tokens}).totals
        assert totals is not None
        assert at(closed(found.total.macs), {T: tokens, N: 1}) == totals.macs
        assert checked(input=(tokens, 8)).totals == totals


def test_legal_sizes_are_those_of_the_named_axis_alone() -> None:
    legal = checked().legal
    assert legal is not None
    assert legal.proven
    assert list(legal.axes) == ["T"]
    assert [n for n in range(1, 60) if n in legal.axes["T"]] == [*range(5, 60)]
    pinned = checked(ENCODER.replace("stop: 5", "start: 1 - T")).legal
    assert pinned is not None
    assert [n for n in range(1, 60) if n in pinned.axes["T"]] == [*range(11, 60)]


def test_other_axes_stay_channels_where_none_is_named() -> None:
    legal = checked(ENCODER.replace("axes: [T]\n", "")).legal
    assert legal is not None
    assert list(legal.axes) == ["L"]
    assert [n for n in range(1, 60) if n in legal.axes["L"]] == [8]


def test_an_input_of_two_named_axes_has_both() -> None:
    text = """
archcalc: 1
name: Two
let: {S: 10, T: 12}
axes: [S, T]
input: [4, S, T]
layers: [{kind: conv2d, out_channels: 2, kernel_size: [3, 5]}]
"""
    legal = checked(text).legal
    assert legal is not None
    assert {name: min(n for n in range(1, 9) if n in where) for name, where in legal.axes.items()} == {"S": 3, "T": 5}


def test_an_explanation_a_sweep_and_a_search_speak_of_it_by_its_name(tmp_path: Path) -> None:
    report = checked()
    assert "each value sees pixels 0 … 11: the whole input" in render(archcalc.explain(report, "attention"))
    spec = tmp_path / "encoder.yaml"
    spec.write_text(ENCODER, encoding="utf-8")
    assert archcalc.sweep(spec, input={"T": [6, 12]})["macs"].tolist() == [16 * 36 + 512 * 6, 16 * 144 + 512 * 12]
    found = archcalc.solve(report, ["macs <= 8000"], over=["input.T"])
    assert {one.values["input.T"] for one in found.found} <= {*range(1, 12)}
    assert found.found


def test_generated_tests_draw_sizes_of_it() -> None:
    files = generate(checked()).files
    _, _, sizes = files["layers_encoder.py"].partition("SMALL_SIZES: list[tuple[int, ...]] = [")
    drawn = re.findall(r"\((\d+), (\d+)\)", sizes.partition("]")[0])
    assert {width for _, width in drawn} == {"8"}
    assert len({tokens for tokens, _ in drawn}) > 1


def test_what_is_asked_of_channels_does_not_follow_it() -> None:
    block = """
archcalc: 1
name: Wide
let: {T: 12}
axes: [T]
input: [T, 8]
blocks:
  wide: {args: {}, layers: [{kind: linear, out_features: in_channels}]}
layers: [{kind: wide}]
"""
    (error,) = archcalc.check_text(block).diagnostics
    assert (error.code, error.message) == ("A316", "how many channels arrive here depends on `T`")


@pytest.mark.parametrize(
    ("axes", "code", "said"),
    [
        ("[S]", "A323", "the spec's `let` does not name `S`"),
        ("[T, heads]", "A323", "`heads` is not the size of one axis of the input"),
        ("[T, T]", "A323", "`T` is listed already"),
        ("[12]", "A111", "`axes` takes names of `let`, not 12"),
        ("{T: 12}", "A111", "`axes` takes names of `let`, not keys with values"),
    ],
)
def test_what_is_no_axis_is_refused(axes: str, code: str, said: str) -> None:
    found = archcalc.check_text(ENCODER.replace("axes: [T]", f"axes: {axes}")).diagnostics
    assert [(one.code, one.message) for one in found] == [(code, said)]


def test_names_with_their_sizes_are_told_both_places() -> None:
    (error,) = archcalc.check_text(ENCODER.replace("axes: [T]", "axes: {T: 12, S: 4}")).diagnostics
    assert error.help == ("write `axes: [T, S]`, and in `let` what they are: `let: {T: 12, S: 4}`",)
    (error,) = archcalc.check_text(ENCODER.replace("axes: [T]", "axes: {T: [1]}")).diagnostics
    assert error.help == ("write `axes: [T]`",)


def test_an_axis_that_one_input_has_twice_is_said_to_be_two() -> None:
    masked = "archcalc: 1\nname: Masked\nlet: {T: 6}\naxes: [T]\ninput: {x: [T, 8], mask: %s}\nlayers:\n"
    masked += "  - {kind: attention, from: [x, x, x, mask], num_heads: 2}\n"
    (error,) = archcalc.check_text(masked % "[1, T, T]").diagnostics
    why = "`T` is the size of two axes of one input, which would be free apart from each other"
    assert (error.code, error.message) == ("A323", why)
    assert error.help[0].startswith("write numbers there")
    assert archcalc.check_text(masked % "[1, 6, 6]").ok


def test_an_axis_is_not_called_as_the_batch() -> None:
    (error,) = archcalc.check_text(ENCODER.replace("T", "N")).diagnostics
    assert error.code == "A302"


def test_a_repair_gives_the_name_another_size_and_leaves_it_in_the_input() -> None:
    text = """
archcalc: 1
name: Table
let: {T: 12}
axes: [T]
input: [T, 8]
layers:
  - {name: table, kind: parameter, shape: [40, 8]}
  - {kind: add, from: [input, table]}
"""
    (error,) = archcalc.check_text(text).diagnostics
    assert error.code == "A211"
    assert error.help[:2] == ("write `table shape: [12, 8]`", "or `let T: 40`")
    assert checked(text.replace("T: 12", "T: 40")).ok
