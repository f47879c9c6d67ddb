"""Functions of one axis against the same arithmetic on single numbers, far past what is stored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archcalc.sizes.periodic import AxisFunction, NotPeriodic, SizeSet
from archcalc.sizes.rules import ceil_div, divides, dmax, dmin, equal, floor_div

Rule = Callable[..., Any]

SIZES = [*range(1, 120), *range(400, 440), 4_999, 10**6, 10**6 + 1, 10**9 + 7]


@st.composite
def rules(draw: st.DrawFn, depth: int = 4) -> Rule:
    """A shape rule of one size, as any kind of size may go through."""
    rule: Rule = lambda n: n  # noqa: E731
    for _ in range(draw(st.integers(0, depth))):
        k, s, p = draw(st.integers(-9, 9)), draw(st.integers(1, 5)), draw(st.integers(0, 3))
        step = draw(
            st.sampled_from(
                [
                    lambda n, k=k, s=s: floor_div(n + k, s) + 1,
                    lambda n, k=k, s=s: ceil_div(n - k, s),
                    lambda n, k=k, s=s, p=p: dmin(ceil_div(n + 2 * p - k, s), floor_div(n + p - 1, s)) + 1,
                    lambda n, k=k: dmax(n, k),
                    lambda n, k=k, s=s: dmin(s * n, 3 * n + k),
                    lambda n, s=s, k=k: s * n - k,
                    lambda n, k=k: k - n,
                    lambda n, s=s, k=k: n + floor_div(n + k, s),
                ]
            )
        )
        rule = lambda n, rule=rule, step=step: step(rule(n))  # noqa: E731
    return rule


@given(rules())
def test_a_rule_along_an_axis_is_the_rule_at_each_size(rule: Rule) -> None:
    try:
        f = rule(AxisFunction.axis_itself("H"))
    except NotPeriodic:
        return
    if isinstance(f, AxisFunction):
        assert [f(n) for n in SIZES] == [rule(n) for n in SIZES]


@given(rules(), rules(), st.integers(-5, 40), st.integers(1, 6))
def test_a_condition_along_an_axis_is_the_condition_at_each_size(one: Rule, two: Rule, k: int, d: int) -> None:
    conditions: list[Rule] = [
        lambda n: one(n) >= k,
        lambda n: one(n) <= two(n),
        lambda n: equal(one(n), k),
        lambda n: equal(one(n), two(n)),
        lambda n: divides(d, one(n)),
    ]
    for condition in conditions:
        try:
            found = condition(AxisFunction.axis_itself("H"))
        except NotPeriodic:
            continue
        if isinstance(found, SizeSet):
            assert [n in found for n in SIZES] == [condition(n) for n in SIZES]


@given(rules(), rules(), st.integers(1, 6), st.integers(1, 6))
def test_common_sizes_are_those_in_both(one: Rule, two: Rule, d: int, e: int) -> None:
    n = AxisFunction.axis_itself("H")
    try:
        first, second = divides(d, one(n)), divides(e, two(n))
    except NotPeriodic:
        return
    if isinstance(first, SizeSet) and isinstance(second, SizeSet):
        try:
            both = first & second
        except NotPeriodic:
            return
        assert [n in both for n in SIZES] == [n in first and n in second for n in SIZES]


@given(rules(), st.integers(-5, 40), st.integers(1, 6), st.integers(1, 90))
def test_a_set_reaches_what_is_below_one_of_its_sizes(one: Rule, k: int, d: int, n: int) -> None:
    for condition in (lambda h: one(h) <= k, lambda h: divides(d, one(h)), lambda h: equal(one(h), k)):
        try:
            found = condition(AxisFunction.axis_itself("H"))
        except NotPeriodic:
            continue
        if isinstance(found, SizeSet):
            assert found.reaches(n) is any(m in found for m in range(n, n + 2 * len(found.holds) + 1))


def test_most_rules_are_followed() -> None:
    followed = 0

    @settings(max_examples=100)
    @given(rules())
    def count(rule: Rule) -> None:
        nonlocal followed
        try:
            followed += rule(AxisFunction.axis_itself("H")) is not None
        except NotPeriodic:
            followed += 0

    count()
    assert followed > 50


def test_products_of_one_axis_are_not_followed() -> None:
    n = AxisFunction.axis_itself("H")
    with pytest.raises(NotPeriodic):
        n * n
