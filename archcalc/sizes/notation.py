"""A formula as text: for people, for Python, for LaTeX."""

from __future__ import annotations

import sympy
from sympy import Basic, Expr, Max, Min

from archcalc.sizes.floors import FloorDiv


def python_code(expression: Basic | int) -> str:
    """Python source that computes the expression with integer arithmetic, its symbols as variables.

    Relations become comparisons. Raises TypeError for what has no integer arithmetic, such as a fraction.
    """
    expression = sympy.sympify(expression, strict=True)
    if expression.is_Relational:
        return f"{python_code(expression.lhs)} {expression.rel_op} {python_code(expression.rhs)}"
    return _code(expression)[0]


_SUM, _PRODUCT, _ATOM = 0, 1, 2
"""How tightly a formula's outermost sign binds."""


def _code(e: Expr) -> tuple[str, int]:
    """Source and how tightly it binds."""
    if e.is_Integer:
        return str(int(e)), _ATOM if e >= 0 else _SUM
    if e.is_Symbol:
        return e.name, _ATOM
    if isinstance(e, FloorDiv):
        return f"{_wrapped(e.args[0], _ATOM)} // {_wrapped(e.args[1], _ATOM)}", _PRODUCT
    if isinstance(e, (Max, Min)):
        name = "max" if isinstance(e, Max) else "min"
        return f"{name}({', '.join(sorted(_code(argument)[0] for argument in e.args))})", _ATOM
    if e.is_Add:
        return _code_of_sum(e), _SUM
    if e.is_Mul:
        coefficient, rest = e.as_coeff_Mul()
        if coefficient == -1:
            return f"-{_wrapped(rest, _ATOM)}", _SUM
        # A floor division goes in brackets: a * (b // c) is not a * b // c.
        factors = [base for factor in e.args for base in _repeated(factor)]
        return " * ".join(
            _wrapped(factor, _ATOM if isinstance(factor, FloorDiv) else _PRODUCT) for factor in factors
        ), _PRODUCT
    if e.is_Pow:
        return " * ".join(_wrapped(base, _ATOM) for base in _repeated(e)), _PRODUCT
    raise TypeError(f"no integer code for {e}")


def _code_of_sum(e: Expr) -> str:
    # What is taken away comes after what there is, and a number after symbols.
    terms = sorted(e.args, key=lambda term: (bool(term.as_coeff_Mul()[0] < 0), bool(term.is_Integer), _code(term)[0]))
    text = _wrapped(terms[0], _SUM)
    for term in terms[1:]:
        if term.as_coeff_Mul()[0] < 0:
            text += f" - {_wrapped(-term, _PRODUCT)}"
        else:
            text += f" + {_wrapped(term, _PRODUCT)}"
    return text


def _repeated(factor: Expr) -> list[Expr]:
    """A power with a whole exponent as its base, so many times; anything else as it is."""
    if not factor.is_Pow:
        return [factor]
    base, exponent = factor.args
    if not exponent.is_Integer or exponent < 1:
        raise TypeError(f"no integer code for {factor}")
    return [base] * int(exponent)


def _wrapped(e: Expr, tightness: int) -> str:
    text, binds = _code(e)
    return text if binds >= tightness else f"({text})"


_EXPONENTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")

FIRST = "N"
"""The factor that a product begins with: the number of samples."""

LARGE = 1000
"""From here on a sum begins with its constant, what is there at any size; a small one is a correction, and last."""


def text(formula: Basic | int) -> str:
    """The formula as a person writes it: ``58,281,344 + 4,097·classes``, ``⌊(H + 29)/32⌋ − 2``, ``7 divides H``."""
    formula = sympy.sympify(formula, strict=True)
    if formula.is_Relational:
        if (division := _division(formula)) is not None:
            return " divides ".join(map(text, division))
        sign = _SIGNS[formula.rel_op]
        return f"{text(formula.lhs)} {sign} {text(formula.rhs)}"
    return _text(formula)[0]


def factor(formula: Basic | int) -> str:
    """The formula as ``text`` has it, in brackets where it is a sum."""
    return _bracketed(sympy.sympify(formula, strict=True), _PRODUCT)


def _division(relation: Basic) -> tuple[Expr, Expr] | None:
    """The divisor and what it divides, of a relation that says so: n − d·⌊n/d⌋ = 0.

    Where n is a floor, ⌊a/b⌋, then ⌊n/d⌋ is ⌊a/(b·d)⌋ for whole numbers from 1 up.
    """
    if not isinstance(relation, sympy.Eq):
        return None
    apart = (relation.lhs - relation.rhs).expand().primitive()[1]
    for whole in (apart, -apart):
        for term in sympy.Add.make_args(whole):
            for floor in (factor for factor in sympy.Mul.make_args(term) if isinstance(factor, FloorDiv)):
                divisor, divided, (above, below) = -term / floor, whole - term, floor.args
                within = divided.args if isinstance(divided, FloorDiv) else None
                if (above, below) in ((divided, divisor), within and (within[0], within[1] * divisor)):
                    return divisor, divided
    return None


