"""Sizes as sympy expressions: the rules' arithmetic on them, and sizes on a walk, whose comparisons stay open.

sympy has no types: what is an ``Expr`` or a ``Relational`` here, mypy takes for anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import sympy
from sympy import Add, Expr, Integer, Max, Min, Symbol
from sympy.core.relational import Relational

from archcalc.sizes.floors import FloorDiv, is_atom
from archcalc.sizes.formula_length import LONGEST, MOST_CHOICES, choices, length
from archcalc.sizes.looked import FormulaTooLong
from archcalc.sizes.rules import LIBRARY_TYPES, Dim, Exact, Number, Truth, is_symbolic


def size(name: str) -> Symbol:
    """A free size: a positive integer symbol."""
    return Symbol(name, integer=True, positive=True)


class Open(Number):
    """A size on its walk: a sympy expression whose comparisons stay open.

    sympy would ask its assumptions at each ``<=`` and ``>=``, for milliseconds, and mostly in vain; here
    a comparison is a relation as it stands, to be looked at when the walk is over. ``expression`` is what
    it has come to.
    """

    __slots__ = ("expression",)
    _op_priority = 20.0  # sympy's own operators then leave the operation to ours

    def __init__(self, expression: Expr) -> None:
        self.expression = expression

    def _sympy_(self) -> Expr:
        return self.expression

    def __add__(self, other: Exact) -> Open:
        return Open(self.expression + closed(other))

    __radd__ = __add__

    def __mul__(self, other: Exact) -> Open:
        return Open(self.expression * closed(other))

    __rmul__ = __mul__

    def __sub__(self, other: Exact) -> Open:
        return Open(self.expression - closed(other))

    def __rsub__(self, other: Exact) -> Open:
        return Open(closed(other) - self.expression)

    def __neg__(self) -> Open:
        return Open(-self.expression)

    def __floordiv__(self, other: Exact) -> Dim:
        return floor_div(self, other)

    def __rfloordiv__(self, other: Exact) -> Dim:
        return floor_div(other, self)

    def smaller(self, other: Exact) -> Dim:
        return smaller(self, other)

    def larger(self, other: Exact) -> Dim:
        return larger(self, other)

    def equals(self, other: Exact) -> Truth:
        return equal(self, other)

    def __eq__(self, other: object) -> bool:
        return bool(self.expression == closed(other))

    def __hash__(self) -> int:
        return hash(self.expression)

    def __ge__(self, other: Exact) -> Relational:
        return sympy.Ge(self.expression, closed(other), evaluate=False)

    def __le__(self, other: Exact) -> Relational:
        return sympy.Le(self.expression, closed(other), evaluate=False)

    def __gt__(self, other: Exact) -> Relational:
        return sympy.Gt(self.expression, closed(other), evaluate=False)

    def __lt__(self, other: Exact) -> Relational:
        return sympy.Lt(self.expression, closed(other), evaluate=False)

    def __format__(self, spec: str) -> str:
        return str(self.expression)


LIBRARY_TYPES["sympy"] = (Open, sympy.Basic)


def closed(value: object) -> Expr:
    """What a walk came to, as a plain expression or number."""
    return value.expression if isinstance(value, Open) else value


def symbols_in(value: Dim) -> set[Symbol]:
    """The symbols in it; none in a number."""
    return set(closed(value).free_symbols) if is_symbolic(value) else set()


def _as_they_came(compute: Callable[[Expr, Expr], Expr]) -> Callable[[Exact, Exact], Dim]:
    """On expressions as written; open as soon as one of the two is.

    Raises TypeError for what is no number of either, and FormulaTooLong.
    """

    def on_either(a: Exact, b: Exact) -> Dim:
        value = compute(sympy.sympify(closed(a), strict=True), sympy.sympify(closed(b), strict=True))
        if length(value) > LONGEST:
            raise FormulaTooLong(f"{LONGEST:,} parts")
        return Open(value) if isinstance(a, Open) or isinstance(b, Open) else value

    return on_either


floor_div = _as_they_came(FloorDiv)
"""⌊a/b⌋, folded; b positive."""


def equal(a: Exact, b: Exact) -> Truth:
    """Whether two sizes are equal: a ``bool`` where their difference is a number, else the equation."""
    one, other = sympy.sympify(closed(a), strict=True), sympy.sympify(closed(b), strict=True)
    difference = one - other
    if difference.is_number:
        return bool(difference == 0)
    pair = (other, one) if one.is_number else (one, other)
    equation: Truth = sympy.Eq(*pair, evaluate=False)
    return equation


def is_negated(value: Dim) -> bool:
    """Whether every term of an expression is taken away, as in ``−crop``: of sizes it is then below 0."""
    return all(term.as_coeff_Mul()[0] < 0 for term in Add.make_args(closed(value)))


def either(one: Relational, other: Relational) -> Relational:
    """Whether one of two relations holds.

    Of two equations this is again one, that a product is 0; of two bounds, that the larger side is not negative.
    """
    for relation in (one, other):
        if relation == True:  # noqa: E712 - sympy's true
            return True
    if one == False or other == False:  # noqa: E712
        return other if one == False else one  # noqa: E712
    if isinstance(one, sympy.Eq) and isinstance(other, sympy.Eq):
        possible = [relation for relation in (one, other) if sympy.Eq(*relation.args) != False]  # noqa: E712
        factors = [relation.lhs - relation.rhs for relation in possible]
        return sympy.Eq(sympy.Mul(*factors), 0, evaluate=False) if factors else False
    bounds = [_not_negative(relation) for relation in (one, other)]
    if None not in bounds:
        return sympy.Ge(Max(*bounds), 0, evaluate=False)
    return sympy.Or(one, other)


def decided(relation: Relational) -> bool | None:
    """Whether a relation holds, and ``None`` where its symbols leave that open."""
    return bool(relation) if not relation.free_symbols and relation.is_Boolean else None


def _not_negative(relation: Relational) -> Expr | None:
    """What a relation between whole numbers says is at least 0, or ``None``."""
    if isinstance(relation, (sympy.Ge, sympy.Gt)):
        return relation.lhs - relation.rhs - int(isinstance(relation, sympy.Gt))
    if isinstance(relation, (sympy.Le, sympy.Lt)):
        return relation.rhs - relation.lhs - int(isinstance(relation, sympy.Lt))
    return None


def _choose(a: Expr, b: Expr, choice: type[Expr]) -> Expr:
    low, high = _range(a - b)
    if high is not None and high <= 0:
        return a if choice is Min else b
    if low is not None and low >= 0:
        return b if choice is Min else a
    if choices(a) + choices(b) >= MOST_CHOICES:
        raise FormulaTooLong(f"{MOST_CHOICES} minima and maxima")
    found = choice(a, b)
    # sympy turns Max(Min(n, 2), Min(n, 3)) into Min(n, Max(2, 3)), and leaves the Max(2, 3) at that.
    return found.doit() if any(isinstance(part, (Min, Max)) for part in found.args) else found


smaller = _as_they_came(lambda a, b: _choose(a, b, Min))
"""min(a, b), one of the two where that is the same for every size."""

larger = _as_they_came(lambda a, b: _choose(a, b, Max))
"""max(a, b), one of the two where that is the same for every size."""


def _range(difference: Expr) -> tuple[int | None, int | None]:
    """Bounds of a difference of two sizes: known where it is a number, or two floors that stay together.

    ⌊(x + k)/q⌋ − ⌊x/q⌋ is ⌊k/q⌋ or ⌈k/q⌉.
    """
    constant, rest = difference.as_coeff_Add()
    if not constant.is_Integer:
        return None, None
    floors = dict(reversed(term.as_coeff_Mul()) for term in Add.make_args(rest))
    if rest == 0:
        return int(constant), int(constant)
    up = [factor for factor, coefficient in floors.items() if coefficient == 1]
    down = [factor for factor, coefficient in floors.items() if coefficient == -1]
    if len(floors) != 2 or len(up) != 1 or len(down) != 1:
        return None, None
    if not isinstance(up[0], FloorDiv) or not isinstance(down[0], FloorDiv) or up[0].args[1] != down[0].args[1]:
        return None, None
    apart, q = up[0].args[0] - down[0].args[0], up[0].args[1]
    if not apart.is_Integer or not q.is_Integer:
        return None, None
    return int(constant) + int(apart) // int(q), int(constant) - (-int(apart) // int(q))


def collected(terms: Iterable[Expr]) -> Expr:
    """The sum of many terms, short: what speaks of the same floors is multiplied out where that shortens it.

    A chain without strides adds up to one polynomial, however deep it is; maps of different strides
    stay a product each.
    """
    groups: dict[frozenset[Expr], list[Expr]] = {}
    for term in Add.make_args(Add(*terms)):
        groups.setdefault(frozenset(_atoms(term)), []).append(term)
    return Add(*map(_shortest, groups.values()))


def _shortest(group: list[Expr]) -> Expr:
    if len(group) == 1:
        return group[0]
    expanded = Add(*map(sympy.expand, group))
    return expanded if len(Add.make_args(expanded)) < len(group) else Add(*group)


def _atoms(e: Expr) -> Iterable[Expr]:
    """The symbols and floors that an expression is a polynomial in."""
    if not e.args or is_atom(e):
        return (e,) if is_atom(e) else ()
    return [atom for part in e.args for atom in _atoms(part)]


def at(expression: Expr, sizes: dict[Symbol, int]) -> Expr:
    """The value at these sizes, by symbol: exact integers, a ``bool`` for a relation. What is left free stays."""
    if not isinstance(expression, sympy.Basic):
        return expression
    if expression.is_Relational:
        left, right = at(expression.lhs, sizes), at(expression.rhs, sizes)
        relation = expression.func(left, right)
        return bool(relation) if relation in (sympy.true, sympy.false) else relation
    value = expression.xreplace({symbol: Integer(n) for symbol, n in sizes.items()})
    return int(value) if value.is_Integer else value


def on_multiples(expression: Expr, axes: Sequence[Symbol], divisor: int) -> Expr | None:
    """The value where a number divides these sizes, as a polynomial; ``None`` where it still rounds or chooses."""
    if not is_symbolic(expression):
        return Integer(expression)
    parts = {axis: sympy.Dummy(axis.name, integer=True, positive=True) for axis in axes}
    within = closed(expression).xreplace({axis: divisor * part for axis, part in parts.items()})
    found = sympy.expand(within).xreplace({part: axis / Integer(divisor) for axis, part in parts.items()})
    found = sympy.expand(found)
    return found if found.is_polynomial(*found.free_symbols) else None


def rounded_in(expression: Expr) -> set[Symbol]:
    """The symbols that stand below a floor."""
    floors = closed(expression).atoms(FloorDiv) if is_symbolic(expression) else ()
    return {symbol for floor in floors for symbol in floor.free_symbols}


def divisors(expression: Expr) -> list[int]:
    """The numbers that its floors divide by."""
    floors = closed(expression).atoms(FloorDiv) if is_symbolic(expression) else ()
    return [int(floor.args[1]) for floor in floors if floor.args[1].is_Integer]
