"""What Python reads and an expression does not have: refused in its place, and told how it is written."""

from __future__ import annotations

import re
import warnings

import pytest

from archcalc.language.arithmetic import ExprError
from archcalc.language.expressions import evaluate


def test_who_writes_a_power_otherwise_is_told_how() -> None:
    with pytest.raises(ExprError, match=r"`\^` has no meaning in an expression; a power is written `\*\*`"):
        evaluate("x ^ 2", {"x": 1})


def test_who_chooses_as_in_c_is_told_how() -> None:
    with pytest.raises(
        ExprError, match=r"`\?` has no meaning .*; one of two values is written `2 if index == 0 else 1`"
    ):
        evaluate("x > 1 ? 2 : 1", {"x": 1})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2 if 1 == 1", "it says `if`, and no `else`"),
        ("2 if n > 1 else 3 if", "it says `if`, and not each time `else`"),
        ("0 <= n < 2 < 5", "each comparison is written by itself, `0 <= n and n < 2 and 2 < 5`"),
        ("n in [0, 1]", "such a choice is written `n == 0 or n == 1`"),
        ("n not in (0, 1)", "such a choice is written `n != 0 and n != 1`"),
        ("[3, n] if n == 1 else 1", "a list has no place in an expression"),
        ("1 if n == 1 else [3, n]", "a list has no place in an expression"),
        ("2 if n // 2 else 1", "compare it with something, `n // 2 != 0`"),
        ("2 if (n if n > 1 else 3) else 1", "compare it with something, `(n if n > 1 else 3) != 0`"),
    ],
)
def test_what_python_has_besides_is_told_how_to_be_written(text: str, said: str) -> None:
    with pytest.raises(ExprError, match=re.escape(said)):
        evaluate(text, {"n": 1})


@pytest.mark.parametrize("text", ["1or 2", "1and 2", "3 < 4and 1 < 2", "1if 2else 3", "0.5or 1"])
def test_what_python_reads_with_a_warning_is_no_expression(text: str) -> None:
    with pytest.raises(ExprError, match="not an expression"):
        evaluate(text, {})


@pytest.mark.parametrize(
    "text", ["1_000", "1_000 + x", "x + 1_0", "1__0", "1_", "1.5_0", "1e1_0", "0x10", "0X1f", "0o7", "0b1", "x*0b11",
             "0777", "1e400", "1j", "1.5J", "1e1j", "2x", "2 x", "1.2.3", "1if x else 2", "1 if x else 2", "3.real"],
)  # fmt: skip
def test_what_python_alone_takes_for_a_number_is_refused(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ExprError):
            evaluate(text, {"x": 1})


@pytest.mark.parametrize(("text", "odd"), [("x + 1_000", "1_"), ("4 * 0x1f", "0x"), ("x & 2", "&")])
def test_what_has_no_meaning_is_named_in_its_place(text: str, odd: str) -> None:
    with pytest.raises(ExprError) as raised:
        evaluate(text, {"x": 1})
    assert str(raised.value) == f"`{odd}` has no meaning in an expression"
    assert text[raised.value.offset :][: raised.value.length] == odd