_SIGNS = {">=": "≥", "<=": "≤", ">": ">", "<": "<", "==": "=", "!=": "≠"}


def _text(e: Expr) -> tuple[str, int]:
    """Text and how tightly it binds."""
    if e.is_Integer:
        return (f"{int(e):,}", _ATOM) if e >= 0 else (f"−{-int(e):,}", _SUM)
    if e.is_Symbol:
        return e.name, _ATOM
    if isinstance(e, FloorDiv):
        return f"⌊{_bracketed(e.args[0], _PRODUCT)}/{_bracketed(e.args[1], _ATOM)}⌋", _ATOM
    if isinstance(e, (Max, Min)):
        name = "max" if isinstance(e, Max) else "min"
        return f"{name}({', '.join(sorted(_text(argument)[0] for argument in e.args))})", _ATOM
    if e.is_Add:
        return _sum_text(e), _SUM
    if e.is_Mul:
        return _product_text(*e.as_coeff_Mul())
    if e.is_Pow and e.args[1].is_Integer and e.args[1] > 1:
        return f"{_bracketed(e.args[0], _ATOM)}{str(e.args[1]).translate(_EXPONENTS)}", _ATOM
    raise TypeError(f"no text for {e}")


def _product_text(coefficient: Expr, rest: Expr) -> tuple[str, int]:
    """The number, then symbols, the batch first, then sums."""
    if not coefficient.is_Integer:
        raise TypeError(f"no text for {coefficient}")
    factors = sorted(sympy.Mul.make_args(rest), key=lambda e: (not e.is_Symbol, str(e) != FIRST, _key(e)))
    written = "·".join(_bracketed(factor, _PRODUCT) for factor in factors)
    if coefficient < 0:
        return f"−{'' if coefficient == -1 else f'{-int(coefficient):,}·'}{written}", _SUM
    return written if coefficient == 1 else f"{int(coefficient):,}·{written}", _PRODUCT


def _sum_text(e: Expr) -> str:
    """The terms from large maps to small ones, a positive one first."""
    constant, rest = e.as_coeff_Add()
    terms = sorted(
        rest.args if rest.is_Add else (rest,), key=lambda term: (bool(term.as_coeff_Mul()[0] < 0), _key(term))
    )
    if constant != 0:
        terms = [constant, *terms] if constant >= LARGE else [*terms, constant]
    written = _text(terms[0])[0]
    for term in terms[1:]:
        minus = term.as_coeff_Mul()[0] < 0
        written += f" − {_bracketed(-term, _PRODUCT)}" if minus else f" + {_bracketed(term, _PRODUCT)}"
    return written


def _key(e: Expr) -> tuple[object, ...]:
    """Small divisors first: the maps of a network in their order."""
    divisors = [int(floor.args[1]) for floor in e.atoms(FloorDiv) if floor.args[1].is_Integer]
    degree = sum(int(factor.args[1]) if factor.is_Pow else 1 for factor in sympy.Mul.make_args(e.as_coeff_Mul()[1]))
    return max(divisors, default=0), -degree, sympy.default_sort_key(e.as_coeff_Mul()[1])


def _bracketed(e: Expr, tightness: int) -> str:
    written, binds = _text(e)
    return written if binds >= tightness else f"({written})"


def latex(formula: Basic | int) -> str:
    """The formula as LaTeX, for math mode."""
    formula = sympy.sympify(formula, strict=True)
    if formula.is_Relational and (division := _division(formula)) is not None:
        return r" \mid ".join(map(latex, division))
    names = {symbol: latex_name(symbol.name) for symbol in formula.free_symbols}
    return str(sympy.latex(formula, symbol_names=names))


def latex_name(name: str) -> str:
    """The name of a size or of a layer as LaTeX, for math mode; ``h₁`` with an index."""
    base = name.rstrip("₀₁₂₃₄₅₆₇₈₉")
    if base and base != name:
        return f"{latex_name(base)}_{{{''.join(str('₀₁₂₃₄₅₆₇₈₉'.index(digit)) for digit in name[len(base) :])}}}"
    escaped = name.replace("_", r"\_")
    return escaped if len(name) == 1 else rf"\mathit{{{escaped}}}"
