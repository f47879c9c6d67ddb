"""A line of shown arithmetic, ``⌊216/4⌋ + 1 = 55``, computed anew."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor
from typing import Any

NUMBER = re.compile(r"(?<![\w.])\d+(?:,\d{3})*(?:\.\d+)?(?:e[-+]?\d+)?")


def computed(expression: str) -> Fraction:
    """The value of an expression as a line writes it; words beside the numbers are left out."""
    text = expression
    for sign, python in {"⌊": "floor(", "⌋": ")", "⌈": "ceil(", "⌉": ")", "×": "*", "·": "*", "−": "-"}.items():
        text = text.replace(sign, python)
    text = re.sub(r"\b(?!floor|ceil|min|e)[a-z]{2,}\b", "", text)
    text = NUMBER.sub(lambda match: f"N('{match[0].replace(',', '')}')", text)
    value = eval(text, {"__builtins__": {}}, {"N": Fraction, "floor": floor, "ceil": ceil, "min": min})
    return Fraction(value)


SIGNS: dict[str, Callable[[Any, Any], bool]] = {"≤": operator.le, ">": operator.gt, "≠": operator.ne}


def holds(text: str) -> bool:
    """Whether what stands between the signs of equality is equal all along, and a comparison is true."""
    for sign, compare in SIGNS.items():
        if sign in text:
            left, right = text.split(f" {sign} ")
            return holds(left) and holds(right) and compare(end_of(left), end_of(right))
    steps = [[computed(part) for part in step.split(" … ")] for step in text.split(" = ")]
    # Real numbers are printed with six digits.
    close = Fraction(1, 10**5) if re.search(r"[.e]\d|e-", text) else Fraction(0)
    return all(
        len(step) == len(steps[0]) and all(abs(a - b) <= close * abs(b) for a, b in zip(step, steps[0], strict=True))
        for step in steps
    )


def end_of(text: str) -> Fraction:
    return computed(text.split(" = ")[-1])
