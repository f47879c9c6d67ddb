"""What is said of layers in place, and of which network nothing is."""

from __future__ import annotations

import pytest

from archcalc.analysis import inplace
from archcalc.pipeline import check_text


def said(*rows: str, outputs: str = "", input: str = "[3, 8, 8]") -> list[str]:
    """What is said of layers in place behind a convolution and a normalisation, ``norm``."""
    head = f"archcalc: 1\nname: Small\ninput: {input}\nlayers:\n"
    above = ("{name: conv, kind: conv2d, out_channels: 4, kernel_size: 1}", "{name: norm, kind: batch_norm2d}")
    lines = "".join(f"  - {row}\n" for row in ((*above, *rows) if input == "[3, 8, 8]" else rows))
    report = check_text(head + lines + outputs)
    assert all(error.code in ("A320", "A315") for error in report.diagnostics)
    return [error.message for error in report.diagnostics if error.code == "A320"]


RELU = "{name: act, kind: relu, inplace: true}"


@pytest.mark.parametrize(
    "rows",
    [
        [RELU],
        [RELU, "{kind: conv2d, out_channels: 4, kernel_size: 1}", "{kind: relu6, inplace: true}"],
        # These keep a copy, so that what they give may be overwritten again.
        ["{kind: hardswish, inplace: true}", "{kind: dropout, inplace: true}"],
        ["{kind: silu, inplace: true}", "{kind: relu, inplace: true}"],
        # Nothing is kept of a sum, nor of what is joined.
        ["{kind: add, from: [norm, conv]}", "{kind: relu, inplace: true}"],
        ["{name: side, kind: add, from: [norm, conv]}", "{name: act, kind: relu, from: norm, inplace: true}",
         "{kind: add, from: [side, act]}"],
        # In training torch's alpha dropout copies, whatever it is told.
        ["{name: act, kind: alpha_dropout, inplace: true}", "{kind: add, from: [act, norm]}"],
        # Nothing is dropped, so nothing is overwritten.
        ["{name: act, kind: dropout, p: 0, inplace: true}", "{kind: add, from: [act, norm]}"],
        ["{name: left, kind: slice, stop: 2}", "{name: right, kind: slice, from: norm, start: 2}",
         "{name: act, kind: relu, from: left, inplace: true}", "{kind: concat, from: [act, right]}"],
    ],
)  # fmt: skip
def test_nothing_is_said_where_nothing_else_needs_it(rows: list[str]) -> None:
    assert said(*rows) == []


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([RELU, "{kind: add, from: [act, norm]}"], "`act` overwrites what `norm` gives, which `add` takes after it"),
        (["{kind: sigmoid}", RELU], "`act` overwrites what `sigmoid` gives, which `sigmoid` keeps for its gradient"),
        # A relu keeps what it gives, in place or not.
        ([RELU, "{name: drop, kind: dropout, inplace: true}"],
         "`drop` overwrites what `act` gives, which `act` keeps for its gradient (in training)"),
        (["{name: side, kind: conv2d, out_channels: 4, kernel_size: 1}",
          "{name: act, kind: relu, from: norm, inplace: true}", "{kind: add, from: [side, act]}"],
         "`act` overwrites what `norm` gives, which `side` took and keeps for its gradient"),
        (["{name: flat, kind: flatten}", RELU, "{kind: linear, out_features: 4}", "{kind: softmax}",
          "{name: flat2, kind: flatten, from: norm}", "{kind: linear, out_features: 4}",
          "{kind: add, from: [softmax, linear_1]}"],
         "`act` overwrites what `flat` gives, and with it what `norm` gives, which `flat2` takes after it"),
        (["{name: d, kind: dropout}", RELU, "{kind: add, from: [act, norm]}"],
         "`act` overwrites what `d` gives, and with it what `norm` gives, which `add` takes after it (in evaluation)"),
        # The same half, counted from the other end: that is not told.
        (["{name: left, kind: slice, stop: 2}", "{name: right, kind: slice, from: norm, start: -2}",
          "{name: act, kind: relu, from: left, inplace: true}", "{kind: concat, from: [act, right]}"],
         "`act` overwrites what `left` gives, and with it what `right` gives, which `concat` takes after it"),
    ],
)  # fmt: skip
def test_who_misses_it_is_said(rows: list[str], message: str) -> None:
    assert said(*rows) == [message]


