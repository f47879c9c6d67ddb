"""How long a formula is, and how long one may be: floors of floors, and choices in choices, double it."""

from __future__ import annotations

from functools import lru_cache

from sympy import Expr, Max, Min

LONGEST = 2_000
"""How many parts a formula may have. Floors of floors can double it with every layer, and nobody reads it then."""


MOST_CHOICES = 8
"""How many minima and maxima a formula may have. Of each that stands in another sympy asks for what all have in common,
which takes twice as long with every one: measured on two maps that are added to each other again and again."""


@lru_cache(maxsize=1 << 14)
def choices(e: Expr) -> int:
    """How many minima and maxima an expression has when it is written out."""
    return isinstance(e, (Min, Max)) + sum([choices(part) for part in e.args])


@lru_cache(maxsize=1 << 14)
def length(e: Expr) -> int:
    """How many parts an expression has when it is written out: what it shares is counted wherever it stands."""
    return 1 + sum([length(part) for part in e.args])
