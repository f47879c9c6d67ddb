"""Numbers that their thousands' comma cuts apart: YAML reads ``[4,096]`` as 4 and 96.

What stands between two commas is a scalar, or something else that is no part of a number.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeGuard

from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Span
from archcalc.language.nodes import Node, ScalarNode
from archcalc.language.scalars import scalar_value

_COUNTED = {2: "two", 3: "three", 4: "four"}


def begins(part: Node) -> TypeGuard[ScalarNode]:
    """Whether a number may begin so: a whole number of one to three digits, no zero first."""
    return _has_digits(part) and len(part.text) <= 3 and not _is_padded(part)


def goes_on(before: Node, after: Node) -> bool:
    """Whether a part may be the next three digits of the number that ends before it, on the same line."""
    return _is_group(after) and before.span.end_line == after.span.line


def report_cut(items: Sequence[Node], log: Log) -> None:
    """A warning for each number that a comma probably cuts apart in a list."""
    for parts in _runs(items).values():
        *most, last = (str(part.value) for part in parts)
        count = _COUNTED.get(len(parts), str(len(parts)))
        log.warning(
            "A120",
            over(parts[0].span, parts[-1].span),
            f"in a list, `{','.join(part.text for part in parts)}` is {count} numbers: {', '.join(most)} and {last}",
            f"if it is one number, write {in_one(parts).text}",
            f"if it is {count}, write `{', '.join((*most, last))}`",
        )


def joined(items: Sequence[Node]) -> list[str]:
    """A list's numbers as texts, each that a comma probably cuts apart as one."""
    runs, texts, at = _runs(items), list[str](), 0
    while at < len(items):
        item = items[at]
        parts = runs.get(at, ())
        texts.append(in_one(parts).text if parts else item.text if isinstance(item, ScalarNode) else "?")
        at += len(parts) or 1
    return texts


def in_one(parts: Sequence[ScalarNode]) -> ScalarNode:
    """The number that is in these parts."""
    digits = "".join(part.text for part in parts)
    return ScalarNode(scalar_value(digits), digits, over(parts[0].span, parts[-1].span))


def over(first: Span, last: Span) -> Span:
    """From where one stretch begins to where another ends."""
    return Span(first.line, first.column, last.end_line, last.end_column, first.file)


def _runs(items: Sequence[Node]) -> dict[int, list[ScalarNode]]:
    """What in a list is probably one number, by the place where it begins.

    A zero before other digits shows it, since nobody writes a size so. Without one it is a comma without a space
    in a list where others have one, behind a single digit: ``[64, 1,152]``, and not ``[3, 224,224]``.
    """
    found: dict[int, list[ScalarNode]] = {}
    if not any(goes_on(*two) for two in pairwise(items)):
        return found
    spaced = any(_gap(*two) > 1 for two in pairwise(items))
    at = 0
    while at < len(items):
        run = _run(items, at)
        lone = spaced and len(run) == 2 and len(run[0].text) == 1 and _gap(run[0], run[1]) == 1
        if lone or any(map(_is_padded, run[1:])):
            found[at] = run
        at += len(run) or 1
    return found


def _run(items: Sequence[Node], at: int) -> list[ScalarNode]:
    """The parts that a number may have which begins there; none where none begins."""
    first = items[at]
    run = [first] if begins(first) else []
    for part in items[at + 1 :] if run else ():
        if not _is_group(part) or not goes_on(run[-1], part) or (_gap(run[-1], part) > 1 and not _is_padded(part)):
            break
        run.append(part)
    return run


def _is_group(part: Node) -> TypeGuard[ScalarNode]:
    return _has_digits(part) and len(part.text) == 3


def _has_digits(part: Node) -> TypeGuard[ScalarNode]:
    """Whether a part is a whole number that is written with digits alone."""
    return isinstance(part, ScalarNode) and type(part.value) is int and part.text.isdigit()


def _is_padded(part: ScalarNode) -> bool:
    return part.text.startswith("0")


def _gap(before: Node, after: Node) -> int:
    """How many characters stand between two entries: 1 where it is a comma alone; 0 where they are on two lines."""
    return after.span.column - before.span.end_column if before.span.end_line == after.span.line else 0
