"""Printed numbers: what they claim is as exact as they are printed."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archcalc.language.printed_numbers import read_printed_number

READ = [
    ("62378344", 62378344, 1),
    ("62,378,344", 62378344, 1),
    ("62.3M", 62300000, 100000),
    ("62.3 million", 62300000, 100000),
    ("60M", 60000000, 1000000),
    ("0.714G", 714000000, 1000000),
    ("1.43 GB", None, None),
    ("4.1B", 4100000000, 100000000),
    ("1.5e6", 1500000, 100000),
    ("6e+7", 60000000, 10000000),
    ("290k", 290000, 1000),
    ("1.2T", 1200000000000, 100000000000),
    ("0.5", Fraction(1, 2), Fraction(1, 10)),
    (" 8 ", 8, 1),
    ("1,2", None, None),
    ("1,2345", None, None),
    ("-3", None, None),
    ("", None, None),
    ("M", None, None),
    ("62.3.1", None, None),
    ("1e999", None, None),
    ("9" * 50, None, None),
    ("٣", None, None),
]


@pytest.mark.parametrize(("text", "value", "unit"), READ)
def test_a_number_is_read_with_the_size_of_its_last_digit(text: str, value: int | None, unit: int | None) -> None:
    printed = read_printed_number(text)
    assert (None if printed is None else printed.value) == value
    assert (None if printed is None else printed.unit) == unit


def agrees(text: str, computed: int) -> bool:
    printed = read_printed_number(text)
    assert printed is not None
    return printed.agrees(computed)


def test_a_claim_agrees_when_rounded_and_when_cut_off() -> None:
    assert agrees("62.4M", 62378344)
    assert agrees("62.3M", 62378344)
    assert not agrees("62.2M", 62378344)
    assert not agrees("62.5M", 62378344)


def test_a_claim_of_every_digit_agrees_only_exactly() -> None:
    assert agrees("62,378,344", 62378344)
    assert not agrees("62,378,344", 62378345)
    assert not agrees("0.5", 0)


@given(st.integers(10**6, 10**12), st.integers(1, 5), st.sampled_from([ROUND_HALF_UP, ROUND_DOWN]))
def test_every_number_agrees_with_how_it_is_printed(computed: int, digits: int, rounding: str) -> None:
    in_millions = (Decimal(computed) / 10**6).quantize(Decimal(1).scaleb(-digits), rounding=rounding)
    assert agrees(f"{in_millions}M", computed)


@given(st.integers(10**6, 10**12), st.integers(1, 5))
def test_no_number_agrees_with_another_printing(computed: int, digits: int) -> None:
    unit = Decimal(1).scaleb(-digits)
    exact = Decimal(computed) / 10**6
    printings = {exact.quantize(unit, rounding=rounding) for rounding in (ROUND_HALF_UP, ROUND_DOWN)}
    for printed in (min(printings) - unit, max(printings) + unit):
        assert not agrees(f"{printed}M", computed)
