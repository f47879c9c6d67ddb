"""Relations between sizes, undecided by themselves, to the sizes they hold for.

``⌊(H + 29)/32⌋ − 2 ≥ 1`` says ``H ≥ 67``: a relation on one symbol is solved where it can be, and the
strictest bound is kept. What cannot be solved stays as it is; nothing is taken for true.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from sympy import Add, Eq, Expr, Ge, Gt, Le, Lt, Max, Min, Mul, Symbol
from sympy.core.relational import Relational

from archcalc.sizes.divisors import put_together
from archcalc.sizes.floors import FloorDiv

Bounds = dict[Symbol, tuple[int, int | None]]
"""For each symbol the least and the largest size, ``None`` for no largest."""


class Demand(Struct, frozen=True):
    """A relation that must hold, and the layers that ask for it."""

    relation: Relational
    layers: tuple[str, ...]


class Validity(Struct, frozen=True):
    """For which sizes formulas hold: all within ``bounds`` that meet every one of the ``demands``.

    ``bounds`` has the symbols that may not have every size from 1 up.
    """

    bounds: Bounds
    demands: tuple[Demand, ...]


def validity(relations: Iterable[tuple[str, Relational]]) -> Validity:
    """The sizes for which all relations hold, each given with the layer that asks for it."""
    bounds: Bounds = {}
    demands: dict[Relational, dict[str, None]] = {}
    seen: set[Relational] = set()
    for layer, relation in relations:
        if relation in demands:
            demands[relation][layer] = None
        elif relation not in seen:
            seen.add(relation)
            solved = solve(relation)
            if solved is None:
                demands[relation] = {layer: None}
            else:
                bounds = both(bounds, solved)
    limited = {symbol: found for symbol, found in bounds.items() if found != (1, None)}
    open_ = [(_simplest(relation, limited), tuple(layers)) for relation, layers in demands.items()]
    needed = [one for one in put_together(open_) if not _follows(one[0], limited)]
    return Validity(limited, tuple(Demand(relation, layers) for relation, layers in needed))


def _follows(relation: Relational, within: Bounds) -> bool:
    """Whether a relation holds wherever the bounds are kept."""
    if not isinstance(relation, (Ge, Gt)) or not relation.rhs.is_Integer:
        return False
    lowest = least(relation.lhs, within)
    return lowest is not None and lowest >= int(relation.rhs) + isinstance(relation, Gt)


def _simplest(relation: Relational, within: Bounds) -> Relational:
    """An equation that a product is 0 without the factors that are not, symbols being within bounds."""
    if not isinstance(relation, Eq) or relation.rhs != 0 or not relation.lhs.is_Mul:
        return relation
    factors = [factor for factor in relation.lhs.args if (least(factor, within) or 0) < 1]
    if len(factors) != 1:
        return Eq(Mul(*factors), 0, evaluate=False) if factors else relation
    apart, rest = factors[0].as_coeff_Add()
    return Eq(rest, -apart, evaluate=False)


def at_most(size: Expr, most: int) -> Bounds | None:
    """For which sizes this one is so large at most, and ``None`` where no bounds say it.

    It is a size, or a product of sizes, that are all 1 or more.
    """
    coefficient, rest = size.as_coeff_Mul()
    if coefficient.is_Integer and coefficient > 0 and most // int(coefficient) == 1 and rest.is_Mul:
        # A product is 1 where each of its factors is.
        return _all(_not_negative(1 - factor) for factor in rest.args)
    return _not_negative(most - size)


def both(one: Bounds, other: Bounds) -> Bounds:
    """The sizes within both."""
    merged = dict(one)
    for symbol, (low, high) in other.items():
        lowest, highest = merged.get(symbol, (1, None))
        highs = [bound for bound in (high, highest) if bound is not None]
        merged[symbol] = (max(low, lowest), min(highs, default=None))
    return merged


def solve(relation: Relational) -> Bounds | None:
    """The relation as bounds that say exactly the same, or ``None`` where no bounds do."""
    if relation == True:  # noqa: E712 - sympy's true
        return {}
    if isinstance(relation, Eq):
        apart = relation.lhs - relation.rhs
        low, high = _not_negative(apart), _not_negative(-apart)
        return None if low is None or high is None else both(low, high)
    if isinstance(relation, (Ge, Gt)):
        return _not_negative(relation.lhs - relation.rhs - int(isinstance(relation, Gt)))
    if isinstance(relation, (Le, Lt)):
        return _not_negative(relation.rhs - relation.lhs - int(isinstance(relation, Lt)))
    return None


def _not_negative(e: Expr) -> Bounds | None:
    """For which sizes e ≥ 0."""
    constant, rest = e.as_coeff_Add()
    never_below = least(e, {})
    if never_below is not None and never_below >= 0:
        return {}
    coefficient, factor = rest.as_coeff_Mul()
    if not constant.is_Integer or not coefficient.is_Integer or rest == 0 or rest.is_Add:
        return {} if rest.is_Add and _above_minus_one(_without_floors(e, low=True)) else None
    if coefficient > 0:
        return _from(factor, -(int(constant) // int(coefficient)))
    return _up_to(factor, int(constant) // -int(coefficient))


def _without_floors(e: Expr, *, low: bool) -> Expr:
    """A fraction that e is never below, or never above: a floor of whole numbers is less than 1 below its fraction.

    So 7·⌊(H + 24)/28⌋ − ⌊H/4⌋ is never below −3/4, that is, as a whole number, never negative.
    """
    if e.is_Add:
        return Add(*(_without_floors(term, low=low) for term in e.args))
    coefficient, factor = e.as_coeff_Mul()
    low = low == bool(coefficient > 0)
    if isinstance(factor, FloorDiv) and factor.args[1].is_Integer:
        divisor = factor.args[1]
        return coefficient * (_without_floors(factor.args[0], low=low) - (divisor - 1 if low else 0)) / divisor
    return e


def _above_minus_one(e: Expr) -> bool:
    """Whether e, a sum of products of symbols, is above −1 at all sizes from 1 up."""
    terms = [term.as_coeff_Mul() for term in Add.make_args(e.expand())]
    sizes = all(rest == 1 or (number > 0 and not rest.atoms(FloorDiv, Min, Max)) for number, rest in terms)
    return sizes and bool(sum(number for number, _ in terms) > -1)


def _from(factor: Expr, fewest: int) -> Bounds | None:
    """For which sizes factor ≥ fewest."""
    if factor.is_Symbol:
        return {factor: (max(fewest, 1), None)}
    if isinstance(factor, FloorDiv) and factor.args[1].is_Integer:
        return _not_negative(factor.args[0] - fewest * factor.args[1])
    if isinstance(factor, Min):
        return _all(_not_negative(part - fewest) for part in factor.args)
    return None


def _up_to(factor: Expr, most: int) -> Bounds | None:
    """For which sizes factor ≤ most."""
    if factor.is_Symbol:
        return {factor: (1, most)}
    if isinstance(factor, FloorDiv) and factor.args[1].is_Integer:
        return _not_negative((most + 1) * factor.args[1] - 1 - factor.args[0])
    if isinstance(factor, Max):
        return _all(_not_negative(most - part) for part in factor.args)
    return None


def _all(parts: Iterable[Bounds | None]) -> Bounds | None:
    merged: Bounds = {}
    for part in parts:
        if part is None:
            return None
        merged = both(merged, part)
    return merged


def least(e: Expr, within: Bounds) -> int | None:
    """A number that e is never below, symbols being within bounds, else 1 or more; ``None`` where this tells none."""
    if e.is_Integer:
        return int(e)
    if e.is_Symbol:
        return within.get(e, (1, None))[0]
    if isinstance(e, FloorDiv) and e.args[1].is_Integer:
        inner = least(e.args[0], within)
        return None if inner is None else inner // int(e.args[1])
    if not isinstance(e, (Add, Mul, Min, Max)):
        return None
    parts = [least(part, within) for part in e.args]
    known = [part for part in parts if part is not None]
    if isinstance(e, Max) and known:
        return max(known)
    if len(known) < len(parts):
        return None
    if isinstance(e, Mul):
        return _product(known)
    return sum(known) if isinstance(e, Add) else min(known)


def _product(parts: list[int]) -> int | None:
    if any(part < 0 for part in parts):
        return None
    product = 1
    for part in parts:
        product *= part
    return product
