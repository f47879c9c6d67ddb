"""A set of sizes (``periodic.SizeSet``) as a person reads it: a rule by which every size is decided.

A set is a beginning without pattern and a tail that repeats: ``5, then 1 less than multiples of 32, from
63 on``. Only a set of many stretches without an order is cut, which shows by a ``…`` at the end and by
how many there are.
"""

from __future__ import annotations

from itertools import pairwise

from archcalc.sizes.listed_sets import Run, rising, stretches
from archcalc.sizes.periodic import SizeSet

SHOWN = 12
"""How many stretches of sizes a text lists at most; of more it lists so many and says how many there are."""

PROGRESSION = 4
"""From how many sizes on those at equal distances are written as ``32, 64, …, 512``."""


def sizes_text(where: SizeSet, stated: int | None = None) -> str:
    """The set as a rule that decides every size: ``227…258``, ``≥ 63``, ``multiples of 32``; ``none`` and ``any``.

    Where it has too many stretches for that, the first of them, how often they come back, and that
    the size ``stated`` is one of them, if it is.
    """
    where = where.simplest()
    texts = _bounded(where) if where.period == 1 else _repeating(where)
    if texts is None:
        return _cut(where, stated)
    return ", ".join(texts) or "none"


def _bounded(where: SizeSet) -> list[str] | None:
    """A set whose sizes end, or of which none is left out from some size on."""
    runs = list(stretches(where, range(1, where.start + 1)))
    rest = []
    if where.start in where:
        first = runs.pop()[0]
        rest = ["any" if first == 1 else f"≥ {first}"]
    listed = _listed(runs)
    return None if listed is None else listed + rest


def _repeating(where: SizeSet) -> list[str] | None:
    """A set that goes on repeating: what comes before the rule, then the rule."""
    first = next(n for n in range(where.start, where.start + where.period) if n in where)
    before = _listed(list(stretches(where, range(1, where.start))))
    rule, begins = _rule(where)
    if before is None or rule is None:
        return None
    comma = "" if rule.startswith(("multiples", "even", "odd")) and " and " not in rule else ","
    rule = rule if begins == first and not before else f"{rule}{comma} from {first} on"
    return [", ".join([*before, "then " + rule])] if before else [rule]


def _rule(where: SizeSet) -> tuple[str | None, int]:
    """What repeats, in words, beside the size that they begin with where nothing else is said.

    0 where that is not plain: whether 5 is more than a multiple of 32 depends on whether 0 is one.
    """
    step = where.period
    residues = {n % step for n in range(where.start, where.start + step) if n in where}
    if step == 2:
        return ("odd sizes", 1) if 1 in residues else ("even sizes", 2)
    if residues == {0}:
        return f"multiples of {step}", step
    offsets = _offsets(residues - {0}, step)
    if offsets is None:
        return None, 0
    text = f"multiples of {step}, and {offsets}" if 0 in residues else f"{offsets} than multiples of {step}"
    return text, min(residues - {0}) if "more" not in offsets else 0


def _offsets(residues: set[int], step: int) -> str | None:
    """How far from multiples they are, ``2, 4 or 6 less or 1 more``: on the sides on which it is said shortest."""
    told = []
    for more in (set(), residues, {n for n in residues if 2 * n < step}):
        sides = [(sorted(step - n for n in residues - more), "less"), (sorted(more), "more")]
        texts = [(_listed(list(rising(numbers))), word) for numbers, word in sides if numbers]
        if all(listed is not None for listed, _ in texts):
            text = " or ".join(f"{_alternatives(listed or [])} {word}" for listed, word in texts)
            farthest = max(number for numbers, _ in sides for number in numbers)
            told.append((sum(len(listed or []) for listed, _ in texts), farthest, text))
    return min(told)[2] if told else None


def _alternatives(texts: list[str]) -> str:
    return " or ".join(filter(None, [", ".join(texts[:-1]), texts[-1]]))


def _listed(runs: list[Run]) -> list[str] | None:
    """Stretches of sizes in words, one text each; ``None`` where there are too many."""
    single = [first for first, last in runs if first == last]
    steps = {b - a for a, b in pairwise(single)}
    if len(single) == len(runs) >= PROGRESSION and len(steps) == 1:
        return [f"{single[0]}, {single[1]}, …, {single[-1]}"]
    return None if len(runs) > SHOWN else [text for run in runs for text in _run_texts(*run)]


def _run_texts(first: int, last: int) -> list[str]:
    return [f"{first}…{last}"] if last > first + 1 else [str(n) for n in range(first, last + 1)]


def _cut(where: SizeSet, stated: int | None) -> str:
    """The first stretches of a set of many, and what is to be known of the rest."""
    start, step = where.start, where.period
    many = [run for run, _ in zip(stretches(where, range(1, start + SHOWN * step)), range(SHOWN), strict=False)]
    texts = [text for run in many for text in _run_texts(*run)]
    inside = sum(n in where for n in range(start, start + step))
    count = f"{inside} of every {step} sizes" if inside else f"{sum(where.holds)} sizes"
    among = f"; {stated} is one of them" if stated is not None and stated in where else ""
    return f"{', '.join(texts)}, … ({count}{among})"
