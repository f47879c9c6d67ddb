"""The arithmetic a shape rule may use, the same over five kinds of size.

A size is an ``int`` (checking), a sympy expression (laws), a numpy array (sweeps), a function of
an input axis (which inputs are legal) or ``UNKNOWN`` (something above it is already at fault). A
rule that keeps to ``+ - *``, ``<=``, ``>=`` and the functions here runs on all five; so it never
branches on a size, never divides with ``/`` and never compares with ``==``.

sympy and numpy are imported only when a value of theirs arrives. Ints go first everywhere: they are what a
check computes with, and asking of each whether it is something else would take longer than the arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, TypeAlias

Dim: TypeAlias = Any
"""One size: ``int``, sympy ``Expr``, numpy integer array, or ``UNKNOWN``."""

Shape: TypeAlias = tuple[Dim, ...]
"""The sizes of one sample, the batch axis left out: ``(C, H, W)``."""

Truth: TypeAlias = Any
"""``bool``, a sympy relation, a numpy boolean array, or ``None`` where undecided."""


class Unknown:
    """A size nobody can know, because what it depends on is already at fault.

    Arithmetic with it stays unknown and comparison stays undecided, so that one fault is
    reported once and whatever follows it is not blamed.
    """

    __slots__ = ()

    def _absorb(self, _other: Dim) -> Unknown:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _absorb
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = _absorb

    def __neg__(self) -> Unknown:
        return self

    def _undecided(self, _other: Dim) -> None:
        return None

    __le__ = __lt__ = __ge__ = __gt__ = _undecided

    def __repr__(self) -> str:
        return "?"


UNKNOWN: Final = Unknown()


def is_symbolic(*values: Dim) -> bool:
    """Whether any value is a sympy expression, told without importing sympy."""
    for value in values:  # noqa: SIM110  # a generator costs more than what it asks
        if type(value) is not int and hasattr(value, "free_symbols"):
            return True
    return False


def is_array(*values: Dim) -> bool:
    """Whether any value is a numpy array or scalar, told without importing numpy."""
    for value in values:  # noqa: SIM110
        if type(value) is not int and hasattr(value, "dtype"):
            return True
    return False


def is_function(value: Dim) -> bool:
    """Whether the value is a function of an input axis (``archcalc.sizes.periodic``)."""
    return hasattr(value, "smaller")


def is_column(value: Dim) -> bool:
    """Whether the value is a column of sizes, one for each row of a sweep (``archcalc.sizes.columns``)."""
    return hasattr(value, "high")


def is_known(*values: Dim) -> bool:
    """Whether no value is ``UNKNOWN``."""
    for value in values:  # noqa: SIM110
        if value is UNKNOWN:
            return False
    return True


def floor_div(a: Dim, b: Dim) -> Dim:
    """⌊a / b⌋, exact on every kind of size; b must be positive."""
    if type(a) is int and type(b) is int:
        return a // b
    if a is UNKNOWN or b is UNKNOWN:
        return UNKNOWN
    if is_symbolic(a, b):
        from archcalc.sizes import symbolic as symbols

        return symbols.floor_div(a, b)
    return a // b


def ceil_div(a: Dim, b: Dim) -> Dim:
    """⌈a / b⌉, exact on every kind of size; b must be positive."""
    return floor_div(a + b - 1, b)


def modulo(a: Dim, b: Dim) -> Dim:
    """a − b⌊a / b⌋."""
    return a - b * floor_div(a, b)


def dmin(a: Dim, b: Dim) -> Dim:
    """The smaller of two sizes."""
    return _choose(a, b, "Min", "minimum")


def dmax(a: Dim, b: Dim) -> Dim:
    """The larger of two sizes."""
    return _choose(a, b, "Max", "maximum")


def _choose(a: Dim, b: Dim, in_sympy: str, in_numpy: str) -> Dim:
    if type(a) is int and type(b) is int:
        return min(a, b) if in_sympy == "Min" else max(a, b)
    if not is_known(a, b):
        return UNKNOWN
    if is_symbolic(a, b):
        from archcalc.sizes import symbolic as symbols

        return symbols.smaller(a, b) if in_sympy == "Min" else symbols.larger(a, b)
    if is_array(a, b):
        import numpy

        return getattr(numpy, in_numpy)(a, b)
    if is_function(b):
        a, b = b, a
    if is_function(a):
        return a.smaller(b) if in_sympy == "Min" else a.larger(b)
    return min(a, b) if in_sympy == "Min" else max(a, b)


def prod(sizes: Iterable[Dim]) -> Dim:
    """The product of the sizes; 1 for none."""
    total: Dim = 1
    symbolic: Dim = 1
    for size in sizes:
        if type(size) is not int and is_symbolic(size):
            symbolic = symbolic * size
        else:
            total = total * size
    # Numbers last: sympy multiplies a number into a sum, which then looks unlike the same sum elsewhere.
    return total if type(symbolic) is int else total * symbolic


def equal(a: Dim, b: Dim) -> Truth:
    """Whether two sizes are equal; ``None`` where either is unknown.

    On symbols this is the equation (``sympy.Eq``), where ``==`` would compare spelling.
    """
    if type(a) is int and type(b) is int:
        return a == b
    if not is_known(a, b):
        return None
    if a is b:
        return True
    if is_symbolic(a, b):
        from archcalc.sizes import symbolic as symbols

        return symbols.equal(a, b)
    if is_function(a):
        return a.equals(b)
    return b.equals(a) if is_function(b) else a == b


def either(*truths: Truth) -> Truth:
    """Whether any of them holds; ``None`` where one is undecided and none is known to hold."""
    found: Truth = False
    for truth in truths:
        if truth is True or found is False:
            found = truth
        elif truth is not False and found is not True:
            if truth is None or found is None:
                found = None
            elif is_symbolic(truth, found):
                from archcalc.sizes import symbolic as symbols

                found = symbols.either(found, truth)
            else:
                found = found | truth
    return found


def divides(d: Dim, n: Dim) -> Truth:
    """Whether d divides n without remainder."""
    return equal(modulo(n, d), 0)
