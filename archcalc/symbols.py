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


def python_code(expression: Any) -> str:
    """Python source that computes the expression with integer arithmetic, its symbols as variables."""
    return _code(sympy.sympify(expression, strict=True))[0]


_SUM, _PRODUCT, _ATOM = 0, 1, 2


def _code(e: Any) -> tuple[str, int]:
    """Source and how tightly it binds."""
    if e.is_Integer:
        return (str(int(e)), _ATOM) if e >= 0 else (str(int(e)), _SUM)
    if e.is_Symbol:
        return e.name, _ATOM
    if isinstance(e, FloorDiv):
        p, q = e.args
        return f"{_wrapped(p, _ATOM)} // {_wrapped(q, _ATOM)}", _PRODUCT
    if isinstance(e, (sympy.Max, sympy.Min)):
        name = "max" if isinstance(e, sympy.Max) else "min"
        return f"{name}({', '.join(sorted(_code(argument)[0] for argument in e.args))})", _ATOM
    if e.is_Add:
        terms = sorted(Add.make_args(e), key=lambda term: (term.is_Integer, str(term)))
        text = _wrapped(terms[0], _SUM)
        for term in terms[1:]:
            negative = term.could_extract_minus_sign()
            text += f" - {_wrapped(-term, _PRODUCT)}" if negative else f" + {_wrapped(term, _PRODUCT)}"
        return text, _SUM
    if e.is_Mul:
        factors = [base for factor in e.args for base in _repeated(factor)]
        if factors[0] == -1:
            rest = sympy.Mul(*factors[1:], evaluate=False) if len(factors) > 2 else factors[1]
            return f"-{_wrapped(rest, _ATOM)}", _SUM
        # A floor division goes in brackets: a * (b // c) is not a * b // c.
        return " * ".join(_wrapped(f, _ATOM if isinstance(f, FloorDiv) else _PRODUCT) for f in factors), _PRODUCT
    if e.is_Pow and e.args[1].is_Integer and e.args[1] > 0:
        return " * ".join([_wrapped(e.args[0], _ATOM)] * int(e.args[1])), _PRODUCT
    raise TypeError(f"no integer code for {type(e).__name__}")


def _repeated(factor: Any) -> list[Any]:
    if factor.is_Pow and factor.args[1].is_Integer and factor.args[1] > 0:
        return [factor.args[0]] * int(factor.args[1])
    return [factor]


def _wrapped(e: Any, tightness: int) -> str:
    text, binds = _code(e)
    return text if binds >= tightness else f"({text})"
