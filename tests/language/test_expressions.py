"""Expressions: exact, as Python computes them on fractions, and nothing but expressions."""

from __future__ import annotations

import keyword
import math
import string
import warnings
from contextlib import suppress
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from archcalc.language.arithmetic import FUNCTIONS, ExprError
from archcalc.language.expressions import MAX_VALUE, TRUTHS, evaluate, names
from archcalc.language.identifiers import is_name
from archcalc.sizes.columns import Column
from archcalc.sizes.rules import UNKNOWN
from archcalc.sizes.symbolic import size

KNOWN: dict[str, Any] = {"width": 4, "classes": 1000, "half": Fraction(1, 2), "_x": -3}

numbers = st.integers(0, 2000).map(str) | st.sampled_from(["0.5", "1.1", "2.25", ".5", "3.", "1e2", "1e-3"])


def ours_and_pythons(literal: str) -> tuple[str, str]:
    return literal, f"F('{literal}')"


atoms = numbers.map(ours_and_pythons) | st.sampled_from(sorted(KNOWN)).map(lambda name: (name, name))


def grown(inner: st.SearchStrategy[tuple[str, str]]) -> st.SearchStrategy[tuple[str, str]]:
    """Larger expressions, with and without brackets, so that precedence is tried too."""
    operators = st.sampled_from(["+", "-", "*", "/", "//", "%"])
    spaces = st.sampled_from(["", " "])

    def join(form: str, *parts: tuple[str, str]) -> tuple[str, str]:
        return form.format(*(part[0] for part in parts)), form.format(*(part[1] for part in parts))

    return st.one_of(
        st.builds(lambda a, op, b, s: join(f"{{}}{s}{op}{s}{{}}", a, b), inner, operators, inner, spaces),
        st.builds(lambda a: join("({})", a), inner),
        st.builds(lambda a, n: join(f"{{}}**{n}", a), inner, st.integers(0, 4)),
        st.builds(lambda a: join("-{}", a), inner),
        st.builds(lambda a, b: join("min({}, {})", a, b), inner, inner),
        st.builds(lambda a, b, c: join("max({}, {}, {})", a, b, c), inner, inner, inner),
        st.builds(lambda a: join("ceil({})", a), inner),
        st.builds(lambda a: join("floor({})", a), inner),
        st.builds(lambda a, b, c, d: join("{} if ({}) < ({}) else {}", a, b, c, d), inner, inner, inner, inner),
        st.builds(lambda a, b, c: join("({} if not {} == 2 else {})", a, b, c), inner, atoms, inner),
    )


expressions = st.recursive(atoms, grown, max_leaves=8)
comparisons = st.builds(
    lambda a, op, b: (f"{a[0]} {op} {b[0]}", f"{a[1]} {op} {b[1]}"),
    expressions,
    st.sampled_from(["==", "!=", "<", "<=", ">", ">="]),
    expressions,
)


@given(expressions | comparisons)
def test_an_expression_is_what_python_computes_on_fractions(both: tuple[str, str]) -> None:
    ours, pythons = both
    assume(len(ours) <= 200)
    scope = {
        "F": Fraction, "min": min, "max": max, "__builtins__": {},
        "ceil": lambda value: Fraction(math.ceil(value)), "floor": lambda value: Fraction(math.floor(value)),
        **{name: Fraction(value) for name, value in KNOWN.items()},
    }  # fmt: skip
    try:
        expected = eval(pythons, scope)
    except ZeroDivisionError:
        with pytest.raises(ExprError, match="divides by zero"):
            evaluate(ours, KNOWN)
        return
    try:
        found = evaluate(ours, KNOWN)
    except ExprError as error:
        assume("beyond" not in str(error) and "exponent" not in str(error))  # as in 0**3**4
        raise
    assert found == expected
    assert isinstance(found, bool) == isinstance(expected, bool)
    if isinstance(found, Fraction):
        assert found.denominator != 1


