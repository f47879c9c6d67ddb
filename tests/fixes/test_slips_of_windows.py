"""Slips of people who write windows and heads from a paper: what they are told, and that it helps."""

from __future__ import annotations

import pytest

import archcalc

BIAS = "- {kind: relative_position_bias, window_size: [4, 4]}"
CUT = '- {kind: rearrange, pattern: "(i a) (j b) c -> i j (a b) c", a: 4, b: 5}'

SLIPS = {
    "a number too many": (
        "[8, 8, 6]",
        "- {kind: roll, shifts: [-2, -1, 0], dims: [1, 2]}",
        "write `shifts: [-2, -1]`",
        ("[-2, -1, 0]", "[-2, -1]"),
    ),
    "one number as a list": (
        "[8, 8, 6]",
        "- {kind: roll, shifts: -2, dims: [1, 2], longer_than: [4]}",
        "write `longer_than: 4`",
        ("[4]", "4"),
    ),
    "a table by the size of a window": (
        "[8, 8, 6]",
        "- {name: table, kind: parameter, shape: [16, 3]}\n  " + BIAS,
        "write `table shape: [49, 3]`",  # 7 x 7 ways in which two of 4 x 4 places lie to each other
        ("[16, 3]", "[49, 3]"),
    ),
    "factors of heads without their axes": (
        "[3, 5, 7]",
        "- {kind: logit_scale, shape: [3]}",
        "or `shape: [3, 1, 1]`",
        ("[3]}", "[3, 1, 1]}"),
    ),
    "a stretch from its end": (
        "[6]",
        "- {kind: linear, out_features: 12, unbiased: [8, 4]}",
        "write `unbiased: [4, 8]`",
        ("[8, 4]", "[4, 8]"),
    ),
    "a mask of windows, and not of their map": (
        "[8, 8, 6]",
        '- {name: cut, kind: rearrange, pattern: "(i a) (j b) c -> i j (a b) c", a: 4, b: 4}\n  '
        "- {name: table, kind: parameter, shape: [49, 2]}\n  "
        + BIAS.replace("{", "{name: bias, ")
        + "\n  - {kind: shifted_window_mask, from: [bias, cut], window_size: [4, 4], shift: 2}",
        "let it take the map before it is cut into windows",
        ("[bias, cut]", "[bias, input]"),
    ),
    "windows that do not divide": (
        "[8, 12, 6]",
        CUT,
        "or put `- {kind: pad_to_multiple, multiple: 5, dims: [2]}` above it: a `crop_as` takes off its zeros again",
        (CUT, "- {kind: pad_to_multiple, multiple: 5, dims: [2]}\n  " + CUT),
    ),
}


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_is_told_what_mends_it(name: str) -> None:
    sizes, layers, told, (old, new) = SLIPS[name]
    text = f"archcalc: 1\nname: Slip\ninput: {sizes}\nlayers:\n  {layers}\n"
    (error,) = archcalc.check_text(text).errors
    assert told in error.help
    head, body = text.split("layers:")
    assert archcalc.check_text(f"{head}layers:{body.replace(old, new)}").ok


def test_a_block_that_counts_its_copies_is_told_to_take_their_number() -> None:
    text = """
archcalc: 1
name: Counts
input: [4]
blocks:
  wider:
    layers: [{kind: linear, out_features: 4 * (index + 1)}]
layers:
  - {kind: wider, name: w, repeat: 2}
"""
    (error,) = archcalc.check_text(text).errors
    assert error.help[0].endswith("a block takes it as an argument, `args: {n}`, which each use states: `n: index`")
    taken = text.replace("wider:\n", "wider:\n    args: {n}\n").replace("index + 1", "n + 1")
    report = archcalc.check_text(taken.replace("repeat: 2", "repeat: 2, n: index"))
    assert report.require_ok().layers[-1].output == (8,)
