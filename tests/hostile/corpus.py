"""All cases, in an order that mixes the families, and running some of them."""

from __future__ import annotations

import multiprocessing
import os
import resource
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import msgspec

from tests.hostile import arguments, expressions, forks, numbers, paths, spoilt, structure, verdict, words
from tests.hostile.case import Case

FAMILIES = (structure, numbers, expressions, words, spoilt, paths, arguments)

EVERY = 40
"""One case of so many runs the real command line as well."""


class Judged(msgspec.Struct):
    """What became of the case of a number."""

    number: int
    family: str
    slot: str
    status: int
    seconds: float
    kib: int
    really: bool
    wrong: list[str]
    says: str = ""


@cache
def corpus() -> tuple[Case, ...]:
    """Every case, the same ones in the same order every time."""
    return tuple(case for family in FAMILIES for case in family.cases())


def some(many: int) -> list[int]:
    """The numbers of cases that are spread over the whole."""
    whole = len(corpus())
    step = next(step for step in range(max(1, whole // many), whole + 1) if whole % step)
    return list(range(0, whole, step))


def judged(numbered: tuple[int, Case]) -> list[Judged]:
    """Run the case of a number, in a fork, and some also on the real command line."""
    number, case = numbered
    found = []
    for really in (False, True) if number % EVERY == 0 else (False,):
        ran = forks.run(case, _folder(), really=really)
        base = 0 if really else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        wrong = list(verdict.problems(case, ran, _folder(), base))
        seconds = round(ran.seconds, 3)
        row = Judged(number, case.family, case.slot, ran.status, seconds, max(0, ran.kib - base), really, wrong)
        if wrong or seconds > 1:
            row.says = str(case)
        found.append(row)
    return found


@cache
def _folder() -> Path:
    return Path(mkdtemp(prefix="hostile-"))


def each(chosen: Sequence[int], processes: int) -> Iterator[list[Judged]]:
    """What becomes of cases, in order."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with multiprocessing.get_context("spawn").Pool(processes, forks.prepare) as pool:
        yield from pool.imap(judged, ((number, corpus()[number]) for number in chosen), 4)
