"""Choices and conditions in source mean the same wherever they are put."""

from __future__ import annotations

from itertools import product

import pytest

from archcalc.targets.python.choices import all_hold, chosen
from archcalc.targets.python.layout import Either, Text, where

CONDITIONS = ("a", "not a", "a or b", "a and b", "a if b else c", "(a if b else c) or a", "f(a if b else c)", "a == b")


@pytest.mark.parametrize(("one", "other"), [*product(CONDITIONS, repeat=2)])
def test_each_part_keeps_its_meaning(one: str, other: str) -> None:
    joined, either = all_hold([one, other]), chosen(one, other, one)
    laid, listed = Either(Text("1"), one, Text("2")), where(one, [Text("1")])
    for a, b, c in product((False, True), repeat=3):
        known = {"a": a, "b": b, "c": c, "f": lambda truth: not truth}
        first, second = eval(one, known), eval(other, known)
        assert eval(joined, known) == (first and second)
        assert eval(either, known) == first
        assert eval(chosen("1", other, "2"), known) == (1 if second else 2)
        assert eval(chosen(one, other, "2"), known) == (first if second else 2)
        assert eval(laid.flat(), known) == eval(laid.broken(0), known) == (1 if first else 2)
        assert eval(f"[{listed.flat()}]", known) == ([1] if first else [])


def test_only_what_needs_brackets_has_them() -> None:
    assert all_hold(["a if b else c"]) == "a if b else c"
    assert all_hold(["a and b", "not c", "f(a or b)"]) == "a and b and not c and f(a or b)"
    assert chosen("f(a if b else c)", "a or b", "a if b else c") == "f(a if b else c) if a or b else a if b else c"
