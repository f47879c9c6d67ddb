"""Fields that are sizes, or numbers of axes and of places along them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias, cast

from archcalc.layers.fields import Field, FieldError, either_side, said
from archcalc.sizes.rules import UNKNOWN, Dim, PerRow, is_symbolic

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


MAX_SIZE = 2**31 - 1
"""The largest size a spec may state; larger tensors exist nowhere."""

WORD = 8
"""How far a word is from a number."""

MAX_AXES = 64
"""torch's own limit."""


Sizes: TypeAlias = int | tuple[int, ...]
"""One size for every axis, or one for each."""


class Size(Field, frozen=True):
    """A whole number."""

    at_least: int = 1
    drawn_to: int = 8
    optional: bool = False

    def read(self, value: object, axes: int) -> Dim | None:
        if value is None and self.optional:
            return None
        if is_symbolic(value) or value is UNKNOWN:
            return cast("Dim", value)
        if isinstance(value, PerRow):
            if value.low < self.at_least or value.high > MAX_SIZE:
                raise FieldError(f"takes {self.describe()} in every row")
            return value
        if isinstance(value, bool) or not isinstance(value, int):
            raise FieldError(f"takes {self.describe()}, not {said(value)}", wrong_type=not isinstance(value, Fraction))
        if value < self.at_least:
            raise FieldError(f"takes {self.describe()}, not {value}")
        if value > MAX_SIZE:
            raise FieldError(f"takes at most {MAX_SIZE:,}, not {value:,}")
        return value

    def describe(self) -> str:
        return f"a whole number from {self.at_least} up" + (", or null" if self.optional else "")

    def values(self, axes: int) -> SearchStrategy[object]:
        from hypothesis import strategies as st

        numbers = st.integers(self.at_least, self.drawn_to)
        return st.none() | numbers if self.optional else numbers

    def _at(self, value: object, axes: int, distance: int) -> Sequence[object]:
        return either_side(value, distance)

    @property
    def unreadable(self) -> Dim:
        return UNKNOWN


class Axis(Field, frozen=True):
    """The number of an axis, the batch being 0 and negative numbers counting from the end.

    It decides how many axes come out, so it is never a symbol, and no shape stands in for an error.
    """

    optional: bool = False

    def read(self, value: object, axes: int) -> int | None:
        if value is None and self.optional:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            raise FieldError(f"takes {self.describe()}, not {said(value)}", wrong_type=not isinstance(value, Fraction))
        if abs(value) >= MAX_AXES:
            raise FieldError(f"takes less than {MAX_AXES} either way, not {value:,}")
        return value

    def describe(self) -> str:
        return "an axis number" + (", or null" if self.optional else "")

    def values(self, axes: int) -> SearchStrategy[object]:
        from hypothesis import strategies as st

        numbers = st.integers(-6, 6)
        return st.none() | numbers if self.optional else numbers

    def _at(self, value: object, axes: int, distance: int) -> Sequence[object]:
        return either_side(value, distance)


class PerAxis(Field, frozen=True):
    """A whole number for every spatial axis, or a list of one for each.

    ``words`` are strings taken instead (``same``); ``keep`` lets an entry of the list be ``null``,
    "as it is".
    """

    at_least: int = 1
    drawn_to: int = 4
    words: tuple[str, ...] = ()
    keep: bool = False
    optional: bool = False

    def read(self, value: object, axes: int) -> object:
        if isinstance(value, str) and value in self.words:
            return value
        if value is None and self.optional:
            return None
        if isinstance(value, (list, tuple)):
            if len(value) != axes:
                raise FieldError(f"takes one number, or a list of {axes}, not of {len(value)}")
            return tuple(entry if entry is None and self.keep else self._entry(entry) for entry in value)
        return self._entry(value)

    def _entry(self, value: object) -> object:
        if value is UNKNOWN:
            return value
        if isinstance(value, str) or value is None or isinstance(value, (list, tuple)):
            raise FieldError(f"takes {self.describe()}, not {said(value)}", wrong_type=True)
        return Size(self.at_least).read(value, 1)

    def describe(self) -> str:
        number = f"{Size(self.at_least).describe()}, or a list of one for each axis"
        if self.keep:
            number += " (null keeps the input's)"
        words = [f"`{word}`" for word in self.words] + ["null"] * self.optional
        return ", or ".join([number, *words])

    def values(self, axes: int) -> SearchStrategy[object]:
        from hypothesis import strategies as st

        one = st.integers(self.at_least, self.drawn_to)
        entry = st.none() | one if self.keep else one
        others: list[SearchStrategy[object]] = [st.sampled_from(self.words)] if self.words else []
        if self.optional:
            others.append(st.none())
        return st.one_of(one, st.tuples(*[entry] * axes), *others)

    def _at(self, value: object, axes: int, distance: int) -> Sequence[object]:
        # A word is further than the numbers that do the same.
        words: list[object] = list(self.words) if distance == WORD else []
        if isinstance(value, tuple):
            shifted = [either_side(entry, distance) for entry in value]
            alone = [(*value[:i], n, *value[i + 1 :]) for i, entries in enumerate(shifted) for n in entries]
            return [pair for pair in zip(*shifted, strict=False) if len(pair) == axes] + alone + words
        if value is None or isinstance(value, str):
            # Nothing is stated: the smallest numbers come first.
            return [distance - 1 + self.at_least, *words]
        return either_side(value, distance) + words

    @property
    def unreadable(self) -> Dim:
        return UNKNOWN


