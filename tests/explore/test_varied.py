"""The values that are tried: ranges and lists."""

from __future__ import annotations

from typing import Any

import pytest

from archcalc.explore.varied import SolveError, values


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0:3", [0, 1, 2, 3]),
        ("1:9:4,20", [1, 5, 9, 20]),
        ("true,false", [True, False]),
        ("same,2", ["same", 2]),
        ("0:1:0.25,0.5", [0, 0.25, 0.5, 0.75, 1, 0.5]),
        ("0:1.5", [0, 1]),
    ],
)
def test_a_range_is_first_last_step_or_a_list(text: str, expected: list[Any]) -> None:
    assert values("x", text) == expected


@pytest.mark.parametrize("text", ["3:0", "a:b", "0:9:0", "1:2:3:4", "0:x", "0:99999999"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(SolveError):
        values("x", text)
