"""What a network asks of the number of samples N, for every size of its input at once.

A map of one pixel is where batch normalisation takes two samples, and which sizes come to one pixel is solved for:
``N ≥ 2 where H ≤ 32 and W ≤ 32``. Where it cannot be, the condition stands as it is, ``N·⌊…⌋ ≥ 2``.
"""

from __future__ import annotations

from collections.abc import Iterable

import sympy
from msgspec import Struct
from sympy import Symbol
from sympy.core.relational import Relational

from archcalc.analysis.walk import BatchCondition
from archcalc.sizes.bounds import Bounds, at_most, both, least
from archcalc.sizes.rules import Dim
from archcalc.sizes.symbolic import closed


class BatchLaw(Struct, frozen=True):
    """A condition on N: ``each`` · N is ``least`` or more, at these layers.

    ``where`` are the sizes at which one sample does not meet it, as bounds: empty for all sizes, ``None`` where no
    bounds say it. ``only_in_training`` says that evaluation takes any batch.
    """

    each: Dim
    least: int
    only_in_training: bool
    where: Bounds | None
    layers: tuple[str, ...]

    def relation(self, batch: Symbol) -> Relational:
        """The condition as a relation."""
        return sympy.Ge(batch * self.each, self.least, evaluate=False)


def batch_laws(found: Iterable[BatchCondition], valid: Bounds) -> tuple[BatchLaw, ...]:
    """The conditions on N that others do not imply, at the sizes within ``valid``."""
    laws: list[BatchLaw] = []
    for one in found:
        need = one.need
        each = sympy.sympify(closed(need.each), strict=True)
        where = _narrowed(at_most(each, need.least - 1), valid)
        if _is_somewhere(where) and (least(each, valid) or 0) < need.least:
            _add(laws, BatchLaw(each, need.least, one.only_in_training, where, (one.step.path,)))
    return tuple(laws)


def _narrowed(where: Bounds | None, valid: Bounds) -> Bounds | None:
    """The bounds that say more than what is valid anyway."""
    if where is None:
        return None
    within = both(where, {symbol: bounds for symbol, bounds in valid.items() if symbol in where})
    return {symbol: bounds for symbol, bounds in within.items() if bounds != valid.get(symbol, (1, None))}


def _is_somewhere(where: Bounds | None) -> bool:
    return where is None or all(high is None or low <= high for low, high in where.values())


def _add(laws: list[BatchLaw], new: BatchLaw) -> None:
    """Add a condition to others, so that none implies another."""
    for place, law in enumerate(laws):
        if _key(law) == _key(new):
            laws[place] = BatchLaw(law.each, law.least, law.only_in_training, law.where, law.layers + new.layers)
            return
    if not any(_implies(law, new) for law in laws):
        laws[:] = [law for law in laws if not _implies(new, law)]
        laws.append(new)


def _key(law: BatchLaw) -> tuple[object, ...]:
    """What is equal where two conditions say the same."""
    what = law.each if law.where is None else tuple(sorted(law.where.items(), key=str))
    return law.least, law.only_in_training, law.where is None, what


def _implies(one: BatchLaw, other: BatchLaw) -> bool:
    """Whether N is large enough for the other wherever it is for this one, by their bounds."""
    if one.where is None or other.where is None or one.least < other.least:
        return False
    if one.only_in_training and not other.only_in_training:
        return False
    return all(symbol in other.where and _within(other.where[symbol], bounds) for symbol, bounds in one.where.items())


def _within(inner: tuple[int, int | None], outer: tuple[int, int | None]) -> bool:
    ends = outer[1] is None or (inner[1] is not None and inner[1] <= outer[1])
    return ends and inner[0] >= outer[0]