def test_an_output_is_not_overwritten() -> None:
    row = "{name: act, kind: relu, inplace: true}"
    assert said(row, outputs="outputs: [act, norm]\n") == [
        "`act` overwrites what `norm` gives, an output of the network"
    ]
    assert said(row, outputs="outputs: [act]\n") == []


@pytest.mark.parametrize("above", [[], ["{kind: identity}"], ["{kind: flatten}", "{kind: dropout}"]])
def test_the_networks_own_input_is_never_overwritten(above: list[str]) -> None:
    (message,) = said(*above, "{name: act, kind: elu, inplace: true}", input="[5]")
    assert message.startswith("`act` overwrites")
    assert "the network's own input, the caller's tensor" in message


def test_what_the_outputs_do_not_depend_on_misses_nothing() -> None:
    dead = "{name: dead, kind: conv2d, out_channels: 4, kernel_size: 1}"
    act = "{name: act, kind: silu, from: norm, inplace: true}"
    assert said(dead, act, outputs="outputs: [act]\n") == []
    assert len(said(dead, act, outputs="outputs: [act, dead]\n")) == 1


def test_a_layer_in_a_block_is_at_fault_once() -> None:
    text = """\
archcalc: 1
name: Small
input: [3, 8, 8]
blocks:
  wide:
    layers:
      - {name: conv, kind: conv2d, out_channels: 8, kernel_size: 3, padding: 1}
      - {name: act, kind: relu, inplace: true}
      - {name: sum, kind: add, from: [conv, act]}
layers:
  - {name: one, kind: wide, repeat: 3}
"""
    (error,) = check_text(text).diagnostics
    assert error.message.endswith("which `one.0.sum` takes after it, and in 2 other places")
    assert error.help == ("write `inplace: false`",)
    assert check_text(text.replace("inplace: true", "inplace: false")).ok


def test_a_use_of_a_block_may_be_at_fault_and_another_not() -> None:
    text = """\
archcalc: 1
name: Small
input: [3, 8, 8]
blocks:
  act: {layers: [{name: act, kind: relu, inplace: true}]}
layers:
  - {name: conv, kind: conv2d, out_channels: 8, kernel_size: 3}
  - {name: one, kind: act}
  - {name: two, kind: act}
"""
    (error,) = check_text(text).diagnostics
    assert error.message == "`two.act` overwrites what `one.act` gives, which `one.act` keeps for its gradient"


def test_what_of_another_error_is_not_known_is_not_blamed() -> None:
    text = "archcalc: 1\nname: Small\ninput: [3]\nlayers:\n  - {kind: add, from: [input, input]}\n"
    lost = check_text(f"{text}  - {{kind: relu, from: nowhere, inplace: true}}\n")
    assert [error.code for error in lost.diagnostics if error.severity == "error"] == ["A310"]
    unknown = check_text(f"{text}  - {{kind: nothing}}\n  - {{kind: relu, inplace: true}}\n")
    assert [error.code for error in unknown.diagnostics] == ["A113"]


def test_parts_of_parts_are_told_apart() -> None:
    row = "{{name: {}, kind: slice, from: {}, start: {}, stop: {}}}"
    halves = [row.format("left", "norm", 0, 2), row.format("right", "norm", 2, 4)]
    quarters = [row.format("one", "left", 0, 1), row.format("two", "left", 1, 2)]
    act = "{name: act, kind: silu, from: one, inplace: true}"
    assert said(*halves, *quarters, act, "{kind: concat, from: [act, two, right]}") == []
    (message,) = said(*halves, *quarters, act, "{kind: concat, from: [left, act]}")
    assert message.endswith("and with it what `left` gives, which `concat` takes after it")


def test_errors_that_follow_from_another_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = ["{kind: sigmoid}", "{kind: hardswish, inplace: true}", "{kind: elu, inplace: true}"]
    assert len(said(*rows)) == 1
    monkeypatch.setattr(inplace, "replace", lambda one, **fields: one)
    assert len(said(*rows)) == 2
