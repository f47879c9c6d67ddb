"""What is given from outside: every way of saying a value is the file's, and all else is misuse."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy
import torch
from hypothesis import given
from hypothesis import strategies as st

from archcalc import SettingError, check, check_each, check_text, find_fixes
from archcalc.spec.settings import exact_value, read_setting
from tests.support.given_values import ALIKE, NONE, SPEC, Indexed, said, written


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "scaled.yaml"
    path.write_text(SPEC, encoding="utf-8")
    return path


@pytest.mark.parametrize(("text", "value"), [(text, value) for text, values in ALIKE.items() for value in values])
@pytest.mark.parametrize("name", ["alpha", "biased", "wide"])
def test_a_setting_is_what_it_would_be_in_the_file(name: str, text: str, value: Any) -> None:
    assert said(check_text(SPEC, settings={name: value})) == said(written(name, text))


def test_what_is_equal_in_python_is_told_apart_where_the_file_tells_it_apart() -> None:
    codes = {
        value: [error.code for error in check_text(SPEC, settings={"biased": given}).diagnostics]
        for value, given in {"number": 1, "float": 1.0, "truth": True}.items()
    }
    assert codes == {"number": ["A111"], "float": ["A111"], "truth": []}
    assert type(exact_value(True)) is bool
    assert not isinstance(exact_value(1.0), bool)
    assert [error.code for error in check_text(SPEC, settings={"wide": True}).diagnostics] == ["A111"]
    assert check_text(SPEC, settings={"wide": 1.0}).ok


def test_an_error_that_a_setting_makes_says_so_and_another_does_not() -> None:
    text = SPEC.replace("out_features: 10", "out_features: 0")
    messages = [error.message for error in check_text(text, settings={"alpha": "0.5", "biased": 1}).diagnostics]
    assert messages == [
        "`bias` takes true or false, not 1; `biased` is 1 here, set from outside",
        "`out_features` takes a whole number from 1 up, not 0",
    ]
    layer = "{kind: conv2d, out_channels: '2 - min(a, b)', kernel_size: 1}"
    text = f"archcalc: 1\nname: Two\ninput: [3, 8, 8]\nlet: {{a: 1, b: 1}}\nlayers: [{layer}]\n"
    assert check_text(text, settings={"a": 2}).ok
    assert check_text(text, settings={"b": 2}).ok
    (error,) = check_text(text, settings={"a": 2, "b": 3}).errors
    assert error.message.endswith("; `a` is 2 and `b` is 3 here, set from outside")
    (error,) = check_text(text.replace("min", "max"), settings={"a": 2, "b": 3}).errors
    assert error.message.endswith("; `a` is 2 and `b` is 3 here, set from outside")


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


def test_an_error_at_a_setting_is_mended_with_the_setting() -> None:
    text = SPEC.replace("{name: fc,", "{name: fc, in_features: 7,")
    for value in (0.5, "0.5", np.float32(0.5)):
        report = check_text(text, settings={"alpha": value})
        assert [error.code for error in report.diagnostics] == ["A203"]
        assert find_fixes(report) == find_fixes(check_text(text, settings={"alpha": Fraction(1, 2)}))


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
