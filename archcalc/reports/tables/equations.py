"""Counts of a network as equations without floors, for inputs whose sizes a number divides: as a paper prints them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import lcm

import sympy
from sympy import Expr, Symbol
from sympy.core.relational import Relational

from archcalc.analysis.batch_limits import named
from archcalc.analysis.law import BATCH, Law, Laws, together
from archcalc.reports.aligned import Heading, aligned
from archcalc.reports.laws import bounds_text, quantities, samples_text
from archcalc.reports.tables.latex import tex_cell, tex_prose
from archcalc.reports.tables.model import Cell
from archcalc.reports.terminal_text import printable
from archcalc.sizes.bounds import Bounds, least
from archcalc.sizes.notation import latex, text
from archcalc.sizes.symbolic import on_multiples


def as_text(laws: Laws, of: Law | None, divisor: int) -> str:
    """A line for each count, and for which sizes it holds."""
    rows = []
    for what, above, below in _fractions(laws, of, divisor):
        # A product goes over a number as it stands.
        shown = text(above) if below == 1 or above.is_Mul else f"({text(above)})"
        rows.append((what, shown if below == 1 else f"{shown}/{below:,}"))
    lines = aligned((Heading(), Heading()), rows, header=False, rule=False)
    return "\n".join([_title(laws, of, divisor), "", *(f"  {line}" for line in lines)])


def as_latex(laws: Laws, of: Law | None, divisor: int) -> str:
    """An ``align*`` with a line for each count, for amsmath; the network and its sizes are a comment above."""
    lines = []
    for what, above, below in _fractions(laws, of, divisor):
        formula = tex_cell(Cell("", None, latex(above))).strip("$")
        right = formula if below == 1 else rf"\frac{{{formula}}}{{{below}}}"
        lines.append(rf"  \text{{{what}}} &= {right}")
    title = tex_prose(_title(laws, of, divisor)).replace("\n", " ")
    return "\n".join([rf"% \usepackage{{amsmath}}  {title}", r"\begin{align*}", " \\\\\n".join(lines), r"\end{align*}"])


def _title(laws: Laws, of: Law | None, divisor: int) -> str:
    name = printable(laws.name) or "A network"
    whose = name if of is None or of is laws.total else f"{name}, {printable(of.name)}"
    sizes = _divided(laws, of)
    where = f"where {divisor} divides {together(sizes)}" if sizes else ""
    valid = ", ".join(_conditions(laws, sizes, divisor))
    return f"{whose}, for {samples_text(laws)} {where}".rstrip() + (f", valid for {valid}" if valid else "")


def _divided(laws: Laws, of: Law | None) -> tuple[Symbol, ...]:
    """The sizes that the number divides."""
    law = laws.total if of is None else of
    return tuple(dict.fromkeys(size for what in quantities(law) for size in laws.rounded(getattr(law, what))))


def _conditions(laws: Laws, sizes: Sequence[Symbol], divisor: int) -> Iterator[str]:
    """For which of these sizes the network is legal, but for what holds of all multiples."""
    within: Bounds = dict.fromkeys(sizes, (divisor, None))
    for size, (low, high) in laws.valid.bounds.items():
        if high is not None or low > within.get(size, (1, None))[0]:
            yield bounds_text(size.name, low, high)
    for demand in laws.valid.demands:
        relation = _on_multiples(demand.relation, sizes, divisor)
        if relation is None or not _holds(relation, within):
            yield f"{text(demand.relation if relation is None else relation)} at {named(demand.layers)}"


def _on_multiples(relation: Relational, sizes: Sequence[Symbol], divisor: int) -> Relational | None:
    """What a relation is on multiples, without fractions; ``None`` where floors stay."""
    whole: list[Expr] = []
    for factor in sympy.Mul.make_args(relation.lhs - relation.rhs):
        found = on_multiples(factor, sizes, divisor)
        if found is None:
            return None
        whole.append(sympy.expand(sympy.together(found).as_numer_denom()[0]))
    if len(whole) > 1:
        return relation.func(sympy.Mul(*whole, evaluate=False), 0, evaluate=False)
    constant, rest = whole[0].as_coeff_Add()
    return relation.func(rest, -constant, evaluate=False)


def _holds(relation: Relational, within: Bounds) -> bool:
    """Whether it holds of all multiples."""
    if isinstance(relation, sympy.Eq):
        return bool(relation.lhs == relation.rhs)
    lowest = least(relation.lhs, within) if relation.rhs.is_Integer else None
    return lowest is not None and isinstance(relation, sympy.Ge) and lowest >= int(relation.rhs)


def _fractions(laws: Laws, of: Law | None, divisor: int) -> Iterator[tuple[str, Expr, int]]:
    """Each count that is not zero: what it is, and it as a polynomial of whole coefficients over a whole number."""
    law = laws.total if of is None else of
    laws.refuse_rounded([getattr(law, quantity) for quantity in quantities(law)], divisor)
    for quantity, what in quantities(law).items():
        found = sympy.sympify(laws.on_multiples(getattr(law, quantity), divisor), strict=True)
        if found == 0:
            continue
        coefficients = [term.as_coeff_Mul()[0] for term in sympy.Add.make_args(found)]
        below = lcm(*(int(number.q) for number in coefficients))
        above = sympy.expand(found * below)
        samples = laws.variables[BATCH]
        if above.is_Add and all(samples in term.free_symbols for term in above.args):
            above = sympy.Mul(samples, sympy.expand(above / samples), evaluate=False)
        yield what, above, below
