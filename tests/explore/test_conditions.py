"""Conditions on sizes and costs: what they read, and how they are joined."""

from __future__ import annotations

import pytest

from archcalc.explore.conditions import Condition, split


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a == 1, b < 2", ["a == 1", "b < 2"]),
        ("a == 1 and b < 2 and c > 3", ["a == 1", "b < 2", "c > 3"]),
        ("a == 1 or b < 2 and c > 3, d == 4 and e == 5", ["a == 1 or b < 2 and c > 3", "d == 4", "e == 5"]),
        ("(a == 1 or b < 2) and not c > 3", ["(a == 1 or b < 2)", "not c > 3"]),
        ("max(a, b) == 1, min(band, sand) > 2", ["max(a, b) == 1", "min(band, sand) > 2"]),
        (" , ", []),
    ],
)
def test_conditions_are_joined_by_commas_and_and(text: str, parts: list[str]) -> None:
    assert split(text) == parts


def test_a_condition_reads_printed_numbers_and_dotted_names() -> None:
    known = {"features.0.H": 3, "params": None}
    assert Condition("features.0.H + 1 <= 1.5k", known).holds({"features.0.H": 1499})
    assert not Condition("params > 62.3M", known).holds({"params": 62_300_000})
    assert Condition("features.0.H > 2", known).place == 3
    assert Condition("features.0.H > params", known).place is None
    assert not Condition("features.0.H > 2", known).holds({})
