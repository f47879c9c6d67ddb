"""What a sweep takes and gives: blocks, columns, conditions, and what it refuses."""

from __future__ import annotations

from contextlib import nullcontext
from fractions import Fraction
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import archcalc
from archcalc import SettingError, SpecError, check, sweep
from archcalc.explore.exact_arrays import text_of
from archcalc.explore.sweep import Sweep
from archcalc.explore.swept import shown_unasked
from archcalc.reports.tables.sweep import sweep_table
from archcalc.reports.tables.views import as_text
from tests.support.costly_specs import many_lets
from tests.support.sweeps import WIDE, rows_of, spec_file, written


@pytest.fixture
def wide(tmp_path: Path) -> Path:
    return written(tmp_path, WIDE)


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(2, 30)), min_size=1, max_size=40), st.booleans(), st.booleans()
)
@settings(max_examples=25)
def test_side_by_side_is_the_same_rows_as_one_by_one(rows: list[tuple[int, int]], fractions: bool, pairs: bool) -> None:
    widths = [width / 8 if fractions else width for width, _ in rows]
    # Each pair of a setting and a size once, or where these are too many, each row.
    with spec_file(WIDE) as path, patch("archcalc.explore.sweep.BLOCK", 1000 if pairs else 1):
        together = sweep(path, input={"HW": [h for _, h in rows]}, settings={"width": widths}, product=False)
        for place, (width, (_, h)) in enumerate(zip(widths, rows, strict=True)):
            alone = sweep(path, input={"HW": h}, settings={"width": width})
            assert {n: c.tolist()[place] for n, c in together.items()} == {n: c.tolist()[0] for n, c in alone.items()}


def test_the_blocks_of_a_sweep_are_the_whole(wide: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {"input": {"H": "5:12", "W": "5:9"}, "settings": {"width": "0.5:2:0.5"}}
    whole = list(rows_of(sweep(wide, **given)))
    for block in (1, 7, 40, 90):
        monkeypatch.setattr("archcalc.explore.sweep.BLOCK", block)
        assert list(rows_of(sweep(wide, **given))) == whole
        plan = Sweep(wide, **given)
        for start in (1, 39, 40, 41, len(plan) - 1, len(plan)):
            rest = [row for _, table in plan.blocks(start=start) for row in rows_of(table)]
            assert rest == whole[start:]
            assert [end for end, _ in plan.blocks(start=start)][-1:] == [len(plan)][: start < len(plan)]


def test_the_last_map_is_the_last_that_follows_the_input() -> None:
    table = sweep(archcalc.bundled_specs()["alexnet-torchvision"], input={"HW": "63,224,225"})
    assert table["trunk_H"].tolist() == [1, 6, 6]
    assert table["out_features"].tolist() == [1000] * 3


def test_alexnet_is_legal_from_227_to_258() -> None:
    table = sweep(archcalc.bundled_specs()["alexnet"], input={"HW": "200:300"})
    assert table["H"][table["legal"]].tolist() == list(range(227, 259))
    assert set(table["fails_at"].tolist()) == {"", "fc1"}
    params = table["params"]
    assert isinstance(params, np.ma.MaskedArray)
    assert set(params.compressed().tolist()) == {62_378_344}
    assert params.mask.tolist() == (~table["legal"]).tolist()


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("macs <= 600k", lambda row: row["macs"] <= 600_000),
        ("macs <= 0.6 million", lambda row: row["macs"] <= 600_000),
        ("params < 1,234", lambda row: row["params"] < 1234),
        (
            "params < 1,234 and H > 9, width >= 0.2",
            lambda row: row["params"] < 1234 and row["H"] > 9 and row["width"] >= 0.2,
        ),
        ("2*macs/params >= 10.5", lambda row: Fraction(2 * row["macs"], row["params"]) >= Fraction(21, 2)),
        ("width >= 0.3", lambda row: row["width"] >= 0.3),
        ("H*W > 100", lambda row: row["H"] * row["W"] > 100),
        ("trunk_H == 3", lambda row: row["trunk_H"] == 3),
        ("1 > 2", lambda row: False),
    ],
)
def test_where_keeps_the_legal_rows_that_meet_it(wide: Path, condition: str, holds: Any) -> None:
    given: dict[str, Any] = {"input": {"H": "8:20", "W": 9}, "settings": {"width": "0.1:1:0.1"}}
    every = [row for row in rows_of(sweep(wide, **given)) if row["legal"]]
    assert list(rows_of(sweep(wide, **given, where=condition))) == [row for row in every if holds(row)]


