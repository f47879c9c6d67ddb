"""Floor division on sympy expressions that stays small however often it is nested.

``sympy.floor`` will not do: it rewrites ⌊(H−1)/3⌋ into ⌊H/3 − 1/3⌋, and a chain of layers
nests it until the recursion limit. ``FloorDiv`` keeps an integer numerator over a positive
integer and folds as it is built: ⌊(⌊x/a⌋ + b)/c⌋ = ⌊(x + ab)/(ac)⌋.
"""

from __future__ import annotations

import math

import sympy
from sympy import Add, Expr, Integer, Max, Min
from sympy.printing.printer import Printer


class FloorDiv(sympy.Function):  # type: ignore[misc]  # sympy ships no types
    """⌊p/q⌋ with p an integer expression and q a positive integer (or a symbol)."""

    nargs = 2
    is_integer = True

    @classmethod
    def eval(cls, p: Expr, q: Expr) -> Expr | None:
        if p.is_Integer and q.is_Integer:
            return Integer(int(p) // int(q))
        if not _plain(p) or not q.is_Integer:
            # ⌊(n/d)/q⌋ = ⌊n/(dq)⌋: what an expression of a spec divides by joins the divisor.
            (p, below), (q, above) = sympy.expand(p).as_numer_denom(), q.as_numer_denom()
            if below != 1 or above != 1:
                return cls(p * above, q * below)
        if q == 1:
            return p
        if not q.is_Integer:
            # The groups of a depthwise convolution divide its channels: ⌊2·w/w⌋ = 2.
            quotient = sympy.cancel(p / q)
            return quotient if quotient.is_integer else None
        divisor = int(q)
        whole, terms, constant = _split(p, divisor)
        if not terms:
            return Add(*whole, constant // divisor)
        # ⌊(g·t + c)/(g·m)⌋ = ⌊(t + ⌊c/g⌋)/m⌋, and m ≥ 2, since g divides what is less than the divisor.
        common = math.gcd(divisor, *(coefficient for coefficient, _ in terms))
        divisor //= common
        turns, constant = divmod(constant // common, divisor)
        terms = [(coefficient // common, factor) for coefficient, factor in terms]
        folded = _fold(terms, constant, divisor)
        if folded is None:
            rest = Add(*(c * factor for c, factor in terms), constant)
            if rest == p and divisor == q:
                return None
            folded = cls(rest, Integer(divisor), evaluate=False)
        return Add(*whole, turns, folded)

    def _sympystr(self, printer: Printer) -> str:
        p, q = self.args
        numerator = printer.doprint(p)
        return f"(({numerator})//{q})" if p.is_Add or p.is_Mul else f"({numerator}//{q})"

    def _latex(self, printer: Printer, exp: Expr | None = None) -> str:
        p, q = self.args
        text = rf"\left\lfloor\frac{{{printer.doprint(p)}}}{{{printer.doprint(q)}}}\right\rfloor"
        return text if exp is None else f"{text}^{{{exp}}}"


def _plain(p: Expr) -> bool:
    """Whether p is a sum of whole multiples of symbols and the like, which needs no expanding."""
    for term in Add.make_args(p):
        coefficient, factor = term.as_coeff_Mul()
        if not coefficient.is_Integer or not (factor is sympy.S.One or is_atom(factor)):
            return False
    return True


def is_atom(e: Expr) -> bool:
    """Whether e is a symbol, a floor, a minimum or a maximum."""
    return bool(e.is_Symbol) or isinstance(e, (FloorDiv, Min, Max))


def _split(p: Expr, divisor: int) -> tuple[list[Expr], list[tuple[int, Expr]], int]:
    """p = divisor·Σwhole + Σ coefficient·factor + constant, every coefficient in 1…divisor − 1."""
    whole, terms, constant = [], [], 0
    for term in Add.make_args(p):
        coefficient, factor = term.as_coeff_Mul()
        if factor is sympy.S.One:
            constant += int(coefficient)
            continue
        quotient, remainder = divmod(int(coefficient), divisor)
        if quotient:
            whole.append(quotient * factor)
        if remainder:
            terms.append((remainder, factor))
    return whole, terms, constant


def _fold(terms: list[tuple[int, Expr]], constant: int, divisor: int) -> Expr | None:
    """⌊(⌊x/a⌋ + rest)/divisor⌋ as one floor, or None where no floor stands alone in the sum."""
    for place, (coefficient, factor) in enumerate(terms):
        if coefficient == 1 and isinstance(factor, FloorDiv) and factor.args[1].is_Integer:
            inner, a = factor.args
            rest = (a * c * other for c, other in terms[:place] + terms[place + 1 :])
            return FloorDiv(Add(inner, *rest, a * constant), Integer(divisor) * a)
    return None