REFUSED = [
    "width.real", "width.__class__", "(1).real", "__import__('os')", "open('x')", "abs(1)", "width(1)", "min",
    "min()", "max(1)",
    "ceil(1, 2)", "min(1, key=2)", "min(*width)", "lambda: 1", "lambda x: x", "'text'", '"text"',
    "f'{width}'", "b'1'", "2**-1", "2**0.5", "2**65", "0**(1/2)", "2**half", "2**true", "2** *3",
    "(x := 3)", "x = 3", "[1, 2]", "[i for i in width]", "{1}", "{}", "(1, 2)", "1, 2", "1 if width else 2",
    "1if 1else 2", "not width",
    "width and 1", "1 or 2", "1 < 2 < 3", "1 is 1", "1 in width", "~1", "+1", "1 << 2", "1 & 2", "1 | 2",
    "1 ^ 2", "1 @ 2", "width[0]",
    "true + 1", "-true", "true == 1", "max(true, 1)", "True < 2",
    "None", "...", "1j", "0x10", "0b1", "0o7", "1_000", "await x", "yield", "import os", "1;2",
    "1\n2", "# 1", "", " ", "\\", "`1`",
    "$x", "é", "٣", "x!", "1 +", "* 2", "((1)", "1e400", "1e999 - 1e999", "011",
    "1e-400", "2 + 0.0001e-999", "1e-99999999",
]  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_nothing_else_is_an_expression(text: str) -> None:
    with pytest.raises(ExprError):
        evaluate(text, KNOWN | {"x": 1})


@pytest.mark.parametrize("exponent", ["-1", "65", "0.5", "x/2", "10**9"])
def test_an_exponent_that_is_none_is_named_in_its_place(exponent: str) -> None:
    with pytest.raises(ExprError, match="an exponent is a whole number from 0 to 64") as raised:
        evaluate(f"2 + 3**({exponent})", {"x": 1})
    assert "2 + 3**("[raised.value.offset :] == ""
    assert raised.value.length == len(exponent)


def test_a_power_of_a_size_is_its_product_and_a_size_is_no_exponent() -> None:
    h = size("H")
    assert evaluate("2*h**3 - h**0", {"h": h}) == 2 * h * h * h - 1
    with pytest.raises(ExprError, match="an exponent is a whole number"):
        evaluate("2**h", {"h": h})


@given(st.lists(st.tuples(st.integers(-3, 5), st.integers(0, 6)), min_size=1, max_size=8))
def test_powers_of_columns_are_those_of_their_rows(rows: list[tuple[int, int]]) -> None:
    import numpy as np

    bases, exponents = (Column.of(np.array(values, np.int64)) for values in zip(*rows, strict=True))
    found = evaluate("a**b + 0*b", {"a": bases, "b": exponents})
    assert isinstance(found, Column)
    assert found.values.tolist() == [a**b for a, b in rows]


def test_a_decimal_is_exact() -> None:
    assert evaluate("floor(1.1*20)", {}) == 22
    assert evaluate("0.1 + 0.2 == 0.3", {}) is True
    assert evaluate("0e-400 + 0.000", {}) == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [("true", True), ("not true", False), ("x > 1 and true", True),
     ("x > 1 and FALSE", False), ("false or x > 1", True), ("not (TRUE and not True)", True),
     ("not False and x == 2", True)],
)  # fmt: skip
def test_the_words_for_truths_are_truths_and_no_names(text: str, expected: bool) -> None:
    assert evaluate(text, {"x": 2}) is expected
    assert set(names(text)) <= {"x"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2 if x == 2 else 1", 2), ("1/0 if x > 2 else 3", 3), ("3 if x < 3 else nowhere[9]", 3),
     ("x > 1 if x == 2 else x > 2", True), ("rows[1] if x == 2 else rows[0]", 5), ("rows if x == 2 else x", (4, 5))],
)  # fmt: skip
def test_of_two_values_one_is_computed(text: str, expected: object) -> None:
    assert evaluate(text, {"x": 2, "rows": (4, 5), "nowhere": ()}) == expected


def test_a_choice_that_no_number_decides_is_refused_in_its_place() -> None:
    with pytest.raises(ExprError, match="for some sizes and not for others") as raised:
        evaluate("3 + (2 if h > 4 else 1)", {"h": size("H")})
    assert (raised.value.offset, raised.value.length, raised.value.undecided) == (10, 5, True)
    with pytest.raises(ExprError, match="not a condition"):
        evaluate("2 if x else 1", {"x": 1})
    assert evaluate("2 if a > 1 else 1", {"a": UNKNOWN}) is UNKNOWN


@pytest.mark.parametrize("text", ["2 if 1 < 5 else nope", "nope if 1 > 5 else 2", "2 if 1 < 5 else 1 // 0 + nope"])
def test_the_value_that_is_not_chosen_is_of_names_that_are_known(text: str) -> None:
    with pytest.raises(ExprError, match="`nope` is not a known name") as error:
        evaluate(text, {})
    assert text[error.value.offset :][: error.value.length] == "nope"


def test_an_unknown_name_is_named_in_its_place() -> None:
    with pytest.raises(ExprError) as raised:
        evaluate("4*widht + 1", KNOWN)
    assert raised.value.unknown == "widht"
    assert (raised.value.offset, raised.value.length) == (2, 5)


