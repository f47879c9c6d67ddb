"""The cases that conditions tell apart: whatever the values are, what then holds together is one of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archcalc.diagnostics.model import Span
from archcalc.language.expressions import evaluate
from archcalc.language.nodes import ScalarNode
from archcalc.language.scalars import scalar_value
from archcalc.spec.truth_cases import MAX_CASES, Cases

NUMBERS = ("a", "b", "a + b", "2 * a", "max(a, 2)", "1", "2", "3 - 1", "0")


def node(text: str) -> ScalarNode:
    return ScalarNode(scalar_value(text), text, Span(1, 1, 1, 1 + len(text)))


@st.composite
def conditions(draw: st.DrawFn, depth: int = 2) -> str:
    """A condition over the numbers a and b and the flags p and q, as people write them."""
    how = draw(st.sampled_from(["flag", "compared", "compared", "not", "and", "or"] if depth else ["flag", "compared"]))
    if how == "flag":
        return draw(st.sampled_from(["p", "q", "true", "false"]))
    if how == "compared":
        sign = draw(st.sampled_from(["==", "!=", "<", "<=", ">", ">="]))
        return f"{draw(st.sampled_from(NUMBERS))} {sign} {draw(st.sampled_from(NUMBERS))}"
    one = draw(conditions(depth - 1))
    return f"not ({one})" if how == "not" else f"({one}) {how} ({draw(conditions(depth - 1))})"


@given(
    st.lists(conditions(), min_size=1, max_size=3),
    st.fixed_dictionaries({"a": st.integers(-1, 4), "b": st.integers(-1, 4), "p": st.booleans(), "q": st.booleans()}),
)
def test_what_holds_together_for_some_values_holds_in_a_case(texts: list[str], values: dict[str, Any]) -> None:
    cases = Cases()
    read = [cases.condition(node(text)) for text in texts]
    every = cases.all()
    if every is None:
        every = cases.some()
        assert len(every) == MAX_CASES
        return
    truths = [evaluate(text, values) for text in texts]
    assert any([one(case) for one in read] == truths for case in every)


@given(st.integers(-1, 3), st.integers(0, 3), st.booleans())
def test_what_counts_copies_is_a_comparison(count: int, least: int, written: bool) -> None:
    cases = Cases()
    enough = cases.at_least(node(str(count) if written else "n"), least)
    flag = cases.condition(node(f"n < {least}"))
    every = cases.all()
    assert every is not None
    if written:
        assert {enough(case) for case in every} == {count >= least}
    else:
        assert all(enough(case) is not flag(case) for case in every)


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("p", "not p", False),
        ("p", "q", True),
        ("n == 1", "n != 1", False),
        ("n == 1", "n > 1", False),
        ("n == 1", "1 < n", False),
        ("n <= 1", "n > 1", False),
        ("n < 2", "n > 1", True),
        ("n == 1", "n == 2", False),
        ("n == 1", "m == 1", True),
        ("stride != 1 or a != b", "stride == 1 and a == b", False),
        ("a != b", "b == a", False),
        ("a < b", "b < a", False),
        ("p and q", "not q", False),
        ("p or q", "not p", True),
        ("kind == 1.5", "kind == 3 / 2", True),
        ("index == 0", "index != 0", False),
        ("p ~ q", "not p", True),
    ],
)
def test_which_conditions_can_hold_together(one: str, other: str, together: bool) -> None:
    cases = Cases()
    read = [cases.condition(node(text)) for text in (one, other)]
    assert any(all(holds(case) for holds in read) for case in cases.all() or []) is together


def test_the_number_of_a_copy_is_another_in_another_copy() -> None:
    cases = Cases()
    first, second = (cases.condition(node("index == 0"), scope=copy) for copy in (0, 1))
    assert any(first(case) and not second(case) for case in cases.all() or [])
