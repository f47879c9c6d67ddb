"""Rows of layers that are alike but for numbers in their names, as one row: ``layer1.0…2.conv1``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import count, groupby

_COPY = re.compile(r"(|.*_)(0|[1-9][0-9]*)")
"""A copy in a path: a number, or a name that ends in one, ``encoder_layer_0``. ``layer1`` is a name by itself."""


def folded(rows: Iterable[tuple[str, ...]], name: int = 0) -> list[tuple[str, ...]]:
    """The rows, each once where several are the same but for a number in the path that they have at ``name``.

    It stands where the first of them stood, and its path has all of the numbers: ``h.0…11.attn``, ``layer3.1…3,5``.
    """
    found = list(rows)
    # From the inside out, so that copies of copies are folded, too.
    for depth in reversed(range(max((row[name].count(".") + 1 for row in found), default=0))):
        found = _folded_at(found, name, depth)
    return found


def _folded_at(rows: Sequence[tuple[str, ...]], name: int, depth: int) -> list[tuple[str, ...]]:
    alike: dict[tuple[str, ...], list[int]] = {}
    for row in rows:
        parts = row[name].split(".")
        number = _COPY.fullmatch(parts[depth]) if depth < len(parts) else None
        if number is None:
            alike[row] = []
            continue
        before, behind = (".".join(some) for some in (parts[:depth], parts[depth + 1 :]))
        alike.setdefault((*row[:name], before, number[1], behind, *row[name + 1 :]), []).append(int(number[2]))
    return [_row(key, numbers, name) if numbers else key for key, numbers in alike.items()]


def _row(key: tuple[str, ...], numbers: Iterable[int], name: int) -> tuple[str, ...]:
    before, base, behind = key[name : name + 3]
    path = ".".join(filter(None, (before, base + _in_runs(sorted({*numbers})), behind)))
    return *key[:name], path, *key[name + 3 :]


def _in_runs(numbers: Sequence[int]) -> str:
    """``0…2,5`` for 0, 1, 2 and 5."""
    steps = count()
    runs = [list(run) for _, run in groupby(numbers, lambda number: number - next(steps))]
    return ",".join(str(run[0]) if len(run) == 1 else f"{run[0]}…{run[-1]}" for run in runs)
