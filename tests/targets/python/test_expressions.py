"""Expressions as Python source: Python computes from it what the expression is."""

from __future__ import annotations

from itertools import product
from math import ceil

import pytest

from archcalc.language.expressions import evaluate
from archcalc.targets.python.expressions import expression


@pytest.mark.parametrize(
    "text",
    [
        "true",
        "not true",
        "on and true",
        "on or FALSE",
        "not (on and true)",
        "n > 1 and not False",
        "not not on or true",
    ],
)
def test_conditions_with_the_words_for_truths(text: str) -> None:
    for on, n in product((False, True), (1, 2)):
        values = {"on": on, "n": n}
        assert eval(expression(text, {}), values.copy()) is evaluate(text, values)
        assert eval(expression(text, values), {}) is evaluate(text, values)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "2 if n == 0 else 1",
            "1 + (2 if n > 1 else 3)*2",
            "4*n if n > 2 else n if n > 1 else 7",
            "(2 if n < 3 else 5) < n",
        ),
        *(
            "n/2*2 if n > 1 else n/3*3",
            "floor((n/2 if n > 1 else n/3)*5)",
            "n > 1 if n == 2 else n > 3",
            "not (on if n else on)",
        ),
        *(
            "-(n if on else 2)",
            "(n if on else 2)**2",
            "(1 if n > (2 if on else 3) else 4) % 3",
            "(on if n > 2 else not on) or n == 1",
        ),
        *("(1 if on else 2) if n > 2 else 3", "max(1, n if on else 2*n)", "1 if (on if n > 2 else not on) else 2"),
    ],
)
def test_one_of_two(text: str) -> None:
    text = text.replace("if n else", "if n > 0 else")
    for on, n in product((False, True), range(6)):
        values = {"on": on, "n": n}
        meant = evaluate(text, values)
        for constants in ({}, {"on": on}, {"n": n}, values):
            assert eval(expression(text, constants, whole=True), {"ceil": ceil, **values}) == meant


@pytest.mark.parametrize(
    "text",
    [
        *("2**n", "-n**2", "(-n)**2", "(n + 1)**2", "3*n**2//2", "(n*2**n)//3", "floor((n/2)**3)", "ceil(3/2**n)"),
        *("2**n**2", "(2**n)**2", "(n//2)**3 % 5", "1**n + n**1 - n**0", "100 - (n - 3)**3*2"),
    ],
)
def test_powers(text: str) -> None:
    for n in range(6):
        meant = evaluate(text, {"n": n})
        assert eval(expression(text, {}), {"n": n, "ceil": ceil}) == meant
        assert eval(expression(text, {"n": n}), {"ceil": ceil}) == meant
