"""A set of sizes (``periodic.Where``) as plain JSON values, and as a person reads it.

A set is a beginning without pattern and a tail that repeats. In JSON the beginning is runs,
``[227, 258]``; the tail is one open run, ``[63, null]``, or a ``{"from": 32, "step": 32}`` for every
size that comes back at each step.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from archcalc.periodic import Where

SHOWN = 3
"""How many runs of a repetition are shown."""


def sizes_json(where: Where) -> list[Any]:
    """The set in order: ``[first, last]``, ``[first, None]`` for no end, ``{"from": first, "step": every}``."""
    where = where.simplest()
    start, step = where.start, where.period
    found: list[Any] = [list(run) for run in _runs(where, range(1, start))]
    tail = [n for n in range(start, start + step) if n in where]
    if step > 1:
        return [*found, *({"from": n, "step": step} for n in tail)]
    if tail:
        # A run that ends where the tail begins is the beginning of it.
        first = found.pop()[0] if found and found[-1][1] == start - 1 else start
        found.append([first, None])
    return found


def sizes_text(where: Where) -> str:
    """``227…258``, ``≥ 63``, ``multiples of 32``, ``63, 95, 127, … (every 32)``; ``none`` and ``any``."""
    where = where.simplest()
    if where.period > 1:
        return ", ".join([*_beginning(where), _repeating(where)])
    texts = ["any" if run == [1, None] else _run_text(*run) for run in sizes_json(where)]
    return ", ".join(texts) or "none"


def _runs(where: Where, sizes: Iterable[int]) -> Iterator[tuple[int, int]]:
    """The longest stretches of these consecutive sizes that are in the set."""
    first = last = 0
    for n in sizes:
        if n not in where:
            continue
        if last != n - 1 or not last:
            if last:
                yield first, last
            first = n
        last = n
    if last:
        yield first, last


def _whole_runs_from(where: Where) -> int:
    """From where on the tail's runs are whole: past the rest of one that the beginning cut short."""
    n, before = where.start, where.start - 1 + where.period
    while before in where and n in where:
        n += 1
    return n


def _beginning(where: Where) -> list[str]:
    return [_run_text(*run) for run in _runs(where, range(1, _whole_runs_from(where)))]


def _repeating(where: Where) -> str:
    start, step = _whole_runs_from(where), where.period
    in_one = sum(1 for _ in _runs(where, range(start, start + step)))
    runs = [run for run, _ in zip(_runs(where, range(start, start + (SHOWN + 1) * step)), range(SHOWN), strict=False)]
    first, last = runs[0]
    if in_one == 1 and first == last and first % step == 0:
        return f"multiples of {step}" + (f" from {first}" if first > step else "")
    return f"{', '.join(_run_text(*run) for run in runs)}, … (every {step})"


def _run_text(first: int, last: int | None) -> str:
    if last is None:
        return f"≥ {first}"
    return str(first) if first == last else f"{first}…{last}"
