"""A field that says of how many parts a layer is made."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from archcalc.layers.fields import Field, FieldError, either_side, said

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

MOST = 1000
"""The most parts that a layer may be made of; nobody stacks as many."""


class HowMany(Field, frozen=True):
    """A number of parts: never a symbol, since each part has tensors of its own."""

    def read(self, value: object, axes: int) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST:
            wrong_type = not isinstance(value, (int, Fraction)) or isinstance(value, bool)
            raise FieldError(f"takes {self.describe()}, not {said(value)}", wrong_type=wrong_type)
        return value

    def describe(self) -> str:
        return f"a whole number from 1 to {MOST:,}"

    def values(self, axes: int) -> SearchStrategy[object]:
        from hypothesis import strategies as st

        # What is between parts shows where there are several.
        return st.sampled_from((2, 3, 1))

    def _at(self, value: object, axes: int, distance: int) -> Sequence[object]:
        return either_side(value, distance)
