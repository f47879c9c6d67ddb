"""Plain scalars: the 1.2 core schema."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archcalc.language.scalars import scalar_value

# The tables of YAML 1.2.2, section 10.3.2, with an example of each alternative.
CORE = [
    ("", None), ("null", None), ("Null", None), ("NULL", None), ("~", None),
    ("true", True), ("True", True), ("TRUE", True), ("false", False), ("False", False), ("FALSE", False),
    ("0", 0), ("-19", -19), ("+3", 3), ("011", 11), ("0o14", 12), ("0x3A", 58), ("0xff", 255),
    ("0.", 0.0), ("-0.0", -0.0), (".5", 0.5), ("+12e03", 12000.0), ("-2E+05", -200000.0), ("1e-3", 0.001),
    (".inf", math.inf), ("-.Inf", -math.inf), ("+.INF", math.inf), ("1e400", math.inf),
]  # fmt: skip

# What YAML 1.1 or Python reads as something else, and 1.2 as text.
TEXT = [
    "yes", "Yes", "no", "NO", "on", "off", "y", "n", "tRUE", "nULL", "none", "None", "nan", "inf", "=", "<<",
    "1_000", "0b11", "1:30", "12:30:45", "2001-12-14", "0x", "0o8", "0O7", "-0x1", "1e", "e3", ".", "+", "-",
    "+.", "1.2.3", "١٢",
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), CORE)
def test_a_plain_scalar_is_read_by_the_core_schema(text: str, value: object) -> None:
    assert scalar_value(text) == value
    assert type(scalar_value(text)) is type(value)


@pytest.mark.parametrize("text", [".nan", ".NaN", ".NAN"])
def test_not_a_number_is_a_number_of_the_core_schema(text: str) -> None:
    value = scalar_value(text)
    assert isinstance(value, float)
    assert math.isnan(value)


@pytest.mark.parametrize("text", TEXT)
def test_what_only_others_read_is_text(text: str) -> None:
    assert scalar_value(text) == text


def test_a_number_of_many_digits_is_not_an_int() -> None:
    assert scalar_value("9" * 40) == 10**40 - 1
    assert scalar_value("9" * 41) == pytest.approx(1e41)


@given(st.integers(-(10**30), 10**30))
def test_every_int_is_read_as_it_is_written(number: int) -> None:
    assert scalar_value(str(number)) == number
