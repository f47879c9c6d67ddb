"""Floor division on symbols: exact at every size, and one floor however deep the chain."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from sympy import Add, Integer
from sympy.core.cache import clear_cache

import archcalc
from archcalc.sizes import floors, symbolic
from archcalc.sizes.floors import FloorDiv
from archcalc.sizes.rules import ceil_div, dmax, dmin, either, equal, floor_div, prod
from archcalc.sizes.symbolic import Open, at, closed
from tests.support.draw_formulas import Formula, H, W, formulas


@given(formulas(), st.integers(1, 300), st.integers(1, 300))
def test_a_formula_is_the_arithmetic_at_every_size(formula: Formula, h: int, w: int) -> None:
    expected = formula(h, w)
    assert symbolic.at(formula(H, W), {H: h, W: w}) == expected
    assert symbolic.at(closed(formula(Open(H), Open(W))), {H: h, W: w}) == expected


def test_what_sympy_leaves_to_compute_is_computed() -> None:
    # sympy makes Min(H, Max(2, 3)) of it, which no size put in for H would ever turn into a number.
    assert dmax(dmin(H, 2), dmin(H, 3)) == sympy.Min(H, 3)
    assert symbolic.at(floor_div(dmax(dmin(H, 2), dmin(H, 3)), W), {H: 9, W: 3}) == 1


Window = tuple[int, int, int]

windows = st.lists(st.tuples(st.integers(1, 7), st.integers(1, 4), st.integers(0, 3)), min_size=1, max_size=12)


def through(chain: list[Window], n: Any) -> Any:
    for k, s, p in chain:
        n = floor_div(n + 2 * p - k, s) + 1
    return n


@given(windows, st.integers(1, 5000))
def test_a_chain_of_windows_is_one_floor(chain: list[Window], n: int) -> None:
    formula = sympy.sympify(through(chain, H), strict=True)
    assert len(formula.atoms(FloorDiv)) <= 1
    assert symbolic.at(formula, {H: n}) == through(chain, n)


def test_two_thousand_windows_are_as_small_a_formula_as_two() -> None:
    def nodes(layers: int) -> int:
        chain = [(3, 1 + (place % 7 == 0), place % 2) for place in range(layers)]
        return sum(1 for _ in sympy.preorder_traversal(through(chain, H)))

    assert nodes(2000) == nodes(8)


def test_the_fold_is_the_receptive_field() -> None:
    alexnet = [(11, 4, 0), (3, 2, 0), (5, 1, 2), (3, 2, 0), (3, 1, 1), (3, 1, 1), (3, 1, 1), (3, 2, 0)]
    assert through(alexnet, H) == FloorDiv(H + 29, Integer(32)) - 2


@given(st.integers(-60, 60), st.integers(1, 12), st.integers(-60, 60), st.integers(-9, 9))
def test_floors_that_stay_together_are_compared(a: int, q: int, b: int, c: int) -> None:
    one, other = floor_div(H + a, q), floor_div(H + b, q) + c
    pairs = [((n + a) // q, (n + b) // q + c) for n in range(1, 3 * q + 1)]
    for choice, choose in ((dmin, min), (dmax, max)):
        chosen = choice(one, other)
        for n, pair in enumerate(pairs, 1):
            assert symbolic.at(chosen, {H: n}) == choose(pair)
    if all(x <= y for x, y in pairs):
        assert dmin(one, other) == one


def test_a_ceil_mode_pool_whose_windows_meet_is_one_floor() -> None:
    assert dmin(ceil_div(H - 3, 2), floor_div(H - 1, 2)) == floor_div(H, 2) - 1


def test_a_quotient_of_an_expression_joins_the_divisor() -> None:
    assert floor_div(H / 2 + 3, 2) == floor_div(H + 6, 4)
    assert symbolic.at(floor_div(64 / H, 3), {H: 5}) == 64 // 15
    assert floor_div(2 * H, H) == 2
    assert floor_div(H * W + W, W) == H + 1
    assert floor_div(4 * H * W, 2 * W) == 2 * H
    assert symbolic.at(floor_div(3 * H, 2 * H), {H: 5}) == 1


@given(st.integers(1, 50), st.integers(1, 50))
def test_a_divisor_may_be_a_symbol(h: int, w: int) -> None:
    assert symbolic.at(floor_div(H * 7 + 5, W), {H: h, W: w}) == (7 * h + 5) // w


def test_a_comparison_on_the_walk_stays_open() -> None:
    size = Open(H)
    for relation, expected in ((size >= 1, "H >= 1"), (size <= 1, "H <= 1"), (size > 1, "H > 1"), (size < 3, "H < 3")):
        assert str(relation) == expected
        assert relation.free_symbols == {H}
    assert closed(size >= 1) != True  # noqa: E712 - sympy's true


def test_an_open_size_works_with_plain_ones() -> None:
    for value in (Open(H) + W, W + Open(H), Open(W) + H, 2 * Open(H) - Open(H) + W):
        assert isinstance(value, Open)
        assert value == H + W
        assert hash(value) == hash(H + W)
    assert 5 - Open(H) == 5 - H
    assert -Open(H) == -H
    assert f"{Open(H) + 1:,}" == "H + 1"


def test_equations_are_settled_where_the_difference_is_a_number() -> None:
    assert equal(H + 1, Open(H) + 1) is True
    assert equal(H, H + 1) is False
    assert equal(9, Open(H) * W) == sympy.Eq(H * W, 9, evaluate=False)


def test_a_product_keeps_its_sums() -> None:
    assert prod([256, H - 2, W - 2]) == 256 * ((H - 2) * (W - 2))


@given(st.lists(st.tuples(st.integers(1, 99), st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=30))
def test_a_collected_sum_is_the_sum(rows: list[tuple[int, int, int]]) -> None:
    terms = [n * ((H - a) * (floor_div(W, 2) - b)) for n, a, b in rows]
    short = symbolic.collected(terms)
    assert sympy.expand(short - Add(*terms)) == 0
    assert len(Add.make_args(short)) <= 4 or len(Add.make_args(short)) <= len(rows)


def test_a_sum_over_a_chain_without_strides_is_one_polynomial() -> None:
    assert len(Add.make_args(symbolic.collected((H - n) * (W - n) for n in range(300)))) == 4


# A test proves something only if it can fail: FloorDiv broken on purpose


def _fold_that_forgets_to_scale(terms: Any, constant: int, divisor: int) -> Any:
    for place, (coefficient, factor) in enumerate(terms):
        if coefficient == 1 and isinstance(factor, FloorDiv):
            inner, a = factor.args
            rest = (c * other for c, other in terms[:place] + terms[place + 1 :])
            return FloorDiv(Add(inner, *rest, constant), Integer(divisor) * a)
    return None


def _fold_of_any_multiple(terms: Any, constant: int, divisor: int) -> Any:
    for place, (_, factor) in enumerate(terms):
        if isinstance(factor, FloorDiv):
            inner, a = factor.args
            rest = (a * c * other for c, other in terms[:place] + terms[place + 1 :])
            return FloorDiv(Add(inner, *rest, a * constant), Integer(divisor) * a)
    return None


def _fold_that_adds_divisors(terms: Any, constant: int, divisor: int) -> Any:
    for coefficient, factor in terms:
        if coefficient == 1 and isinstance(factor, FloorDiv) and len(terms) == 1:
            inner, a = factor.args
            return FloorDiv(inner + a * constant, divisor + a)
    return None


def _split_with_the_constant_negated(p: Any, divisor: int) -> Any:
    whole, terms, constant = _SPLIT(p, divisor)
    return whole, terms, -constant


def _split_without_remainders(p: Any, divisor: int) -> Any:
    whole, terms, constant = _SPLIT(p, divisor)
    return whole, [(c, factor) for c, factor in terms if c == 1], constant


def _split_towards_zero(p: Any, divisor: int) -> Any:
    whole, terms, constant = _SPLIT(p, divisor)
    return whole, terms, int(constant / divisor) * divisor if constant < 0 else constant


_SPLIT = floors._split

MUTANTS: dict[str, tuple[str, Any]] = {
    "the fold forgets to scale": ("_fold", _fold_that_forgets_to_scale),
    "a multiple of a floor is folded": ("_fold", _fold_of_any_multiple),
    "the fold adds divisors": ("_fold", _fold_that_adds_divisors),
    "the constant's sign": ("_split", _split_with_the_constant_negated),
    "remainders are dropped": ("_split", _split_without_remainders),
    "negative constants are rounded towards zero": ("_split", _split_towards_zero),
}


def nest(numbers: tuple[int, ...], h: Any, w: Any) -> Any:
    times, inside, divisor, outside, over = numbers
    return floor_div(times * floor_div(2 * h + w + inside, divisor) + outside, over)


def nests() -> Iterator[tuple[Formula, int]]:
    """Floors of floors with small numbers, and sizes to try them at."""
    choices = product((1, 2, 3), (-5, 0, 2), (1, 2, 3), (-4, -1, 1), (2, 3, 4))
    for numbers in choices:
        yield from ((partial(nest, numbers), n) for n in (1, 4, 9))


def nests_are_exact() -> bool:
    return all(symbolic.at(one(H, W), {H: n, W: 2 * n + 1}) == one(n, 2 * n + 1) for one, n in nests())


def test_floors_of_floors_are_exact() -> None:
    assert nests_are_exact()


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_of_floor_division_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    attribute, mutant = MUTANTS[name]
    clear_cache()  # sympy keeps what it has built
    with monkeypatch.context() as patch:
        patch.setattr(floors, attribute, mutant)
        exact = nests_are_exact()
    clear_cache()
    assert not exact


# sympy runs code that it is given as text


def test_no_text_reaches_sympy() -> None:
    for path in sorted(Path(archcalc.__file__).parent.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if "sympy" not in {name for node in ast.walk(tree) for name in _imported(node)}:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                assert _is_safe(node), f"{path.name}:{node.lineno}: {ast.unparse(node)}"


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name.split(".")[0] for alias in node.names]
    return [(node.module or "").split(".")[0]] if isinstance(node, ast.ImportFrom) else []


def _is_safe(call: ast.Call) -> bool:
    """Whether a call cannot parse text: ``sympify`` is strict, and nothing else that parses is called."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in ("sympify", "_sympify", "S"):
        return any(word.arg == "strict" and getattr(word.value, "value", False) is True for word in call.keywords)
    return name not in ("parse_expr", "lambdify", "subs", "evalf", "symbols", "var", "parse_latex", "eval", "exec")


