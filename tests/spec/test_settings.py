"""What is given from outside: every way of saying a value is the file's, whoever is told, and all else is misuse."""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy
import torch
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from archcalc import SettingError, check, check_each, check_text, repairs, solve, sweep
from archcalc.analysis.report import Report
from archcalc.cli.main import cli
from archcalc.explore.conditions import SolveError
from archcalc.spec.settings import exact_value, native, read_setting

SPEC = """\
archcalc: 1
name: Scaled
input: [3, 16, 16]
let: {alpha: 1, wide: "ceil(16*alpha)", biased: true}
layers:
  - {name: conv1, kind: conv2d, out_channels: wide, kernel_size: 3, bias: biased}
  - {name: conv2, kind: conv2d, out_channels: ceil(24*alpha), kernel_size: 3, when: alpha < 4}
  - {kind: flatten}
  - {name: fc, kind: linear, out_features: 10}
"""


def said(report: Report) -> tuple[Any, ...]:
    """All that a report says of the network and of its faults, wherever it is read from."""
    faults = [(fault.code, re.sub("; [^;]* set from outside$", "", fault.message)) for fault in report.diagnostics]
    return faults, [(one.name, one.output, one.weights, one.macs) for one in report.layers]


def written(name: str, text: str) -> Report:
    """The report of the spec with a value written into its `let`."""
    old = {"alpha": "alpha: 1,", "biased": "biased: true", "wide": 'wide: "ceil(16*alpha)"'}[name]
    assert old in SPEC
    return check_text(SPEC.replace(old, f"{name}: {text}{',' * old.endswith(',')}"))


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "scaled.yaml"
    path.write_text(SPEC, encoding="utf-8")
    return path


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [*map(str, arguments)], catch_exceptions=False)


class Two(enum.IntEnum):
    TWO = 2


class Indexed:
    def __index__(self) -> int:
        return 2


# What each is in the file. A value that is given as any of these is that very thing.
ALIKE: dict[str, list[Any]] = {
    "2": [2, "2", " 2 ", "+2", "0x2", "2.0", "2e0", 2.0, Fraction(2), Decimal(2), Two.TWO, Indexed(), sympy.Integer(2)]
    + [np.dtype(kind).type(2) for kind in "bBhHiIlLqQefdg"]
    + [np.array(2), np.array(2.0), np.str_("2"), torch.tensor(2), torch.tensor(2.0)],
    "0.75": [0.75, "0.75", ".75", "75e-2", Fraction(3, 4), Decimal("0.75"), sympy.Rational(3, 4)]
    + [np.dtype(kind).type("0.75") for kind in "efdg"],
    # Neither is the number that a float of so many bits holds; both print as it.
    "0.1": [0.1, "0.1", Fraction(1, 10), Decimal("0.1"), np.float16(0.1), np.float32(0.1), np.float64(0.1)],
    "1": [1, "1", 1.0, "1.0", np.int8(1), Fraction(1)],
    "1/3": ["1/3", "2/6", " 1 / 3 ", "-0.1/-0.3", Fraction(1, 3)],
    "0": [0, "0/7", "0", 0.0, "-0.0", np.uint8(0), Decimal("0E-30")],
    "-3": [-3, "6/-2", "-3", -3.0, np.int64(-3)],
    "1000000000000000000": [10**18, "1e18", 1e18, np.int64(10**18), Decimal("1E+18")],
    "true": [True, "true", "True", "TRUE", " true ", np.True_, np.bool_(1), np.array(True), torch.tensor(True)],
    "false": [False, "false", "False", "FALSE", np.False_],
}


@pytest.mark.parametrize(("text", "value"), [(text, value) for text, values in ALIKE.items() for value in values])
@pytest.mark.parametrize("name", ["alpha", "biased", "wide"])
def test_a_setting_is_what_it_would_be_in_the_file(name: str, text: str, value: Any) -> None:
    assert said(check_text(SPEC, settings={name: value})) == said(written(name, text))


