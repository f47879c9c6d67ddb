"""Relations to the sizes they hold for: the same sizes, whatever the relation."""

from __future__ import annotations

from typing import Any

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from archcalc.sizes import bounds as validity
from archcalc.sizes.bounds import solve
from archcalc.sizes.rules import dmax, dmin, floor_div
from archcalc.sizes.symbolic import at
from tests.support.draw_formulas import Formula, H, W, formulas

SIGNS = (sympy.Ge, sympy.Gt, sympy.Le, sympy.Lt, sympy.Eq)


def within(bounds: validity.Bounds, sizes: dict[Any, int]) -> bool:
    return all(low <= sizes[one] and (high is None or sizes[one] <= high) for one, (low, high) in bounds.items())


def says_the_same(relation: Any, sizes: dict[Any, int]) -> bool:
    solved = solve(relation)
    return solved is None or within(solved, sizes) == at(relation, sizes)


@given(formulas(), st.integers(-50, 50), st.sampled_from(SIGNS), st.integers(1, 60), st.integers(1, 60))
def test_bounds_say_what_the_relation_says(formula: Formula, other: int, sign: Any, h: int, w: int) -> None:
    assert says_the_same(sign(formula(H, W), other, evaluate=False), {H: h, W: w})


WINDOWS = [(floor_div(H + a, q) - 3, c) for a in (0, 2, 5) for q in (1, 2, 4) for c in (-4, 0, 1, 2)]


def windows_are_solved() -> bool:
    relations = [
        sign(one * window, one * c, evaluate=False) for window, c in WINDOWS for sign in SIGNS for one in (1, -2)
    ]
    return all(solve(relation) is not None for relation in relations) and all(
        says_the_same(relation, {H: h}) for relation in relations for h in range(1, 25)
    )


def test_every_relation_on_one_window_is_solved() -> None:
    assert windows_are_solved()


COVERED = [
    (floor_div(H + a, q), p * floor_div(H + a + q * (p - 1) + more, p * q))
    for a in (0, 3)
    for q in (1, 2, 4)
    for p in (2, 7)
    for more in (-q, -1, 0, 1)
]
"""A map, and the windows that it is rounded up to, or to one place less."""


def test_what_is_rounded_up_is_never_less() -> None:
    solved = [solve(size <= windows) for size, windows in COVERED]
    held = [all(at(size <= windows, {H: h}) is True for h in range(1, 200)) for size, windows in COVERED]
    assert 24 <= sum(held) < len(held)
    assert [found == {} for found in solved] == held
    assert solve(2 * floor_div(H, 2) >= H) is None


@pytest.mark.parametrize(
    ("relation", "expected"),
    [
        (floor_div(H + 29, 32) - 2 >= 1, {H: (67, None)}),
        (sympy.Eq(256 * (floor_div(H + 29, 32) - 2), 1536), {H: (227, 258)}),
        (dmin(H, W + 3) >= 5, {H: (5, None), W: (2, None)}),
        (dmax(H, 3) <= 7, {H: (1, 7)}),
        (H * W >= 1, {}),
        (sympy.true, {}),
        (sympy.Eq(H * W, 36, evaluate=False), None),
        (sympy.Eq(H - 2 * floor_div(H, 2), 0, evaluate=False), None),
        (dmax(H, W) >= 5, None),
    ],
)
def test_a_relation_is_solved_or_stays(relation: Any, expected: validity.Bounds | None) -> None:
    assert solve(relation) == expected


def test_the_strictest_bound_is_kept_and_demands_name_their_layers() -> None:
    coupled = sympy.Eq(H * W, 36, evaluate=False)
    asked = [
        ("a", H >= 3),
        ("b", H >= 7),
        ("b", W <= 9),
        ("c", coupled),
        ("d", coupled),
        ("d", sympy.Ge(H, 1, evaluate=False)),
    ]
    found = validity.validity(asked)
    assert found.bounds == {H: (7, None), W: (1, 9)}
    assert found.demands == (validity.Demand(coupled, ("c", "d")),)


def test_what_holds_nowhere_has_no_size() -> None:
    for relation in (sympy.Le(2 * H, 1, evaluate=False), sympy.Eq(4 * H, 6, evaluate=False)):
        bounds = solve(relation)
        assert bounds is not None
        assert not any(within(bounds, {H: h}) for h in range(1, 20))


_FROM, _UP_TO = validity._from, validity._up_to

MUTANTS: dict[str, tuple[str, Any]] = {
    "rounding down": ("_from", lambda factor, least: _FROM(factor, least - 1)),
    "one too many": ("_up_to", lambda factor, most: _UP_TO(factor, most + 1)),
    "one bound for the other": ("_up_to", lambda factor, most: _FROM(factor, most)),
    "everything is positive": ("least", lambda e, within: 1),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_of_solving_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validity, *MUTANTS[name])
    assert not windows_are_solved()
