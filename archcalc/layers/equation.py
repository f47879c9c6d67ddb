"""Equations that name the axes of two values and of their product, as einops writes those of torch.einsum."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

from archcalc.layers.axis_pattern import MAX_NAMES
from archcalc.layers.fields import Field, FieldError, said

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

Names: TypeAlias = tuple[str, ...]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_EXAMPLE = '"t d, s d -> t s"'


@lru_cache(256)
def equation_of(text: str) -> tuple[Names, Names, Names]:
    """The axes of both inputs and of the output. Raises ValueError, which says what is wrong with the equation."""
    sides = text.split("->")
    if len(sides) != 2:
        raise ValueError(f"takes one `->`, with the axes that are given behind it, such as {_EXAMPLE}")
    inputs = sides[0].split(",")
    if len(inputs) != 2:
        raise ValueError(f"takes the axes of two inputs before its `->`, a comma between them, not of {len(inputs)}")
    left, right, given = (tuple(side.split()) for side in (*inputs, sides[1]))
    for names in (left, right, given):
        wrong = next((name for name in names if not _NAME.fullmatch(name)), None)
        if wrong is not None:
            raise ValueError(f"takes names of letters, digits and `_`, not `{wrong}`; the batch is not named")
        if not names:
            raise ValueError(f"takes an axis or more of each input and of the output, such as {_EXAMPLE}")
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"takes each axis once in an input and in the output, not `{twice}` twice")
    new = next((name for name in given if name not in left + right), None)
    if new is not None:
        raise ValueError(_as_torch_writes_it(left, right, given) or f"gives `{new}`, which no input has")
    if len({*left, *right}) > MAX_NAMES:
        raise ValueError(f"takes at most {MAX_NAMES} axes")
    return left, right, given


def _as_torch_writes_it(*sides: Names) -> str | None:
    """What to write for an equation whose axes are single letters without spaces, the batch the first of them."""
    if any(len(names) != 1 for names in sides):
        return None
    left, right, given = (names[0] for names in sides)
    if not {*given} <= {*left, *right}:
        return None
    if left[0] == right[0] == given[0] and min(len(left), len(right), len(given)) > 1:
        left, right, given = left[1:], right[1:], given[1:]
    apart = f"{' '.join(left)}, {' '.join(right)} -> {' '.join(given)}"
    return f'names axes apart by spaces, and not the batch: write "{apart}"'


class Equation(Field, frozen=True):
    """An equation of two inputs, as ``equation_of`` reads it."""

    def read(self, value: object, axes: int) -> str:
        if not isinstance(value, str):
            raise FieldError(f"takes {self.describe()}, not {said(value)}", wrong_type=True)
        try:
            equation_of(value)
        except ValueError as error:
            raise FieldError(str(error)) from None
        return value

    def describe(self) -> str:
        return f"an equation of two inputs, such as {_EXAMPLE}"

    @property
    def takes_expressions(self) -> bool:
        return False

    def values(self, axes: int) -> SearchStrategy[object]:
        from hypothesis import strategies as st

        names = st.lists(st.sampled_from(["a", "b", "c", "n", "heads", "t1"]), min_size=1, max_size=3, unique=True)

        def given(inputs: tuple[list[str], list[str]]) -> SearchStrategy[str]:
            known = sorted({*chain(*inputs)})
            output = st.lists(st.sampled_from(known), min_size=1, max_size=4, unique=True)
            return output.map(lambda names: f"{' '.join(inputs[0])}, {' '.join(inputs[1])} -> {' '.join(names)}")

        return st.tuples(names, names).flatmap(given)
