"""Patterns that name axes, those that arrive and those that are given, as einops writes them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from archcalc.layers.fields import Field, FieldError, said

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

Groups: TypeAlias = tuple[tuple[str, ...], ...]
"""The names that make up each axis; more than one where brackets stand around them."""

MAX_NAMES = 16
"""How many names a pattern may have; einops' own examples have seven."""

_AXIS = re.compile(r"\(([^()]*)\)|([^\s()]+)")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


@lru_cache(256)
def parsed(pattern: str) -> tuple[Groups, Groups]:
    """The axes on either side of the arrow. Raises ValueError, which says what is wrong with the pattern."""
    sides = pattern.split("->")
    if len(sides) != 2:
        raise ValueError("takes one `->`, with the axes that arrive before it and those that are given behind it")
    before, after = map(_side, sides)
    names = [[name for group in side for name in group] for side in (before, after)]
    twice = next((name for side in names for name in side if side.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"takes each axis once on a side, not `{twice}` twice")
    alone = {*names[0]} ^ {*names[1]}
    if alone:
        raise ValueError(f"takes the same axes on both sides: `{min(alone)}` is on one")
    if len(names[0]) > MAX_NAMES:
        raise ValueError(f"takes at most {MAX_NAMES} axes, not {len(names[0])}")
    return before, after


def _side(text: str) -> Groups:
    found: list[tuple[str, ...]] = []
    if _AXIS.sub("", text).strip():
        raise ValueError("takes brackets in pairs, and none in others")
    for inside, alone in _AXIS.findall(text):
        names = tuple((alone or inside).split())
        wrong = next((name for name in names if not _NAME.fullmatch(name)), None)
        if wrong is not None:
            raise ValueError(f"takes names of letters, digits and `_`, not `{wrong}`")
        if not names:
            raise ValueError("takes no brackets around nothing")
        found.append(names)
    if not found:
        raise ValueError("takes axes on both sides")
    return tuple(found)


class AxisPattern(Field, frozen=True):
    """A pattern of axes, as ``parsed`` reads it."""

    def read(self, value: object, axes: int) -> str:
        if not isinstance(value, str):
            raise FieldError(f"takes {self.describe()}, not {said(value)}", wrong_type=True)
        try:
            parsed(value)
        except ValueError as error:
            raise FieldError(str(error)) from None
        return value

    def describe(self) -> str:
        return 'a pattern of axes, such as "(i a) j -> i (a j)"'

    @property
    def takes_expressions(self) -> bool:
        return False

    def values(self, axes: int) -> SearchStrategy[object]:
        from hypothesis import strategies as st

        names = st.lists(st.sampled_from("abcdhw"), min_size=1, max_size=5, unique=True)
        return names.flatmap(
            lambda given: st.tuples(_bracketed(given), st.permutations(given).flatmap(_bracketed))
        ).map(" -> ".join)


def _bracketed(names: list[str]) -> SearchStrategy[str]:
    """These names in this order, some neighbours in brackets."""
    from hypothesis import strategies as st

    def joined(cuts: list[bool]) -> str:
        groups = [[names[0]]]
        for name, cut in zip(names[1:], cuts, strict=True):
            if cut:
                groups.append([name])
            else:
                groups[-1].append(name)
        return " ".join(f"({' '.join(group)})" if len(group) > 1 else group[0] for group in groups)

    cuts = st.lists(st.booleans(), min_size=len(names) - 1, max_size=len(names) - 1)
    return cuts.map(joined)
