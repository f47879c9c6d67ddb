"""Axes by their number: what they are called, and how one is counted. The only table of their names."""

from __future__ import annotations

from typing import TypeVar

from archcalc.sizes.rules import Shape

_T = TypeVar("_T")

LETTERS = {
    1: ("features",),
    2: ("C", "L"),
    3: ("C", "H", "W"),
    4: ("C", "D", "H", "W"),
}
"""What the axes of a sample are called in formulas, by how many there are."""

WORDS = {
    1: ("features",),
    2: ("channels", "length"),
    3: ("channels", "height", "width"),
    4: ("channels", "depth", "height", "width"),
}
"""What they are called in words, and in generated code."""


def letters(rank: int) -> tuple[str, ...]:
    """What so many axes are called in formulas, however many: ``C, H, W``, or ``axis 1, …, axis 5``."""
    return LETTERS.get(rank) or tuple(f"axis {axis}" for axis in range(1, rank + 1))


def axis_names(rank: int) -> str:
    """``(C, H, W)`` for three axes, and so on."""
    return f"({', '.join(LETTERS[rank])})" if rank in LETTERS else f"{rank} axes"


def shape_text(shape: Shape) -> str:
    """``96 × 55 × 55``; an unknown size is ``?``."""
    return " × ".join(str(size) for size in shape) if shape else "a single number"


def axis_at(dim: int, x: Shape) -> int:
    """The axis of this number, counted from the batch as 0; outside 0…len(x) there is none."""
    return dim + len(x) + 1 if dim < 0 else dim


def per_axis(value: _T | tuple[_T, ...], axes: int) -> tuple[_T, ...]:
    """One value for every axis, or one for each, as one for each."""
    return value if isinstance(value, tuple) else (value,) * axes
