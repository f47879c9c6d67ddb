"""Floor division on sympy expressions that stays small however often it is nested.

``sympy.floor`` will not do: it rewrites ⌊(H−1)/3⌋ into ⌊H/3 − 1/3⌋, and a chain of layers
nests it until the recursion limit. ``FloorDiv`` keeps an integer numerator over a positive
integer and folds as it is built: ⌊(⌊x/a⌋ + b)/c⌋ = ⌊(x + ab)/(ac)⌋.
"""

from __future__ import annotations

import math
from typing import Any

import sympy
from sympy import Add, Expr, Integer


def size(name: str) -> Any:
    """A free size: a positive integer symbol."""
    return sympy.Symbol(name, integer=True, positive=True)


def floor_div(a: Any, b: Any) -> Any:
    """⌊a/b⌋ for integer expressions, folded."""
    return FloorDiv(sympy.Integer(a) if isinstance(a, int) else a, sympy.sympify(b, strict=True))


class FloorDiv(sympy.Function):  # type: ignore[misc]  # sympy ships no types
    """⌊p/q⌋ with p an integer expression and q a positive integer (or a symbol)."""

    nargs = 2
    is_integer = True

    @classmethod
    def eval(cls, p: Any, q: Any) -> Any:
        if q == 1:
            return p
        if p.is_Integer and q.is_Integer:
            return Integer(int(p) // int(q))
        if not q.is_Integer:
            return None
        divisor = int(q)
        whole, rest = _split(sympy.expand(p), divisor)
        constant, terms = rest.as_coeff_Add()
        if terms == 0:
            return whole + Integer(int(constant) // divisor)
        # ⌊(g·t + c)/(g·m)⌋ = ⌊(t + ⌊c/g⌋)/m⌋
        common = math.gcd(divisor, *(int(term.as_coeff_Mul()[0]) for term in Add.make_args(terms)))
        if common > 1:
            return whole + cls(terms / common + int(constant) // common, Integer(divisor // common))
        folded = _fold(terms, int(constant), divisor)
        if folded is not None:
            return whole + folded
        if whole != 0 or rest != p:
            return whole + cls(rest, q, evaluate=False)
        return None

    def _sympystr(self, printer: Any) -> str:
        p, q = self.args
        numerator = printer.doprint(p)
        return f"(({numerator})//{q})" if p.is_Add or p.is_Mul else f"({numerator}//{q})"

    def _latex(self, printer: Any, exp: Any = None) -> str:
        p, q = self.args
        text = rf"\left\lfloor\frac{{{printer.doprint(p)}}}{{{printer.doprint(q)}}}\right\rfloor"
        return text if exp is None else f"{text}^{{{exp}}}"


def _split(p: Expr, divisor: int) -> tuple[Any, Any]:
    """p as (whole, rest) with p = divisor·whole + rest and every coefficient of rest in 0…divisor−1."""
    whole, rest = [], []
    for term in Add.make_args(p):
        coefficient, factor = term.as_coeff_Mul()
        quotient, remainder = divmod(int(coefficient), divisor)
        whole.append(quotient * factor)
        rest.append(remainder * factor)
    return Add(*whole), Add(*rest)


def _fold(terms: Any, constant: int, divisor: int) -> Any:
    """⌊(⌊x/a⌋ + rest)/divisor⌋ as one floor, or None where no floor stands alone in the sum."""
    parts = Add.make_args(terms)
    for part in parts:
        if isinstance(part, FloorDiv) and part.args[1].is_Integer:
            inner, a = part.args
            rest = Add(*(other for other in parts if other is not part), constant)
            return FloorDiv(inner + a * rest, Integer(divisor) * a)
    return None