def test_what_is_equal_in_python_is_told_apart_where_the_file_tells_it_apart() -> None:
    codes = {
        value: [fault.code for fault in check_text(SPEC, settings={"biased": given}).diagnostics]
        for value, given in {"number": 1, "float": 1.0, "truth": True}.items()
    }
    assert codes == {"number": ["A111"], "float": ["A111"], "truth": []}
    assert type(exact_value(True)) is bool
    assert not isinstance(exact_value(1.0), bool)
    assert [fault.code for fault in check_text(SPEC, settings={"wide": True}).diagnostics] == ["A111"]
    assert check_text(SPEC, settings={"wide": 1.0}).ok


def test_a_fault_that_a_setting_makes_says_so_and_another_does_not() -> None:
    text = SPEC.replace("out_features: 10", "out_features: 0")
    messages = [fault.message for fault in check_text(text, settings={"alpha": "0.5", "biased": 1}).diagnostics]
    assert messages == [
        "`bias` takes true or false, not 1; `biased` is 1 here, set from outside",
        "`out_features` takes a whole number from 1 up, not 0",
    ]
    layer = "{kind: conv2d, out_channels: '2 - min(a, b)', kernel_size: 1}"
    text = f"archcalc: 1\nname: Two\ninput: [3, 8, 8]\nlet: {{a: 1, b: 1}}\nlayers: [{layer}]\n"
    assert check_text(text, settings={"a": 2}).ok
    assert check_text(text, settings={"b": 2}).ok
    (fault,) = check_text(text, settings={"a": 2, "b": 3}).errors
    assert fault.message.endswith("; `a` is 2 and `b` is 3 here, set from outside")
    (fault,) = check_text(text.replace("min", "max"), settings={"a": 2, "b": 3}).errors
    assert fault.message.endswith("; `a` is 2 and `b` is 3 here, set from outside")


def test_the_report_has_settings_as_they_were_read() -> None:
    report = check_text(SPEC, settings={"alpha": np.float32(0.1), "biased": np.False_})
    assert report.settings == {"alpha": Fraction(1, 10), "biased": False}
    assert type(report.settings["biased"]) is bool


