"""Counts of a network as equations without floors, for inputs whose sizes a number divides: as a paper prints them."""

from __future__ import annotations

from collections.abc import Iterator
from math import lcm

import sympy
from sympy import Expr, Symbol

from archcalc.analysis.law import BATCH, Law, Laws
from archcalc.reports.aligned import Heading, aligned
from archcalc.reports.laws import quantities, samples_text
from archcalc.reports.tables.latex import tex, tex_cell
from archcalc.reports.tables.model import Cell
from archcalc.reports.terminal_text import printable
from archcalc.sizes.notation import latex, text


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
    title = tex(_title(laws, of, divisor)).replace("\n", " ")
    return "\n".join([rf"% \usepackage{{amsmath}}  {title}", r"\begin{align*}", " \\\\\n".join(lines), r"\end{align*}"])


def _title(laws: Laws, of: Law | None, divisor: int) -> str:
    name = printable(laws.name) or "A network"
    whose = name if of is None or of is laws.total else f"{name}, {printable(of.name)}"
    axes = [size.name for size in laws.input if isinstance(size, Symbol)]
    where = f"where {divisor} divides {' and '.join(axes)}" if axes else ""
    return f"{whose}, for {samples_text(laws)} {where}".rstrip()


def _fractions(laws: Laws, of: Law | None, divisor: int) -> Iterator[tuple[str, Expr, int]]:
    """Each count that is not zero: what it is, and it as a polynomial of whole coefficients over a whole number."""
    law = laws.total if of is None else of
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
