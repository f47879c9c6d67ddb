"""Sizes that a need has found to divide, put back together: behind it 7·⌊n/7⌋ is n.

A map of h rows that is cut into windows of 7, and put together again, has h rows, and no more floors than before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archcalc.layers.need import Need
from archcalc.sizes.rules import Shape

if TYPE_CHECKING:
    from sympy import Expr

Even = dict["Expr", "Expr"]
"""Products d·⌊n/d⌋ and the n that each is."""


def noted(needs: Sequence[Need], even: Even) -> None:
    """Note what needs that symbols leave open say of divisions: that n − d·⌊n/d⌋ is 0."""
    from sympy import Add, Eq

    from archcalc.sizes.floors import FloorDiv

    for need in needs:
        relation = need.holds
        if not isinstance(relation, Eq) or relation.rhs != 0:
            continue
        parts = Add.make_args(relation.lhs)
        floors = [part for part in parts if part.as_coeff_Mul()[0].is_negative]
        if len(floors) == 1 and len(parts) > 1 and floors[0].has(FloorDiv):
            even[-floors[0]] = relation.lhs - floors[0]


def put_together(shape: Shape | None, even: Even) -> Shape | None:
    """A shape with such products as what they are."""
    from archcalc.sizes.symbolic import Open, closed

    if shape is None:
        return None
    found = [even.get(closed(size)) if isinstance(size, Open) else None for size in shape]
    return tuple(size if whole is None else Open(whole) for size, whole in zip(shape, found, strict=True))
