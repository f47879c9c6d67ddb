"""Sets of sizes as JSON and as text."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archcalc.periodic import Where
from archcalc.report.sizes import sizes_json, sizes_text

FAR = 2_000


@st.composite
def sets(draw: st.DrawFn) -> Where:
    """A set of sizes, its period and start often longer than they need be."""
    beginning = draw(st.lists(st.booleans(), max_size=40))
    pattern = draw(st.lists(st.booleans(), min_size=1, max_size=12)) * draw(st.integers(1, 4))
    doubled = pattern * draw(st.integers(1, 3))
    return Where("H", tuple(beginning + doubled), len(beginning) + len(doubled) - len(pattern) + 1, len(pattern))


def members(entries: list[Any]) -> list[int]:
    """The sizes up to FAR that a JSON list stands for, as often as it names them."""
    found: list[int] = []
    for entry in entries:
        if isinstance(entry, dict):
            assert entry.keys() == {"from", "step"}
            found += range(entry["from"], FAR + 1, entry["step"])
        else:
            first, last = entry
            found += range(first, (FAR if last is None else last) + 1)
    return found


@given(sets())
def test_a_set_is_rebuilt_from_its_json(where: Where) -> None:
    rebuilt = members(json.loads(json.dumps(sizes_json(where))))
    assert sorted(rebuilt) == [n for n in range(1, FAR + 1) if n in where]


@given(sets())
def test_the_simplest_form_is_the_same_set_and_no_shorter_one_is(where: Where) -> None:
    simple = where.simplest()
    assert [n in simple for n in range(1, FAR)] == [n in where for n in range(1, FAR)]
    assert len(simple.holds) <= len(where.holds)
    assert simple == simple.simplest()


def _set(*sizes: int, period: int = 0, start: int = 1) -> Where:
    """The given sizes, the last of them again and again where a period is given."""
    end = start + period - 1 if period else max(sizes, default=0) + 1
    return Where("H", tuple(n in sizes for n in range(1, end + 1)), start if period else end, period or 1)


def _every(step: int, first: int) -> dict[str, int]:
    return {"from": first, "step": step}


@pytest.mark.parametrize(
    ("where", "entries", "text"),
    [
        (_set(), [], "none"),
        (Where.everywhere("H"), [[1, None]], "any"),
        (Where("H", (False, True), 2, 1), [[2, None]], "≥ 2"),
        (_set(*range(227, 259)), [[227, 258]], "227…258"),
        (_set(227), [[227, 227]], "227"),
        (_set(1, 3, 4, 5), [[1, 1], [3, 5]], "1, 3…5"),
        (Where("H", (True, False, True, True), 4, 1), [[1, 1], [3, None]], "1, ≥ 3"),
        (_set(32, period=32), [_every(32, 32)], "multiples of 32"),
        (_set(64, period=32, start=33), [_every(32, 64)], "multiples of 32 from 64"),
        (_set(63, period=32, start=32), [_every(32, 63)], "63, 95, 127, … (every 32)"),
        (_set(5, 63, period=32, start=32), [[5, 5], _every(32, 63)], "5, 63, 95, 127, … (every 32)"),
        (_set(4, 5, period=4, start=2), [_every(4, 4), _every(4, 5)], "4…5, 8…9, 12…13, … (every 4)"),
        (_set(2, 4, 5, period=4, start=2), [_every(4, n) for n in (2, 4, 5)], "2, 4…6, 8…10, 12…14, … (every 4)"),
    ],
)  # fmt: skip
def test_how_a_set_is_said(where: Where, entries: list[Any], text: str) -> None:
    assert sizes_json(where) == entries
    assert sizes_text(where) == text
