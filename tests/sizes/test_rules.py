"""The arithmetic of sizes: the same on ints, columns, symbols and what is not known."""

import math
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from archcalc.sizes import symbolic
from archcalc.sizes.columns import Column
from archcalc.sizes.rules import UNKNOWN, ceil_div, divides, dmax, dmin, equal, floor_div, is_known, modulo, prod

BINARY: dict[Callable[..., Any], Callable[[int, int], Any]] = {
    floor_div: lambda a, b: math.floor(Fraction(a, b)),
    ceil_div: lambda a, b: math.ceil(Fraction(a, b)),
    modulo: lambda a, b: a - b * math.floor(Fraction(a, b)),
    dmin: min,
    dmax: max,
    equal: lambda a, b: a == b,
    divides: lambda a, b: Fraction(b, a).denominator == 1,
}
"""What each gives on two ints, said with fractions."""

anything = st.integers(-(10**6), 10**6)
positive = st.integers(1, 10**4)
every_function = pytest.mark.parametrize("function", BINARY)


def _arguments(function: Callable[..., Any], a: int, b: int) -> tuple[int, int]:
    """In the order that puts the positive one where it divides."""
    return (b, a) if function is divides else (a, b)


@every_function
@given(a=anything, b=positive)
def test_on_ints(function: Callable[..., Any], a: int, b: int) -> None:
    left, right = _arguments(function, a, b)
    assert function(left, right) == BINARY[function](left, right)


@every_function
@given(pairs=st.lists(st.tuples(anything, positive), min_size=1))
def test_on_columns(function: Callable[..., Any], pairs: list[tuple[int, int]]) -> None:
    lefts, rights = zip(*(_arguments(function, a, b) for a, b in pairs), strict=True)
    for left, right in ((lefts, rights), (lefts, rights[0]), (lefts[0], rights)):
        found = function(*(Column.of(side) if isinstance(side, tuple) else side for side in (left, right)))
        here = np.broadcast_to(left, len(pairs)).tolist(), np.broadcast_to(right, len(pairs)).tolist()
        values = found.values if isinstance(found, Column) else found
        assert np.broadcast_to(values, len(pairs)).tolist() == [
            BINARY[function](a, b) for a, b in zip(*here, strict=True)
        ]


def _at(expression: Any, sizes: dict[Any, int]) -> Any:
    """The value at these sizes; a bool of what sympy settled before."""
    value = sympy.sympify(expression, strict=True).xreplace({symbol: sympy.Integer(n) for symbol, n in sizes.items()})
    return bool(value) if value.is_Boolean else int(value)


@every_function
@given(a=positive, b=positive, offset=st.integers(-50, 50))
def test_on_symbols(function: Callable[..., Any], a: int, b: int, offset: int) -> None:
    m, n = symbolic.size("m"), symbolic.size("n")
    left, right = _arguments(function, a + offset, b)
    # The one of the two that divides stays positive.
    assert _at(function(*_arguments(function, m + offset, n)), {m: a, n: b}) == BINARY[function](left, right)
    assert _at(function(*_arguments(function, m + offset, b)), {m: a}) == BINARY[function](left, right)


@every_function
@pytest.mark.parametrize("pair", [(UNKNOWN, 3), (3, UNKNOWN), (UNKNOWN, UNKNOWN)])
def test_on_what_is_not_known(function: Callable[..., Any], pair: tuple[Any, Any]) -> None:
    found = function(*pair)
    # A number stays unknown; a condition is undecided, which is neither true nor false.
    assert found is UNKNOWN or (found is None and function in (equal, divides))


def test_what_is_not_known_absorbs_arithmetic() -> None:
    for value in (UNKNOWN + 1, 1 + UNKNOWN, UNKNOWN - 1, 1 - UNKNOWN, 2 * UNKNOWN, -UNKNOWN, UNKNOWN // 2, 2 % UNKNOWN):
        assert value is UNKNOWN
        assert not is_known(1, value)
    for undecided in (UNKNOWN <= 1, UNKNOWN >= 1, UNKNOWN < 1, UNKNOWN > 1):
        assert undecided is None
    assert is_known(1, 2)
    assert repr(UNKNOWN) == "?"


@given(st.lists(st.integers(0, 10**6)))
def test_prod_is_the_product(sizes: list[int]) -> None:
    assert prod(sizes) == math.prod(sizes)


def test_ints_import_neither_sympy_nor_numpy() -> None:
    asked = (
        "import sys; from archcalc.sizes.rules import ceil_div, divides, dmin\n"
        "from archcalc.layers.contract import KINDS\n"
        "dmin(ceil_div(7, 2), 3), divides(2, 4), KINDS['max_pool1d'](kernel_size=2, ceil_mode=True).out((1, 5))\n"
        "print({'sympy', 'numpy', 'torch'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert run.stdout == "set()\n"
