"""Whether pieces of source have the values that they are to have, and what is guessed of values that differ."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from math import isclose
from typing import TypeAlias, cast

from archcalc.language.arithmetic import Bound, ExprError
from archcalc.language.expressions import evaluate
from archcalc.network.graph import Part
from archcalc.sizes.rules import UNKNOWN, Dim
from archcalc.targets.python import source as pycode
from archcalc.targets.python.choices import chosen
from archcalc.targets.torch.block_formulas import formulas

_TRUTH = re.compile(r"\b(True|False)\b")


def same(a: object, b: object) -> bool:
    """Whether two values are the same in code, where exact fractions are floats."""
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, bool) or isinstance(b, bool) or not isinstance(a, (int, float, Fraction)):
        return type(a) is type(b) and bool(a == b)
    if isinstance(b, (float, Fraction)) or isinstance(a, (float, Fraction)):
        return isinstance(b, (int, float, Fraction)) and isclose(float(a), float(b), rel_tol=1e-12)
    return bool(a == b)


def right(guess: str, known: Mapping[str, Bound], value: object) -> bool:
    """Whether a piece of generated source has this value where these names are known."""
    if isinstance(value, tuple):
        items = _items(guess)
        if items is not None:
            return len(items) == len(value) and all(map(right, items, [known] * len(items), value))
    if "True" in guess or "False" in guess:
        # Truths have no literals in expressions, and these are names in none.
        guess, known = _TRUTH.sub(r"\1_", guess), {**known, "True_": True, "False_": False}
    try:
        return same(evaluate(guess, known), value)
    except ExprError:
        return False


def _items(text: str) -> list[str] | None:
    """The pieces of a tuple's source; ``None`` of other source."""
    tree = ast.parse(text, mode="eval").body
    return [ast.unparse(item) for item in tree.elts] if isinstance(tree, ast.Tuple) else None


def even(first: object, second: object) -> Iterator[str]:
    """Formulas of what grows by the same from copy to copy."""
    if first is UNKNOWN or second is UNKNOWN:
        return
    step = cast("Dim", second) - cast("Dim", first)
    for start in formulas(first):
        for more in formulas(step):
            if more != "0":
                yield f"{start} + index * {more if more.isidentifier() or more.isdecimal() else f'({more})'}"


Simple: TypeAlias = Callable[[Sequence[Part], Sequence[object], Sequence[str]], str | None]
"""Source of values in some parts: a guess that is right in all of them, or the value that all have."""


def first_alone(parts: Sequence[Part], values: Sequence[object], names: Sequence[str], simple: Simple) -> str | None:
    """``stride if index == 0 else 1``, where the first copies have a value of their own and the others one."""
    halves = [[i for i, part in enumerate(parts) if (part.index == 0) is first] for first in (True, False)]
    if not all(halves):
        return None
    (some, of), (others, rest) = [([parts[i] for i in half], [values[i] for i in half]) for half in halves]
    first = next((name for name in names if simple(some, of, [name]) == name), None) or simple(some, of, [])
    second = simple(others, rest, [])
    return None if first is None or second is None else chosen(first, "index == 0", second)


def by_index(
    parts: Sequence[Part], values: Sequence[object], simple: Callable[[list[Part], list[object]], str | None]
) -> str | None:
    """Source of a value that changes from copy to copy: the first and the others, evenly, or as listed."""
    halves: list[str | None] = []
    for first in (True, False):
        some = [i for i, part in enumerate(parts) if (part.index == 0) is first]
        halves.append(simple([parts[i] for i in some], [values[i] for i in some]) if some else None)
    start, rest = halves
    if start is not None and rest is not None:
        return chosen(start, "index == 0", rest)
    by_index: dict[int, object] = {}
    for part, value in zip(parts, values, strict=True):
        assert part.index is not None
        if not same(by_index.setdefault(part.index, value), value):
            return None
    listed = [by_index[index] for index in sorted(by_index)]
    numbers = [value for value in listed if type(value) is int]
    if len(numbers) == len(listed):
        steps = {b - a for a, b in pairwise(numbers)}
        if len(steps) == 1:
            step = steps.pop()
            return f"{listed[0]} {'+' if step > 0 else '-'} index * {abs(step)}"
    return f"({', '.join(map(pycode.literal, listed))})[index]"


def argument_annotation(values: Iterable[object]) -> str:
    """The type of an argument, from what it is in all uses."""
    values = [*values]
    lists = [value for value in values if isinstance(value, tuple)]
    if len({*map(len, lists)}) > 1:
        return f"tuple[{argument_annotation(one for value in lists for one in value)}, ...]"
    kinds = dict.fromkeys(_type(value) for value in values)
    if set(kinds) == {"int", "float"}:
        return "float"
    return " | ".join(sorted(kinds))


def _type(value: object) -> str:
    if isinstance(value, tuple):
        return f"tuple[{', '.join(map(_type, value))}]"
    return "float" if isinstance(value, Fraction) else type(value).__name__


def always(seen: Sequence[Mapping[str, Bound]]) -> dict[str, Bound]:
    """The names that stand for the same wherever something is seen."""
    first, *others = seen
    return {name: value for name, value in first.items() if all(_has(one, name, value) for one in others)}


def _has(seen: Mapping[str, Bound], name: str, value: Bound) -> bool:
    return name in seen and same(seen[name], value)
