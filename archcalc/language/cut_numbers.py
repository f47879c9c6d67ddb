"""Numbers that their thousands' comma cuts apart: YAML reads ``[4,096]`` as 4 and 96.

What stands between two commas is a ``yaml_reader.Scalar``, or something else that is no part of a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Span

_FIRST = re.compile(r"[1-9][0-9]{0,2}")
_GROUP = re.compile(r"[0-9]{3}")
_COUNTED = {2: "two", 3: "three", 4: "four"}


def begins(part: Any) -> bool:
    """Whether a number may begin so: a whole number of one to three digits, no zero first."""
    return type(getattr(part, "value", None)) is int and bool(_FIRST.fullmatch(part.text))


def goes_on(before: Any, after: Any) -> bool:
    """Whether a part may be the next three digits of the number that ends before it, on the same line."""
    group = type(getattr(after, "value", None)) is int and bool(_GROUP.fullmatch(after.text))
    return group and before.span.end_line == after.span.line


def report_cut(items: Sequence[Any], log: Log) -> None:
    """A warning for each number that a comma probably cuts apart in a list."""
    for run in _runs(items):
        parts = [items[place] for place in run]
        *most, last = (str(part.value) for part in parts)
        count = _COUNTED.get(len(parts), str(len(parts)))
        log.warning(
            "A120",
            over(parts[0].span, parts[-1].span),
            f"in a list, `{','.join(part.text for part in parts)}` is {count} numbers: {', '.join(most)} and {last}",
            f"if it is one number, write {''.join(part.text for part in parts)}",
            f"to mean {count}, write `{', '.join((*most, last))}`",
        )


def joined(items: Sequence[Any]) -> list[str]:
    """A list's numbers as texts, each that a comma probably cuts apart as one."""
    ends = {run[0]: run for run in _runs(items)}
    parts = {place for run in ends.values() for place in run[1:]}
    texts = [(place, getattr(item, "text", "?")) for place, item in enumerate(items) if place not in parts]
    return ["".join(items[part].text for part in ends[place]) if place in ends else text for place, text in texts]


def over(first: Span, last: Span) -> Span:
    """From where one stretch begins to where another ends."""
    return Span(first.line, first.column, last.end_line, last.end_column, first.file)


def _runs(items: Sequence[Any]) -> Iterator[range]:
    """The places of a list that are probably one number.

    A zero before other digits shows it, since nobody writes a size so. Without one it is a comma without a space
    in a list where others have one, behind a single digit: ``[64, 1,152]``, and not ``[3, 224,224]``.
    """
    if not any(goes_on(*two) for two in pairwise(items)):
        return
    spaced = any(_gap(*two) > 1 for two in pairwise(items))
    at = 0
    while at < len(items):
        end = at + 1
        while end < len(items) and begins(items[at]) and goes_on(items[end - 1], items[end]):
            if _gap(items[end - 1], items[end]) > 1 and not _is_padded(items[end]):
                break
            end += 1
        lone = spaced and end == at + 2 and len(items[at].text) == 1 and _gap(items[at], items[at + 1]) == 1
        if lone or any(map(_is_padded, items[at + 1 : end])):
            yield range(at, end)
        at = end


def _is_padded(part: Any) -> bool:
    return bool(part.text.startswith("0"))


def _gap(before: Any, after: Any) -> int:
    """How many characters stand between two entries: 1 where it is a comma alone; 0 where they are on two lines."""
    return int(after.span.column - before.span.end_column) if before.span.end_line == after.span.line else 0