@pytest.mark.parametrize("text", ["sympify('1')", "x.subs('a', 1)", "lambdify([x], e)", "sympify(e, strict=False)"])
def test_a_call_that_parses_text_is_found(text: str) -> None:
    call = ast.parse(text, mode="eval").body
    assert isinstance(call, ast.Call)
    assert not _is_safe(call)


@pytest.mark.parametrize("compute", [floor_div, dmin, dmax, equal])
def test_text_in_place_of_a_size_is_refused(compute: Callable[[Any, Any], Any]) -> None:
    with pytest.raises((TypeError, sympy.SympifyError)):
        compute(H, "__import__('os')")


@pytest.mark.parametrize(("h", "w"), [(2, 3), (2, 9), (7, 3), (7, 9), (1, 4)])
def test_either_of_two_equations_holds_where_one_of_them_does(h: int, w: int) -> None:
    assert bool(at(either(equal(H, 2), equal(W, 3)), {H: h, W: w})) is (h == 2 or w == 3)


@pytest.mark.parametrize(("h", "w"), [(5, 7), (5, 6), (4, 7), (4, 6), (1, 1)])
def test_either_of_two_bounds_holds_where_one_of_them_does(h: int, w: int) -> None:
    assert bool(at(either(H >= 5, W > 6), {H: h, W: w})) is (h >= 5 or w > 6)
