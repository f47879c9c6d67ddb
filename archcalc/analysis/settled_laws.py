"""What a layer's need holds a product of sizes to, put into the formulas of that layer and of those after it.

A table of 197 positions holds ⌊H/16⌋·⌊W/16⌋ + 1 to 197: the length of the sequence is a number from there on.
"""

from __future__ import annotations

from collections.abc import Iterator

import sympy
from msgspec import Struct
from msgspec.structs import replace
from sympy import Eq, Expr, Integer, Mul, Pow

from archcalc.analysis.walk import Facts, LayerFacts
from archcalc.sizes import symbolic
from archcalc.sizes.bounds import Demand, Validity
from archcalc.sizes.rules import Dim, is_symbolic


class _Settled(Struct, frozen=True):
    """A product of sizes, and the numbers one of which it is."""

    product: Expr
    values: tuple[int, ...]


def settled(facts: Facts, valid: Validity) -> Facts:
    """The facts with what is known of products of sizes put in."""
    at = {layer.name: place for place, layer in enumerate(facts.layers)}
    known = [(min(map(at.__getitem__, found.layers)), one) for found in valid.demands for one in _settles(found)]
    layers = list(facts.layers)
    for first, one in known:
        seen: dict[Expr, Dim] = {}
        layers[first:] = [_with(layer, one, seen) for layer in layers[first:]]
    return replace(facts, layers=tuple(layers)) if known else facts


def _settles(demand: Demand) -> Iterator[_Settled]:
    """The product that an equation holds to numbers, if it holds one to any."""
    relation = demand.relation
    if not isinstance(relation, Eq) or not demand.layers:
        return
    found: dict[Expr, list[int]] = {}
    for factor in Mul.make_args(relation.lhs - relation.rhs):
        apart, rest = factor.as_coeff_Add()
        times, product = rest.as_coeff_Mul()
        if not product.is_Mul or not apart.is_Integer or not times.is_Integer or apart % times:
            return
        found.setdefault(product, []).append(int(-apart // times))
    if len(found) == 1:
        ((product, values),) = found.items()
        yield _Settled(product, tuple(values))


def _with(layer: LayerFacts, known: _Settled, seen: dict[Expr, Dim]) -> LayerFacts:
    output = layer.output and tuple([_put_in(size, known, seen) for size in layer.output])
    return replace(layer, output=output, macs=_put_in(layer.macs, known, seen))


def _put_in(size: Dim, known: _Settled, seen: dict[Expr, Dim]) -> Dim:
    """The formula with the product's value in it, if it comes to the same for each that it can have."""
    if not is_symbolic(size):
        return size
    formula = symbolic.closed(size)
    if formula not in seen:
        first, *others = known.product.args
        each = {formula.xreplace({first: Integer(value) / Mul(*others)}) for value in known.values}
        found = each.pop()
        divided = any(isinstance(part, Pow) and part.exp.is_negative for part in sympy.preorder_traversal(found))
        seen[formula] = formula if each or divided else int(found) if found.is_Integer else found
    return seen[formula]
