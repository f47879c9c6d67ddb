"""What a sweep and a search are given: each value is the file's, and all else is misuse."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy
import torch
from click.testing import CliRunner, Result

from archcalc import SettingError, check, check_text, solve, sweep
from archcalc.cli.main import cli
from archcalc.explore.varied import SolveError
from archcalc.spec.settings import native
from tests.support.given_values import NONE, SPEC


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "scaled.yaml"
    path.write_text(SPEC, encoding="utf-8")
    return path


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [*map(str, arguments)], catch_exceptions=False)


# A sweep.


@pytest.mark.parametrize("values", ["0.1,0.75,2", [0.1, 0.75, 2], ["0.1", "75e-2", "2.0"], [Fraction(1, 10), 0.75, 2.0],
    [np.float32(0.1), Decimal("0.75"), np.uint8(2)], np.array([0.1, 0.75, 2]), np.array([0.1, 0.75, 2], np.float32),
    (torch.tensor(2) * 0 + 0.1).item() and [0.1, np.longdouble("0.75"), sympy.Integer(2)]])  # fmt: skip
def test_a_sweep_reads_a_setting_as_a_check_does(spec: Path, values: Any) -> None:
    table = sweep(spec, settings={"alpha": values})
    reports = [check(spec, settings={"alpha": text}) for text in ("0.1", "0.75", "2")]
    assert table["params"].tolist() == [report.totals.params for report in reports if report.totals]
    assert table["macs"].tolist() == [report.totals.macs for report in reports if report.totals]


@pytest.mark.parametrize("value", [2, "2", 2.0, np.int64(2), np.array(2), Decimal(2), [2], "2:2"])
def test_a_sweep_takes_one_value_too(spec: Path, value: Any) -> None:
    table = sweep(spec, settings={"alpha": value}, input={"H": np.uint8(9), "W": value if value != 2 else 9})
    assert len(table["params"]) == 1


@pytest.mark.parametrize("words", [words for words in NONE if not isinstance(NONE[words], (list, tuple, np.ndarray))])
def test_a_sweep_refuses_what_a_check_does(spec: Path, words: str) -> None:
    with pytest.raises(SettingError):
        sweep(spec, settings={"alpha": [NONE[words]]})
    with pytest.raises(SettingError):
        sweep(spec, settings={"alpha": NONE[words]})
    with pytest.raises(SettingError):
        sweep(spec, input={"H": [NONE[words]]})


@pytest.mark.parametrize(
    "given",
    [
        {"settings": [("alpha", 1)]}, {"settings": {1: 2}}, {"input": (3, 8, 8)}, {"input": "HW"}, {"input": {1: 2}},
        {"settings": {"alpha": {1: 2}}}, {"settings": {"alpha": {1, 2}}}, {"settings": {"alpha": b"12"}},
        {"settings": {"alpha": np.array([[1, 2]])}}, {"settings": {"alpha": np.array([1, 2**62])}},
        {"settings": {"alpha": np.array([1e30])}}, {"settings": {"alpha": np.array([1, 2j])}},
        {"settings": {"alpha": np.ma.array([1, 2], mask=[False, True])}}, {"preset": 3},
        {"input": {"H": [8.5]}}, {"input": {"H": [True]}},
    ],
)  # fmt: skip
def test_a_sweep_of_what_is_no_list_of_numbers_is_misuse(spec: Path, given: dict[str, Any]) -> None:
    with pytest.raises(SettingError):
        sweep(spec, **given)


@pytest.mark.parametrize(
    "values", ["true,false", [True, False], ["true", "False"], np.array([True, False]), [np.True_, "false"]]
)
def test_a_sweep_takes_truths(spec: Path, values: Any) -> None:
    table = sweep(spec, settings={"biased": values, "alpha": "0.5,2"}, input={"HW": "5,16"})
    assert table["biased"].tolist() == [True] * 4 + [False] * 4
    for biased, alpha, size, params in zip(
        *(table[name].tolist() for name in ("biased", "alpha", "H", "params")), strict=True
    ):
        report = check(spec, settings={"biased": biased, "alpha": alpha}, input=(3, size, size))
        assert report.totals is not None
        assert params == report.totals.params
    kept = sweep(spec, settings={"biased": values, "alpha": "0.5,2"}, where="not biased and alpha > 1")
    assert (kept["biased"].tolist(), kept["alpha"].tolist()) == ([False], [2.0])
    assert sweep(spec, settings={"alpha": values})["legal"].tolist() == [False, False]
    assert not sweep(spec, settings={"biased": "0,1"})["legal"].any()


def test_a_truth_in_a_table_is_the_spec_s(spec: Path, tmp_path: Path) -> None:
    asked = ["sweep", str(spec), "--set", "biased=true,false", "--input", "H=16", "--input", "W=16"]
    csv, rows = invoke(*asked, "--format", "csv").stdout, json.loads(invoke(*asked, "--format", "json").stdout)
    assert [line.split(",")[0] for line in csv.splitlines()] == ["biased", "true", "false"]
    assert [row["biased"] for row in rows] == [True, False]
    assert [line.split()[0] for line in invoke(*asked).stdout.splitlines()[2:]] == ["true", "false"]
    out = tmp_path / "rows.csv"
    out.write_text("".join(csv.splitlines(keepends=True)[:2]), encoding="utf-8")
    assert invoke(*asked, "--out", str(out), "--resume").exit_code == 0
    assert out.read_text(encoding="utf-8") == csv


@pytest.mark.parametrize("values", [[True, 1], "true,1", "true:false", ["yes"], [0, False]])
def test_truths_and_numbers_are_not_mixed(spec: Path, values: Any) -> None:
    with pytest.raises(SettingError, match=r"`biased`:? "):
        sweep(spec, settings={"biased": values})


@pytest.mark.parametrize(("values", "words"), [([8, Decimal("8.5")], "`Decimal('8.5')`"), ("8:9:0.5", "`8:9:0.5`")])
def test_a_sweep_names_the_size_that_is_none(spec: Path, values: Any, words: str) -> None:
    with pytest.raises(SettingError, match=re.escape(f"`H` takes whole numbers from 1 to 2,147,483,647, not {words}")):
        sweep(spec, input={"H": values})


# Solve.


@pytest.mark.parametrize(
    "values",
    [[1, 2], (1, 2), "1:2", "1,2", ["1", "2"], range(1, 3), np.arange(1, 3), [np.int64(1), np.uint8(2)], iter((1, 2))],
)
def test_the_values_of_a_solution_are_read_as_the_file_reads_them(values: Any) -> None:
    found = solve(check_text(SPEC), "conv1.params > 1", "conv1.stride", {"conv1.stride": values})
    assert found.over == {"conv1.stride": (1, 2)}
    assert [type(one.values["conv1.stride"]) for one in found.found] == [int, int]


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("conv1.bias", [np.True_, "false"], (True, False)),
        ("conv1.bias", True, (True,)),
        ("conv1.padding", ["same", np.str_("valid"), "1"], ("same", "valid", 1)),
        ("conv1.padding", [np.array([1, 2]), [np.int8(0), 1]], ((1, 2), (0, 1))),
        ("input", np.array([16, 17]), (16, 17)),
        ("input.H", np.int64(9), (9,)),
        ("input.H", "9:11", (9, 10, 11)),
        ("input.H", [9.0, "10.0", Decimal(11), Fraction(12), np.float32(13)], (9, 10, 11, 12, 13)),
    ],
)
def test_values_of_every_kind_can_be_tried(name: str, values: Any, expected: tuple[Any, ...]) -> None:
    found = solve(check_text(SPEC), ["params > 1"], [name], {name: values})
    assert found.over == {name: expected}
    assert [type(value) for value in found.over[name]] == [type(value) for value in expected]


@pytest.mark.parametrize(
    ("name", "values", "words"),
    [
        ("conv1.stride", [1.0], "not 1.0"), ("conv1.stride", [True], "not true"), ("conv1.stride", {1: 2}, "`{1: 2}`"),
        ("conv1.stride", None, ""), ("conv1.stride", [None], "nothing"), ("conv1.stride", ["two"], "two"),
        ("conv1.bias", [1], "not 1"), ("input", [True], "not `True`"), ("input", [8.5], "not `8.5`"), ("input", [], ""),
        ("input", [8, Decimal("8.5")], "not `Decimal('8.5')`"),
        ("input", ["h"], "not `h`"), ("input", [2**31], "2147483648"), ("input.H", b"9", "not `b'9'`"),
    ],
)  # fmt: skip
def test_values_that_cannot_be_tried_are_misuse_in_the_callers_words(name: str, values: Any, words: str) -> None:
    if values is None:
        assert solve(check_text(SPEC), ["params > 1"], [name], {name: None}).tried > 1
        return
    with pytest.raises(SolveError) as caught:
        solve(check_text(SPEC), ["params > 1"], [name], {name: values})
    assert words in str(caught.value)


def test_what_is_no_number_stays_what_it_is() -> None:
    for value in ([2], (2, 3), {}, b"2", None, object(), 1j):
        assert native(value) is value