def test_columns_can_be_asked_for(wide: Path) -> None:
    table = sweep(wide, input={"H": "8,9"}, columns=["macs", "H"], where=["params > 1"])
    assert list(table) == ["macs", "H"]
    assert isinstance(table["macs"], np.ma.MaskedArray)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"input": {"X": "1:3"}}, "no axis `X`; it has C, H, W, N"),
        ({"input": {"H": "0:3"}}, "`H` takes whole numbers from 1"),
        ({"input": {"H": "1:2:0.5"}}, "`H` takes whole numbers from 1"),
        ({"input": {"H": "3:1"}}, "`3:1` is empty"),
        ({"input": {"H": "1:3:0"}}, "`1:3:0` is empty"),
        ({"input": {"H": "a"}}, "`H`: `a` is not a range"),
        ({"input": {"H": "1:2:3:4"}}, "is not a range"),
        ({"input": {"H": []}}, "takes one number at least"),
        ({"input": {"H": "1:99999999"}}, "more than 10,000,000"),
        ({"input": {"H": "1:100000", "W": "1:100000"}}, "combinations are more than"),
        ({"input": {"HW": "1:3", "H": "1:3"}}, "two columns would be called `H`"),
        ({"input": {"H": [1, 2], "W": [1]}, "product": False}, "as many values, not 2, 1"),
        ({"settings": {"widht": "1"}}, "did you mean `width`"),
        ({"settings": {"width": "inf"}}, "not a range"),
        ({"settings": {"width": [float("nan")]}}, "takes numbers"),
        ({"settings": {"width": np.array([np.inf])}}, "not infinity"),
        ({"settings": {"width": [None]}}, "takes numbers"),
        ({"where": "mac < 3"}, "did you mean `macs`"),
        ({"where": "macs <"}, "not an expression"),
        ({"where": "macs + 1"}, "is not a condition"),
        ({"where": "macs < params < 3"}, "each comparison is written by itself"),
        ({"where": "macs // 0 < 3"}, "divides by zero"),
        ({"columns": ["mac"]}, "there is no column `mac`; did you mean `macs`"),
    ],
)
def test_what_does_not_fit_says_how_it_would(wide: Path, given: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingError, match=message.replace("?", r"\?")):
        sweep(wide, **given)


def test_a_spec_with_errors_is_not_swept(tmp_path: Path) -> None:
    path = written(tmp_path, "archcalc: 1\nname: A\ninput: [3]\nlayers: [{kind: rleu}]\n")
    with pytest.raises(SpecError) as caught:
        sweep(path)
    assert [error.code for error in caught.value.diagnostics] == ["A113"]


def test_numbers_are_written_as_decimals() -> None:
    assert [text_of(value) for value in (np.float64(0.15), 2.0, np.int64(3), Fraction(1, 3))] == [
        "0.15",
        "2",
        "3",
        "1/3",
    ]


def test_values_that_no_float_prints_stay_exact(wide: Path) -> None:
    third = sweep(wide, settings={"width": [Fraction(1, 3), Fraction(2, 3)]})
    assert third["legal"].tolist() == [False, False]
    assert third["fails_at"].tolist() == ["wide", "wide"]
    exact = sweep(wide, settings={"width": "1.0000000000000000001"})
    assert exact["legal"].tolist() == [False]


def test_a_spec_of_more_work_than_a_check_may_take_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "many.yaml"
    path.write_text(many_lets(20_000), encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        sweep(path, input={"H": "4:9"})
    assert [error.code for error in caught.value.diagnostics] == ["A317"]


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_the_last_map_is_that_of_the_layers_which_are_there(n: int, tmp_path: Path) -> None:
    spec = tmp_path / "net.yaml"
    spec.write_text(
        "archcalc: 1\nname: N\ninput: [3, 64, 64]\nlet: {n: 3}\nlayers:\n"
        "  - {kind: conv2d, repeat: n, out_channels: 4*(index + 1), kernel_size: 2, stride: 2}\n"
        "  - {kind: flatten}\n  - {kind: linear, out_features: 2}\n",
        encoding="utf-8",
    )
    table = sweep(spec, settings={"n": [n]})
    assert [int(table[f"trunk_{axis}"][0]) for axis in "CHW"] == [4 * n, 64 >> n, 64 >> n]


def test_a_network_without_a_map_has_none_in_the_table(tmp_path: Path) -> None:
    spec = tmp_path / "net.yaml"
    spec.write_text(
        "archcalc: 1\nname: N\ninput: [3, 4, 4]\nlet: {n: 1}\nlayers:\n"
        "  - {kind: conv2d, repeat: n, out_channels: 4, kernel_size: 3}\n  - {kind: flatten}\n",
        encoding="utf-8",
    )
    plan = Sweep(spec, input={}, settings={"n": [0, 1]})
    lines = as_text(sweep_table(shown_unasked(plan.columns), [table for _, table in plan.blocks()])).splitlines()
    assert [line.split() for line in lines[2:]] == [
        ["0", "0", "0", "48"],
        ["1", "112", "432", "16", "4", "×", "2", "×", "2"],
    ]


AGAIN = """
archcalc: 1
name: Again
input: [4, 8]
layers:
  - {name: fc, kind: linear, out_features: 8}
  - {again: fc}
"""


def test_a_weight_of_another_shape_where_a_layer_is_applied_again_is_why(tmp_path: Path) -> None:
    """In the words of the check of that row's network (A223), and torch refuses the same two multiplications."""
    path = tmp_path / "again.yaml"
    path.write_text(AGAIN, encoding="utf-8")
    swept = sweep(path, input={"L": [7, 8, 9]})
    for size, legal, why in zip((7, 8, 9), swept["legal"].tolist(), swept["why"].tolist(), strict=True):
        errors = check(path, input=(4, size)).errors
        assert [(error.code, error.message) for error in errors] == ([] if legal else [("A223", why)])
        fc = torch.nn.Linear(size, 8)
        with nullcontext() if legal else pytest.raises(RuntimeError, match="cannot be multiplied"):
            fc(fc(torch.zeros(1, 4, size)))
    assert swept["legal"].tolist() == [False, True, False]
