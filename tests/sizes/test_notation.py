"""A formula as text: what a person reads, and what Python computes."""

from __future__ import annotations

import re
from typing import Any

import lark
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from sympy.parsing.latex import parse_latex

from archcalc.sizes import symbolic
from archcalc.sizes.notation import latex, python_code, text
from archcalc.sizes.rules import dmax, dmin, floor_div
from tests.support.draw_formulas import Formula, H, W, formulas

N, CLASSES = symbolic.size("N"), symbolic.size("classes")

TEXTS = {
    "⌊(H + 29)/32⌋ − 2": floor_div(H + 29, 32) - 2,
    "58,281,344 + 4,097·classes": 4097 * CLASSES + 58_281_344,
    "96·N·(⌊(H + 1)/4⌋ − 2)·(⌊(W + 1)/4⌋ − 2)": 96 * N * (floor_div(H + 1, 4) - 2) * (floor_div(W + 1, 4) - 2),
    "4·N·H·W": 4 * N * H * W,
    "H² − 2·H + 1": H**2 - 2 * H + 1,
    "(H + W)²": (H + W) ** 2,
    "W − H": W - H,
    "−H − 5": -H - 5,
    "−3·H·(W + 1)": -3 * H * (W + 1),
    "⌊3·H/4⌋ + 7": floor_div(3 * H, 4) + 7,
    "⌊64/(3·H)⌋": floor_div(64 / H, 3),
    "min(2·W, H) − max(3, W)": dmin(H, 2 * W) - dmax(W, 3),
    "−1,000": sympy.Integer(-1000),
    "12": 12,
    "H ≥ 63": H >= 63,
    "H·W = 36": sympy.Eq(H * W, 36, evaluate=False),
    "7 divides H": sympy.Eq(H - 7 * floor_div(H, 7), 0, evaluate=False),
    "7 divides ⌊(H + 3)/4⌋": sympy.Eq(floor_div(H + 3, 4) - 7 * floor_div(H + 3, 28), 0, evaluate=False),
    "3 divides H·W + H": sympy.Eq(4 * H * (W + 1) - 12 * floor_div(H * W + H, 3), 0, evaluate=False),
    "W divides 32": sympy.Eq(W * floor_div(32, W) - 32, 0, evaluate=False),
    "H − 7·⌊H/8⌋ = 0": sympy.Eq(H - 7 * floor_div(H, 8), 0, evaluate=False),
    "H − 7·⌊W/7⌋ = 0": sympy.Eq(H - 7 * floor_div(W, 7), 0, evaluate=False),
}


@pytest.mark.parametrize("expected", TEXTS)
def test_a_formula_reads_as_on_paper(expected: str) -> None:
    assert text(TEXTS[expected]) == expected


def test_maps_come_in_the_order_of_the_network() -> None:
    maps = [floor_div(H, 2**stage) for stage in (3, 1, 2)]
    assert text(7 * maps[0] + 9 * maps[1] + 8 * maps[2]) == "9·⌊H/2⌋ + 8·⌊H/4⌋ + 7·⌊H/8⌋"


def in_python(written: str) -> str:
    """The text of a formula as Python, to compute what a person would read from it."""
    code = written.replace(",", "").replace("·", "*").replace("−", "-").replace("/", "//")
    return re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda power: f"**{power[0].translate(DIGITS)}", code.translate(FLOORS))


DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
FLOORS = str.maketrans("⌊⌋", "()")


def is_readable(formula: object) -> bool:
    """Whether the formula has no min or max, whose commas look like those of thousands."""
    return not sympy.sympify(formula, strict=True).atoms(sympy.Min, sympy.Max)


@given(formulas(), st.integers(1, 300), st.integers(1, 300))
def test_both_texts_say_what_the_arithmetic_gives(formula: Formula, h: int, w: int) -> None:
    made, sizes = formula(H, W), {"H": h, "W": w}
    code = python_code(made)
    assert eval(code, {"min": min, "max": max}, dict(sizes)) == formula(h, w), code
    if is_readable(made):
        assert eval(in_python(text(made)), {}, dict(sizes)) == formula(h, w), text(made)


def test_what_is_no_whole_number_has_no_text() -> None:
    for half in (H / 2, sympy.Rational(1, 2), sympy.sqrt(H), 1 / H):
        with pytest.raises(TypeError):
            python_code(half)
        with pytest.raises(TypeError):
            text(half)


@given(formulas())
def test_latex_closes_what_it_opens(formula: Formula) -> None:
    written = latex(formula(H, W))
    assert written.count("{") == written.count("}")
    assert written.count(r"\left") == written.count(r"\right")
    assert written.isascii()


def test_latex_spells_names_of_several_letters() -> None:
    wide = symbolic.size("wide_net")
    assert latex(4097 * CLASSES + wide) == r"4097 \mathit{classes} + \mathit{wide\_net}"
    assert latex(floor_div(H + 29, 32) - 2) == r"\left\lfloor\frac{H + 29}{32}\right\rfloor - 2"
    assert latex(floor_div(H, 2) ** 2) == r"\left\lfloor\frac{H}{2}\right\rfloor^{2}"


def readings(written: str) -> list[sympy.Expr]:
    """What sympy's parser reads in LaTeX: more than one where ``N (H - 4)`` may be a function of H, too."""
    bare = re.sub(r"\\(left|right)(?![a-z])", "", written)  # which it takes for ≤
    found = parse_latex(bare, backend="lark")
    return found.children if isinstance(found, lark.Tree) else [found]


@pytest.mark.parametrize(
    "made", [made for made in TEXTS.values() if not isinstance(made, sympy.core.relational.Relational)]
)
@pytest.mark.parametrize("sizes", [{"H": 97, "W": 61, "N": 2, "classes": 10}, {"H": 3, "W": 256, "N": 1, "classes": 7}])
def test_latex_says_the_same_to_a_parser(made: Any, sizes: dict[str, int]) -> None:
    expected = sympy.sympify(made, strict=True).subs({symbolic.size(name): n for name, n in sizes.items()})
    plain = {sympy.Symbol(name): n for name, n in sizes.items()}
    assert expected in [reading.subs(plain) for reading in readings(latex(made))], latex(made)


def test_latex_that_says_another_thing_would_be_noticed() -> None:
    assert readings(latex(floor_div(H + 29, 32) - 2)) != readings(r"\left\lfloor\frac{H + 29}{32} - 2\right\rfloor")
    with pytest.raises(lark.exceptions.LarkError):
        readings(r"\left\lfloor\frac{H + 29}{32 - 2")