def test_what_is_unknown_stays_unknown() -> None:
    for text in ("a", "a / 2", "2 // a", "ceil(a)", "max(a, 1)", "a > 1", "a % 0"):
        assert evaluate(text, {"a": UNKNOWN}) is UNKNOWN
    assert evaluate("b + 1", {"a": UNKNOWN, "b": 1}) == 2


def test_values_and_lengths_are_bounded() -> None:
    assert evaluate(str(MAX_VALUE), {}) == MAX_VALUE
    for text in (str(MAX_VALUE + 1), f"{MAX_VALUE} + 1", f"-{MAX_VALUE} - 1", "9" * 190, "1 + " * 60 + "1"):
        with pytest.raises(ExprError):
            evaluate(text, {})
    assert evaluate("(" * 90 + "1" + ")" * 90, {}) == 1
    assert evaluate("-" * 198 + "1", {}) == 1
    with pytest.raises(ExprError, match="not an expression"):
        evaluate("(" * 199, {})


def test_names_are_found_in_order_without_the_functions() -> None:
    assert list(names("max(b, a + b) - ceil(c)")) == ["b", "a", "c"]
    with pytest.raises(ExprError):
        names("b +")


def test_symbols_go_through() -> None:
    n = size("n")
    assert evaluate("4*n + 1", {"n": n}) == 4 * n + 1
    at_7 = {"n // 2": 3, "floor(n / 2)": 3, "ceil(n / 2)": 4, "max(n, 3) % 4": 3}
    for text, value in at_7.items():
        formula: Any = evaluate(text, {"n": n})
        assert formula.subs(n, 7) == value


WORDS = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,15}", fullmatch=True)
NUMBERLIKE = st.from_regex(
    r"[a-z]{1,2}[0-9]{0,2}(_|[boxej]|or|and|if|is|in|else|not)?[0-9]{0,3}_?[a-z]{0,2}", fullmatch=True
)
"""Names that hold what a number may not: ``k3_s2``, ``x0b1``, ``e1``, ``v1or``."""

LEGAL = WORDS | NUMBERLIKE | st.sampled_from(["conv1_out", "w0_h", "k3_s2", "x0b1", "x0o7", "x0x1", "e1", "j1", "l1or"])
LEGAL = LEGAL.filter(lambda name: is_name(name) and not keyword.iskeyword(name) and name not in {*FUNCTIONS, *TRUTHS})

PLACES: list[tuple[str, Any]] = [
    ("{}", 5), ("({})", 5), ("-{}", -5), ("{}*2", 10), ("2*{}", 10), ("2 + {}//2", 4), ("{}/{}", 1), ("{}%{}", 0),
    ("min({},9)", 5), ("max(1,{})", 5), ("floor({}/2)", 2), ("ceil({}/2)", 3), ("{}==5", True), ("4<{}", True),
    ("{}!=5", False), ("not {}>5", True), ("{}>1 and {}<9", True), ("1>{} or {}>2", True),
    ("1e1+{}-.5-1.", Fraction(27, 2)),
]  # fmt: skip


@given(LEGAL, st.sampled_from(PLACES))
def test_a_name_stands_for_itself_wherever_it_stands(name: str, place: tuple[str, Any]) -> None:
    form, expected = place
    text = form.replace("{}", name)
    assert names(text) == (name,)
    assert evaluate(text, {name: 5}) == expected


@given(st.lists(LEGAL, min_size=2, max_size=4, unique=True), st.sampled_from(["+", " + ", "-", "*", " //"]))
def test_names_beside_each_other_stay_apart(several: list[str], operator: str) -> None:
    assert names(operator.join(several)) == tuple(several)


GARBAGE = st.text(alphabet=string.printable + "é×٣\u2028\x00", max_size=20) | st.lists(
    st.sampled_from([
        "1", "0", "07", "1e5", ".5", "1.", "1_000", "0x1f", "0b1", "1j", "x", "x1", "e1", "and", "or", "not", "if",
        "else", "is", "in", "lambda", "min", "(", ")", ",", "+", "-", "*", "/", "%", "<", "=", "==", "!", ".", " ",
        "[", "]", "'", "\n", "\\", "True", "true", "None", "await", "for", "é",
    ]),
    max_size=8,
).map("".join)  # fmt: skip


@given(GARBAGE)
def test_whatever_stands_there_is_a_value_or_an_expression_error(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with suppress(ExprError):
            assert isinstance(evaluate(text, {"x": 2, "x1": 3, "e1": 4}), (int, Fraction))
