"""What is frozen is told of each layer, of two networks, and of every row of a sweep."""

from __future__ import annotations

from pathlib import Path

import pytest

import archcalc
from archcalc import OkReport
from archcalc.analysis.explanation import explain
from archcalc.explore.sweep import sweep
from archcalc.reports.explanation_text import render

SPEC = """\
archcalc: 1
name: Held
let: {held: 2, width: 4}
input: [3, 8, 8]
layers:
  - name: stages
    repeat: 3
    layers:
      - {name: conv, kind: conv2d, out_channels: width, kernel_size: 1, frozen: index < held}
      - {name: act, kind: relu}
  - {name: act, kind: relu}
"""
CONVS = (3 * 4 + 4, 4 * 4 + 4, 4 * 4 + 4)
SAID = "frozen: training changes none of its parameters"


def checked(**settings: int) -> OkReport:
    return archcalc.check_text(SPEC, settings=settings).require_ok()


def test_the_json_says_which_layers_are_frozen() -> None:
    layers = checked().to_dict()["layers"]
    assert isinstance(layers, list)
    assert [one["name"] for one in layers if isinstance(one, dict) and one["frozen"]] == [
        "stages.0.conv",
        "stages.1.conv",
    ]


def test_what_has_no_parameters_is_not_called_frozen() -> None:
    text = SPEC.replace("  - name: stages\n", "  - name: stages\n    frozen: true\n").replace(
        ", frozen: index < held", ""
    )
    report = archcalc.check_text(text.replace("held: 2, ", "")).require_ok()
    frozen = {layer.name for layer in report.layers if layer.is_frozen}
    assert frozen == {f"stages.{number}.conv" for number in range(3)}


@pytest.mark.parametrize("number", range(3))
def test_an_explanation_says_it(number: int) -> None:
    one = explain(checked(), f"stages.{number}.conv")
    assert (SAID in render(one)) is (number < 2)
    assert one.to_dict()["frozen"] is (number < 2)


def test_a_difference_says_which_layers_are_frozen_now() -> None:
    found = archcalc.difference(checked(held=1), checked(held=3))
    assert [(change.name, change.fields) for change in found.layers] == [
        (f"stages.{number}.conv", {"frozen": (False, True)}) for number in (1, 2)
    ]
    assert archcalc.difference(checked(), checked()).same


def test_a_sweep_has_what_is_trained_where_something_may_be_frozen(tmp_path: Path) -> None:
    spec = tmp_path / "held.yaml"
    spec.write_text(SPEC)
    swept = sweep(spec, settings={"held": "0:3"}, where="trainable_params > 0")
    assert swept["trainable_params"].tolist() == [sum(CONVS[held:]) for held in range(3)]
    wide = sweep(spec, settings={"width": "4:40:4"})
    for width, params, trained in zip(
        *(wide[name].tolist() for name in ("width", "params", "trainable_params")), strict=True
    ):
        assert params - trained == 3 * width + width + width * width + width
    spec.write_text(SPEC.replace(", frozen: index < held", "").replace("held: 2, ", ""))
    assert "trainable_params" not in sweep(spec, settings={"width": "4,8"})
