"""Columns against Python's own ints and fractions, row by row, with sizes far past 64 bits."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archcalc.sizes.columns import FITS, Column, Quotient, quotient
from archcalc.sizes.rules import ceil_div, divides, dmax, dmin, equal, floor_div, modulo

Rule = Callable[..., Any]

# Around where int64 ends, and where the product of two numbers does.
_sizes = st.integers(-100, 100) | st.integers(-(2**80), 2**80) | st.sampled_from([2**31, 2**32, 2**62, FITS, -FITS])
_rows = st.lists(st.tuples(_sizes, _sizes), min_size=1, max_size=5)

RULES: list[Rule] = [
    lambda a, b, k: a + b,
    lambda a, b, k: a - b,
    lambda a, b, k: k - a,
    lambda a, b, k: a * b + k,
    lambda a, b, k: -a * k,
    lambda a, b, k: floor_div(a + b, k) + 1,
    lambda a, b, k: ceil_div(a, k) * b,
    lambda a, b, k: modulo(a, k),
    lambda a, b, k: dmin(a, k) + dmax(b, a),
    lambda a, b, k: dmax(k, a) * dmin(b, 7),
    lambda a, b, k: floor_div(a * a * b, k * k),
    lambda a, b, k: floor_div(a, dmax(b, 1)),
]
CONDITIONS: list[Rule] = [
    lambda a, b, k: a >= k,
    lambda a, b, k: a * b < k,
    lambda a, b, k: a <= b,
    lambda a, b, k: k > a,
    lambda a, b, k: equal(a, b),
    lambda a, b, k: equal(k, a),
    lambda a, b, k: a != b,
    lambda a, b, k: divides(k, a),
]


def _columns(rows: list[tuple[int, int]]) -> tuple[Column, Column]:
    first, second = (np.array(column, dtype=object) for column in zip(*rows, strict=True))
    return Column.of(first), Column.of(second)


@given(_rows, st.integers(1, 9) | st.integers(1, 2**70), st.sampled_from(RULES))
def test_a_rule_on_columns_is_the_rule_on_each_row(rows: list[tuple[int, int]], k: int, rule: Rule) -> None:
    found = rule(*_columns(rows), k)
    assert found.values.tolist() == [rule(a, b, k) for a, b in rows]
    assert all(found.low <= value <= found.high for value in found.values.tolist())


@given(_rows, st.integers(1, 9) | st.integers(1, 2**70), st.sampled_from(CONDITIONS))
def test_a_condition_on_columns_is_the_condition_on_each_row(
    rows: list[tuple[int, int]], k: int, condition: Rule
) -> None:
    assert condition(*_columns(rows), k).tolist() == [condition(a, b, k) for a, b in rows]


def test_int64_is_used_where_it_does_and_only_there() -> None:
    n: Any = Column.of([1, 2**31])
    assert (n * n).values.dtype == np.int64
    assert (n * n * n).values.dtype == object
    assert (n * n * n).values.tolist() == [1, 2**93]
    assert (n * n * n // 2**62).values.dtype == np.int64


def test_a_harness_that_let_int64_wrap_would_fail() -> None:
    class Wrapping(Column):
        def __init__(self, values: Any, low: int, high: int) -> None:
            super().__init__(values, max(low, -FITS), min(high, FITS))

        def _computed(self, how: Rule, other: Any, ends: list[int]) -> Column:
            with np.errstate(over="ignore"):
                return Wrapping(how(self.values, getattr(other, "values", other)), 0, 1)

    n: Any = Wrapping(np.array([2**40]), 2**40, 2**40)
    assert (n * n).values.tolist() != [2**80]


_small = st.fractions(-20, 20, max_denominator=12)


@given(st.lists(st.tuples(_small, _small), min_size=1, max_size=5), st.fractions("1/9", 9, max_denominator=9))
def test_quotients_are_exact_fractions(rows: list[tuple[Fraction, Fraction]], k: Fraction) -> None:
    below = 27720
    a, b = (quotient(Column.of([int(n * below) for n in column]), below) for column in zip(*rows, strict=True))
    checks: list[Rule] = [
        lambda a, b: a + b >= k,
        lambda a, b: a - k < b,
        lambda a, b: k - a == b,
        lambda a, b: a * b <= k * a,
        lambda a, b: a / k != b * 2,
        lambda a, b: 3 * a > b,
        lambda a, b: dmin(a, b) >= k - 1,
        lambda a, b: dmax(a, k) * 2 < dmin(3, b) + 2,
        lambda a, b: dmax(k, a - 1) <= b,
        lambda a, b: equal(a, b * 2),
        lambda a, b: equal(k, b),
    ]
    for check in checks:
        assert check(a, b).tolist() == [check(*row) for row in rows]
    product: Any = a * k
    above, below_it = product.as_numer_denom()
    assert (above // below_it).values.tolist() == [x * k // 1 for x, _ in rows]


def test_a_quotient_that_divides_everywhere_is_a_column() -> None:
    assert isinstance(quotient(Column.of([2, 4]), 2), Column)
    assert isinstance(quotient(Column.of([2, 3]), 2), Quotient)


def test_what_columns_cannot_do_says_so() -> None:
    n: Any = Column.of([1, 2])
    with pytest.raises(ZeroDivisionError):
        n // Column.of([0, 1])
    thirds: Any = quotient(n, 3)
    with pytest.raises(ZeroDivisionError):
        quotient(n, 3) / Column.of([0, 1])
    with pytest.raises(TypeError):
        n + "1"
    with pytest.raises(TypeError):
        thirds + 1.5
    with pytest.raises(OverflowError):
        Quotient(Column.of([10**19, 1]), 2)
    assert (n == "same") is False
