"""The arithmetic a shape rule may use, the same over five kinds of number.

A size is an ``int`` (checking), a sympy expression (laws; ``symbolic``), a column, one size for each row of a sweep
(``columns``), a function of an input axis (which inputs are legal, and where a size comes from; ``periodic``,
``traced``) or ``UNKNOWN`` (something above it is already at fault). A rule that keeps to ``+ - *``, ``<=``, ``>=`` and
the functions here runs on all five; so it never branches on a size, never divides with ``/`` and never compares
with ``==``.

sympy and numpy are imported only when a value of theirs arrives. Ints go first everywhere: they are what a
check computes with, and asking of each whether it is something else would take longer than the arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import or_
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

if TYPE_CHECKING:
    from fractions import Fraction

    import numpy as np
    import numpy.typing as npt


class Number:
    """A size that is no ``int``: the base of the other kinds, with all that a rule may ask of one.

    ``other`` is an int or of the same kind; a kind that a spec's expressions compute with takes fractions, too. sympy's
    own expressions are no ``Number``: sympy is imported late and has no types, so that mypy takes them for anything.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        def __add__(self, other: Exact) -> Dim: ...
        def __radd__(self, other: Exact) -> Dim: ...
        def __sub__(self, other: Exact) -> Dim: ...
        def __rsub__(self, other: Exact) -> Dim: ...
        def __mul__(self, other: Exact) -> Dim: ...
        def __rmul__(self, other: Exact) -> Dim: ...
        def __floordiv__(self, other: Exact) -> Dim: ...
        def __rfloordiv__(self, other: Exact) -> Dim: ...
        def __neg__(self) -> Dim: ...
        def __le__(self, other: Exact) -> Truth: ...
        def __lt__(self, other: Exact) -> Truth: ...
        def __ge__(self, other: Exact) -> Truth: ...
        def __gt__(self, other: Exact) -> Truth: ...
        def smaller(self, other: Exact) -> Dim: ...
        def larger(self, other: Exact) -> Dim: ...
        def equals(self, other: Exact) -> Truth: ...  # where ``==`` may compare how they are written


class PerRow(Number):
    """A size for each row, from ``low`` to ``high``: what ``columns.Column`` is, told without importing numpy."""

    __slots__ = ()
    low: int
    high: int


class SizeCondition:
    """For which sizes of the input something holds: the base of the truths that are no ``bool`` and no library's."""

    __slots__ = ()


class Unknown(Number):
    """A size nobody can know, because what it depends on is already at fault.

    Arithmetic with it stays unknown and comparison stays undecided, so that one error is
    reported once and whatever follows it is not blamed.
    """

    __slots__ = ()

    def _absorb(self, other: Exact) -> Unknown:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _absorb
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = smaller = larger = _absorb

    def __neg__(self) -> Unknown:
        return self

    def _undecided(self, other: Exact) -> None:
        return None

    __le__ = __lt__ = __ge__ = __gt__ = equals = _undecided

    def __repr__(self) -> str:
        return "?"


UNKNOWN: Final = Unknown()

Dim: TypeAlias = int | Number
"""One size."""

Shape: TypeAlias = tuple[Dim, ...]
"""The sizes of one sample, the batch axis left out: ``(C, H, W)``."""

if TYPE_CHECKING:
    Exact: TypeAlias = int | Fraction | Number
    """What an expression of a spec computes with: sizes, and what becomes one in the end."""

    Truth: TypeAlias = bool | SizeCondition | npt.NDArray[np.bool_] | None
    """``bool``, a set of sizes, a truth for each row, a sympy relation, or ``None`` where undecided."""
else:
    Exact = Truth = object

_N = TypeVar("_N", Dim, "Exact")

LIBRARY_TYPES: dict[str, tuple[type, ...]] = {"sympy": (), "numpy": ()}
"""The types of values that are a library's own; ``symbolic`` and ``columns``, which import it, say which these are."""


def is_symbolic(*values: object) -> bool:
    """Whether any value is a sympy expression or relation, told without importing sympy."""
    for value in values:  # noqa: SIM110  # a generator costs more than what it asks
        if type(value) is not int and isinstance(value, LIBRARY_TYPES["sympy"]):
            return True
    return False


def is_array(value: object) -> bool:
    """Whether the value is a numpy array or scalar, told without importing numpy."""
    return isinstance(value, LIBRARY_TYPES["numpy"])


def is_known(*values: object) -> bool:
    """Whether no value is ``UNKNOWN``."""
    for value in values:  # noqa: SIM110
        if value is UNKNOWN:
            return False
    return True


def known_size(size: Dim) -> int:
    """The size, for what is done with numbers alone. Raises TypeError where it is another kind of number."""
    if isinstance(size, int):
        return size
    raise TypeError(f"a size that is not a number: {size}")


def known_sizes(shape: Shape) -> tuple[int, ...]:
    """The sizes as numbers; raises likewise."""
    return tuple([known_size(size) for size in shape])


def floor_div(a: _N, b: _N) -> _N:
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


def modulo(a: _N, b: _N) -> _N:
    """a − b⌊a / b⌋."""
    return a - b * floor_div(a, b)


def dmin(a: _N, b: _N) -> _N:
    """The smaller of two sizes."""
    if type(a) is int and type(b) is int:
        return min(a, b)
    if a is UNKNOWN or b is UNKNOWN:
        return UNKNOWN
    if is_symbolic(a, b):
        from archcalc.sizes import symbolic as symbols

        return symbols.smaller(a, b)
    if isinstance(a, Number):
        return a.smaller(b)
    return b.smaller(a) if isinstance(b, Number) else min(a, b)


def dmax(a: _N, b: _N) -> _N:
    """The larger of two sizes."""
    if type(a) is int and type(b) is int:
        return max(a, b)
    if a is UNKNOWN or b is UNKNOWN:
        return UNKNOWN
    if is_symbolic(a, b):
        from archcalc.sizes import symbolic as symbols

        return symbols.larger(a, b)
    if isinstance(a, Number):
        return a.larger(b)
    return b.larger(a) if isinstance(b, Number) else max(a, b)


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


def equal(a: Exact, b: Exact) -> Truth:
    """Whether two sizes are equal; ``None`` where either is unknown.

    On symbols this is the equation (``sympy.Eq``), where ``==`` would compare spelling.
    """
    if type(a) is int and type(b) is int:
        return a == b
    if a is UNKNOWN or b is UNKNOWN:
        return None
    if a is b:
        return True
    if is_symbolic(a, b):
        from archcalc.sizes import symbolic as symbols

        return symbols.equal(a, b)
    if isinstance(a, Number):
        return a.equals(b)
    return b.equals(a) if isinstance(b, Number) else a == b


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
                # Both are of one kind, which no type says.
                found = or_(found, truth)
    return found


def divides(d: Dim, n: Dim) -> Truth:
    """Whether d divides n without remainder; 0 divides itself alone."""
    if type(d) is int and type(n) is int:
        return n % d == 0 if d else n == 0
    return equal(modulo(n, d), 0)
