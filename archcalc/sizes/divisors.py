"""Relations that say that a number divides a size, put together: a map that is halved four times and doubled again.

Where 2 divides H, ⌊H/2⌋, ⌊H/4⌋ and ⌊H/8⌋, 16 divides H, and what else is asked of these floors may follow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from sympy import Add, Dummy, Eq, Expr, Symbol
from sympy.core.relational import Relational

from archcalc.sizes.floors import FloorDiv

Asked = tuple[Relational, tuple[str, ...]]
"""A relation, and the layers that ask for it."""


class _Divides(Struct, frozen=True):
    """That ``divisor`` divides ⌊size/below⌋."""

    size: Symbol
    below: int
    divisor: int


def put_together(asked: Sequence[Asked]) -> list[Asked]:
    """The relations with one for all that say of one size what divides it; without those that follow from that."""
    said = {relation: found for relation, _ in asked if (found := _divides(relation)) is not None}
    whole: dict[Symbol, int] = {}
    used: dict[Relational, Symbol] = {}
    for relation, found in sorted(said.items(), key=lambda one: one[1].below):
        if whole.get(found.size, 1) == found.below:
            whole[found.size] = found.below * found.divisor
            used[relation] = found.size
    known: dict[Expr, Expr] = {size: most * Dummy(integer=True, positive=True) for size, most in whole.items()}
    return list(_each(asked, used, whole, known))


def _each(
    asked: Sequence[Asked], used: Mapping[Relational, Symbol], whole: Mapping[Symbol, int], known: Mapping[Expr, Expr]
) -> Iterator[Asked]:
    told: set[Symbol] = set()
    for relation, layers in asked:
        size = used.get(relation)
        if size is None:
            if not isinstance(relation, Eq) or (relation.lhs - relation.rhs).xreplace(known).expand() != 0:
                yield relation, layers
        elif size not in told:
            told.add(size)
            by = dict.fromkeys(layer for one, several in asked if used.get(one) == size for layer in several)
            yield Eq(whole[size] * FloorDiv(size, whole[size]), size, evaluate=False), tuple(by)


def _divides(relation: Relational) -> _Divides | None:
    """What a relation d·⌊n/(d·p)⌋ = ⌊n/p⌋ says."""
    if not isinstance(relation, Eq):
        return None
    terms = [term.as_coeff_Mul() for term in Add.make_args((relation.lhs - relation.rhs).expand())]
    terms.sort(key=lambda term: abs(term[0]))
    if len(terms) != 2 or abs(terms[0][0]) != 1 or terms[0][0] * terms[1][0] >= 0:
        return None
    (_, one), (times, floor) = terms
    size, below = one.args if isinstance(one, FloorDiv) else (one, 1)
    divisor = int(abs(times))
    if not size.is_Symbol or not isinstance(floor, FloorDiv) or floor.args != (size, divisor * below):
        return None
    return _Divides(size, int(below), divisor)