@given(
    st.decimals(min_value="0.01", max_value=3, places=6), st.sampled_from([str, float, Fraction, np.float64, Decimal])
)
def test_any_decimal_is_exact_in_every_form(number: Decimal, form: Callable[[Any], Any]) -> None:
    report = check_text(SPEC, settings={"alpha": form(number)})
    wide = -(-16 * Fraction(number) // 1)
    assert report.layers[0].output == (wide, 14, 14)
    assert said(report) == said(written("alpha", str(number)))


# What is none.

NONE: dict[str, Any] = {
    "None": None,
    "ten": "ten",
    "an empty text": "",
    "nan": float("nan"),
    "inf": float("inf"),
    ".inf": ".inf",
    "Decimal('NaN')": Decimal("NaN"),
    "Decimal('Infinity')": Decimal("Infinity"),
    "Decimal('1E+999999999')": Decimal("1E+999999999"),
    "Decimal('1E-999999999')": Decimal("1E-999999999"),
    "1j": 1j,
    repr(np.complex128(2)): np.complex128(2),  # numpy 1 says `(2+0j)`
    "[2]": [2],
    "(2, 3)": (2, 3),
    "array([2, 3])": np.array([2, 3]),
    "b'2'": b"2",
    "{}": {},
    "1000000000000000001": 10**18 + 1,
    "-1000000000000000001": np.int64(-(10**18) - 1),
    "1e19": "1e19",
    "1e+19": 1e19,
    "1e-400": "1e-400",
    "Decimal('1E-400')": Decimal("1E-400"),
    "alpha": "alpha",
    "such a value of type `int`": 10**9999,
    "masked": np.ma.masked,
    "n": sympy.Symbol("n"),
    "…": "9" * 5000,
}


@pytest.mark.parametrize("words", NONE)
def test_what_is_no_number_and_no_truth_is_misuse_in_the_callers_words(words: str) -> None:
    for entry in ("alpha", "biased"):
        with pytest.raises(SettingError) as caught:
            check_text(SPEC, settings={entry: NONE[words]})
        message = str(caught.value)
        assert message.startswith(f"`{entry}` takes a number up to ±10**18, true or false, not ")
        assert words in message
        assert len(message) < 200
    if not isinstance(NONE[words], str):
        with pytest.raises(SettingError, match="`alpha` takes"):
            read_setting("alpha", NONE[words])


@pytest.mark.parametrize(
    ("text", "help"),
    [
        ("yes", ": write true"), ("ON", ": write true"), ("off", ": write false"), ("No", ": write false"),
        ("1_000", ": write 1000"), ("50%", ": write 0.5"), ("0b11", ": write 3"), ("3x3", "not `3x3`"),
        ("1/0", "not `1/0`: it divides by zero"), ("1e18/0.1", "not `1e18/0.1`"), ("-1e19", "not `-1e19`"),
        *((text, "of expressions only a quotient of two numbers is read, 3/4")
          for text in ("alpha/4", "3*4", "3/4/5", "max(1, 2)", "3//4", "true/2")),
    ],
)  # fmt: skip
def test_what_was_surely_meant_is_said(text: str, help: str) -> None:
    with pytest.raises(SettingError) as caught:
        check_text(SPEC, settings={"alpha": text})
    assert str(caught.value).endswith(help)


class Rude:
    def __repr__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({1: 2}, "`settings` takes names of `let`, such as 'classes', not `1`"),
        ([("alpha", 1)], r"`settings` takes values of `let` by name, {'classes': 10}, not `\[\('alpha', 1\)\]`"),
        ("alpha=1", "not `alpha=1`"),
        ({"alpha": Rude()}, "not such a value of type `Rude`"),
        ({"alpha": "a\nb\x1b[1m"}, r"not `a b \[1m`"),
        ({"alhpa": 1}, "did you mean `alpha`"),
    ],
)
def test_settings_are_values_by_name(settings: Any, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        check_text(SPEC, settings=settings)


def test_a_preset_is_named_by_a_text(spec: Path) -> None:
    for preset in (3, ["one"], True):
        with pytest.raises(SettingError, match="`preset` takes the name of a member"):
            check(spec, preset=preset)  # type: ignore[arg-type]


def test_a_fault_at_a_setting_is_mended_with_the_setting() -> None:
    text = SPEC.replace("{name: fc,", "{name: fc, in_features: 7,")
    for value in (0.5, "0.5", np.float32(0.5)):
        report = check_text(text, settings={"alpha": value})
        assert [fault.code for fault in report.diagnostics] == ["A203"]
        assert repairs(report) == repairs(check_text(text, settings={"alpha": Fraction(1, 2)}))


# The input.


@pytest.mark.parametrize(
    "shape",
    [
        (3, 20, 24), [3, 20, 24], "3,20,24", " 3, 20 ,24", "3,0x14,24", np.array([3, 20, 24]), torch.Size((3, 20, 24)),
        tuple(np.array([3, 20, 24], dtype=np.uint8)), torch.tensor([3, 20, 24]), iter((3, 20, 24)),
        (np.int64(3), Indexed().__index__() * 10, sympy.Integer(24)),
        (3, np.float64(20), 24.0), np.array([3.0, 20.0, 24.0]), (Fraction(3), Decimal("20"), Decimal("2.4e1")),
        ("3", "20.0", np.str_("24")), "3,20.0,2.4e1", (3, np.float16(20), torch.tensor(24.0)),
    ],
)  # fmt: skip
def test_sizes_of_the_input_are_whole_numbers_of_any_kind(shape: Any) -> None:
    report = check_text(SPEC, input=shape)
    assert report.input == (3, 20, 24)
    assert report.ok
    assert all(type(size) is int for size in report.input)
    assert type(report.given) is tuple


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((), "`()`"), (224, "`224`"), (True, "`True`"), (np.int64(224), "224"), (np.array(224), "224"),
        ("", "an empty text"), ("3x8x8", "`3x8x8`"), ("3,8,h", "not `h` in `3,8,h`"), ((3, 8, "h"), "not `h` in"),
        ((1, 2, 3, 4, 5), "`(1, 2, 3, 4, 5)`"), ({3, 8, 9}, "`{"), ({"C": 3}, "`{'C': 3}`"), (b"33", "`b'33'`"),
        ((3, 0, 8), "`0` in `(3, 0, 8)`"), ((3, -1), "`-1`"), ((3, 8.5, 8), "not `8.5` in"), ((3, True, 8), "`True`"),
        ((3, None, 8), "not `None` in"), ((3, [8], 8), "not `[8]` in"), ("3,8.1", "`8.1`"), ("3,true", "not `true` in"),
        ("3,,8", "not an empty text in `3,,8`"), ((3, "8x", 8), "not `8x` in"),
        ((3, Decimal("16.5"), 8), "not `Decimal('16.5')` in"), ((3, Fraction(33, 2)), "not `Fraction(33, 2)` in"),
        ((3, float("nan"), 8), "`nan`"), ((3, 2**31, 8), "2147483648"), ((3, 10**9999, 8), "of type"),
        (np.array([3.0, 8.5, 8.0]), f"not `{np.float64(8.5)!r}` in"),
        (np.array([[3, 8, 8]]), "not `array([3, 8, 8])`"), ((3, 1j), "1j"),
    ],
)  # fmt: skip
def test_what_is_no_input_is_misuse_in_the_callers_words(shape: Any, words: str) -> None:
    with pytest.raises(SettingError) as caught:
        check_text(SPEC, input=shape)
    assert str(caught.value).startswith("the input takes ")
    assert words in str(caught.value)


