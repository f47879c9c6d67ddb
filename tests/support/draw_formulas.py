"""Arithmetic as shape rules do it, on two sizes of any kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from archcalc.sizes import symbolic
from archcalc.sizes.rules import ceil_div, dmax, dmin, floor_div, modulo

H, W = symbolic.size("H"), symbolic.size("W")

Formula = Callable[[Any, Any], Any]
"""The same arithmetic on two sizes of any kind."""


@st.composite
def formulas(draw: st.DrawFn) -> Formula:
    """Arithmetic as shape rules do it, up to some eight operations deep."""
    leaves = st.sampled_from([lambda h, w: h, lambda h, w: w]) | st.integers(-9, 40).map(lambda n: lambda h, w: n)
    return draw(st.recursive(leaves, _operations, max_leaves=8))


def _operations(inner: st.SearchStrategy[Formula]) -> st.SearchStrategy[Formula]:
    two = st.tuples(inner, inner)
    scaled = st.tuples(inner, st.integers(1, 9))
    return st.one_of(
        two.map(lambda ab: lambda h, w: ab[0](h, w) + ab[1](h, w)),
        two.map(lambda ab: lambda h, w: ab[0](h, w) - ab[1](h, w)),
        two.map(lambda ab: lambda h, w: ab[0](h, w) * ab[1](h, w)),
        two.map(lambda ab: lambda h, w: dmin(ab[0](h, w), ab[1](h, w))),
        two.map(lambda ab: lambda h, w: dmax(ab[0](h, w), ab[1](h, w))),
        scaled.map(lambda ak: lambda h, w: floor_div(ak[0](h, w), ak[1])),
        scaled.map(lambda ak: lambda h, w: ceil_div(ak[0](h, w), ak[1])),
        scaled.map(lambda ak: lambda h, w: modulo(ak[0](h, w), ak[1])),
    )
