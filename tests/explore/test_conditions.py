"""Conditions on sizes and costs: what they read, and how they are joined."""

from __future__ import annotations

import re

import pytest

from archcalc.explore.conditions import Condition, ConditionError, split


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a == 1, b < 2", ["a == 1", "b < 2"]),
        ("a == 1 and b < 2 and c > 3", ["a == 1", "b < 2", "c > 3"]),
        ("a == 1 or b < 2 and c > 3, d == 4 and e == 5", ["a == 1 or b < 2 and c > 3", "d == 4", "e == 5"]),
        ("(a == 1 or b < 2) and not c > 3", ["(a == 1 or b < 2)", "not c > 3"]),
        ("max(a, b) == 1, min(band, sand) > 2", ["max(a, b) == 1", "min(band, sand) > 2"]),
        ("a <= 1,234, b > 2,500,000 and c == 1", ["a <= 1,234", "b > 2,500,000", "c == 1"]),
        (" , ", []),
    ],
)
def test_conditions_are_joined_by_commas_and_and(text: str, parts: list[str]) -> None:
    assert split(text) == parts


def test_a_condition_reads_printed_numbers_and_dotted_names() -> None:
    known = ("features.0.H", "params")
    assert Condition("features.0.H + 1 <= 1.5k", known, "").value({"features.0.H": 1499}) is True
    assert Condition("params > 62.3M", known, "").value({"params": 62_300_000}) is False
    assert Condition("features.0.H > params", known, "").names == ("features.0.H", "params")


@pytest.mark.parametrize(("text", "compares"), [("H > 2", True), ("H", False), ("3 == 3", False), ("2 * H", False)])
def test_what_compares_is_a_condition(text: str, compares: bool) -> None:
    assert Condition(text, ("H",), "").compares == compares


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("G > 2", "`G > 2`: there is no `G`; there is H"),
        ("paramz > 2", "`paramz > 2`: there is no `paramz`; did you mean `params`?"),
        ("H >", "`H >`: this is not an expression"),
    ],
)
def test_what_cannot_be_read_says_why(text: str, message: str) -> None:
    with pytest.raises(ConditionError, match=re.escape(message)):
        Condition(text, ("H", "params"), "there is H")