def test_every_member_of_a_family_is_checked_at_the_same_input_and_settings(tmp_path: Path) -> None:
    path = tmp_path / "family.yaml"
    path.write_text(SPEC.replace("layers:", "presets: {one: {let: {alpha: 1}}, two: {let: {alpha: 2}}}\nlayers:"))
    reports = list(check_each(path, input=iter((3, 9, 9)), settings={"biased": np.False_}))
    assert [(report.preset, report.input, list(report.layers[0].weights)) for report in reports] == [
        ("one", (3, 9, 9), ["weight"]),
        ("two", (3, 9, 9), ["weight"]),
    ]
    misuses: list[dict[str, Any]] = [{"settings": {"biased": "perhaps"}}, {"input": 9}]
    for wrong in misuses:
        with pytest.raises(SettingError):
            list(check_each(path, **wrong))


# The command line says the same.


@pytest.mark.parametrize("text", [text for values in ALIKE.values() for text in values if type(text) is str])
def test_set_reads_as_python_does(spec: Path, text: str) -> None:
    result = invoke("check", spec, "--set", f"alpha={text}", "--format", "json")
    report = check_text(SPEC, settings={"alpha": text})
    (found,) = json.loads(result.stdout)
    assert found["totals"]["params"] == (
        report.totals.params if report.ok and report.totals else found["totals"]["params"]
    )
    assert [one["message"] for one in found["diagnostics"]] == [fault.message for fault in report.diagnostics]


@pytest.mark.parametrize("command", ["check", "explain", "fix", "law", "solve"])
@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("alpha=ten", "`alpha` takes a number up to ±10**18, true or false, not `ten`"),
        ("alpha=", "`alpha` takes a number up to ±10**18, true or false, not an empty text"),
        ("biased=yes", "not `yes`: write true"),
        ("=3", "`=3` sets nothing: write a name and a value, such as classes=10"),
        ("alpha", "`alpha` sets nothing"),
        ("", "an empty text sets nothing"),
        ("alhpa=3", "did you mean `alpha`"),
    ],
)
def test_set_refuses_as_python_does(spec: Path, command: str, setting: str, words: str) -> None:
    asked = {"explain": ["fc"], "solve": ["--want", "fc.params > 1", "--over", "fc.bias"]}.get(command, [])
    result = invoke(command, spec, *asked, "--set", setting)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr


@pytest.mark.parametrize("command", ["check", "law", "sweep"])
def test_of_two_values_for_a_name_neither_is_taken(spec: Path, command: str) -> None:
    result = invoke(command, spec, "--set", "alpha=1", "--set", "biased=true", "--set", "alpha=2")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "`alpha`" in result.stderr
    assert "twice" in result.stderr


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