class Listed(Field, frozen=True):
    """A list of any length: sizes, or numbers of axes. It decides how many axes come out, so its length is no symbol.

    ``alone`` lets one stand without a list; ``rest`` takes a single -1 for the size that follows from the others.
    """

    entry: Field = Size()
    alone: bool = False
    rest: bool = False
    optional: bool = False
    drawn: int = 3

    def read(self, value: object, axes: int) -> object:
        if value is None and self.optional:
            return None
        if not isinstance(value, (list, tuple)):
            if self.alone and value is not None:
                return self.entry.read(value, axes)
            raise FieldError(f"takes {self.describe()}, not {said(value)}", wrong_type=True)
        if not 1 <= len(value) <= MAX_AXES:
            raise FieldError(f"takes a list of 1 to {MAX_AXES}, not of {len(value)}")
        if self.rest and sum(entry == -1 for entry in value if type(entry) is int) > 1:
            raise FieldError("takes -1 once: what is left goes to one axis")
        return tuple(self._entry(entry, axes) for entry in value)

    def _entry(self, value: object, axes: int) -> object:
        if isinstance(value, (list, tuple)) or value is None:
            raise FieldError(f"takes {self.describe()}, not {said(value)} in it", wrong_type=True)
        return value if self.rest and type(value) is int and value == -1 else self.entry.read(value, axes)

    def describe(self) -> str:
        entry = self.entry.describe()
        one = f"{entry}, or a list of such" if self.alone else f"a list, each entry {entry}"
        return one + (", once -1 for what is left" if self.rest else "") + (", or null" if self.optional else "")

    def values(self, axes: int) -> SearchStrategy[object]:
        from hypothesis import strategies as st

        entry = self.entry.values(axes)
        lists: SearchStrategy[object] = st.lists(entry, min_size=1, max_size=self.drawn).map(tuple)
        if self.rest:
            lists |= st.lists(entry, max_size=self.drawn - 1).flatmap(
                lambda one: st.permutations([-1, *one]).map(tuple)
            )
        if self.alone:
            lists |= entry
        return st.none() | lists if self.optional else lists

    def _at(self, value: object, axes: int, distance: int) -> Sequence[object]:
        if not isinstance(value, tuple):
            return either_side(value, distance)
        return [(*value[:i], n, *value[i + 1 :]) for i, one in enumerate(value) for n in either_side(one, distance)]

    @property
    def unreadable(self) -> object:
        return self.entry.unreadable if self.alone else None


class AxisOrder(Field, frozen=True):
    """The numbers of all axes in another order, the batch, 0, first."""

    def read(self, value: object, axes: int) -> tuple[int, ...]:
        if not isinstance(value, (list, tuple)):
            raise FieldError(f"takes {self.describe()}, not {said(value)}", wrong_type=True)
        if len(value) > MAX_AXES or any(isinstance(entry, bool) or not isinstance(entry, int) for entry in value):
            raise FieldError(f"takes {self.describe()}")
        if len(value) < 2 or value[0] != 0 or sorted(value) != [*range(len(value))]:
            raise FieldError(f"takes {self.describe()}, not {list(value)}")
        return tuple(value)

    def describe(self) -> str:
        return "a list of the axes in their new order, beginning with 0, the batch"

    def values(self, axes: int) -> SearchStrategy[object]:
        from hypothesis import strategies as st

        orders = [st.permutations(range(1, rank)) for rank in range(2, 6)]
        return st.one_of(orders).map(lambda order: (0, *order))


class Place(Field, frozen=True):
    """A place along an axis: a whole number from 0, or below 0 from the axis's end."""

    optional: bool = False

    def read(self, value: object, axes: int) -> Dim | None:
        if value is None and self.optional:
            return None
        if is_symbolic(value) or value is UNKNOWN:
            return cast("Dim", value)
        if isinstance(value, PerRow):
            if value.low < 0 <= value.high or value.low < -MAX_SIZE or value.high > MAX_SIZE:
                raise FieldError(f"takes {self.describe()}, of one sign in every row")
            return value
        if isinstance(value, bool) or not isinstance(value, int):
            raise FieldError(f"takes {self.describe()}, not {said(value)}", wrong_type=not isinstance(value, Fraction))
        if abs(value) > MAX_SIZE:
            raise FieldError(f"takes at most {MAX_SIZE:,} either way, not {value:,}")
        return value

    def describe(self) -> str:
        return "a whole number, below 0 from the end" + (", or null" if self.optional else "")

    def values(self, axes: int) -> SearchStrategy[object]:
        from hypothesis import strategies as st

        numbers = st.integers(-6, 6)
        return st.none() | numbers if self.optional else numbers

    def _at(self, value: object, axes: int, distance: int) -> Sequence[object]:
        return either_side(value, distance)

    @property
    def unreadable(self) -> Dim:
        return UNKNOWN
