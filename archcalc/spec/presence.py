"""Entries of a list, and when they are there, as far as the file says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from archcalc.language.identifiers import TEMPLATE, names
from archcalc.language.nodes import ScalarNode
from archcalc.spec.let import names_in
from archcalc.spec.model import LayerSpec, called, spliced

if TYPE_CHECKING:
    from archcalc.spec.truth_cases import Cases, Condition


def may_be_absent(entry: LayerSpec) -> bool:
    return entry.when is not None or (_may_have_no_copy(entry) and not stated_count(entry))


def _may_have_no_copy(entry: LayerSpec) -> bool:
    # Of the copies that tokens are routed to there is one at least.
    return entry.repeat is not None and entry.route is None


def stated_count(entry: LayerSpec) -> int | None:
    count = entry.repeat.value if isinstance(entry.repeat, ScalarNode) else None
    return count if type(count) is int else None


class Placed(Struct, frozen=True, eq=False):
    """An entry, and when it is there. A group without a name has ``children`` in its place."""

    entry: LayerSpec
    holds: Condition
    children: tuple[Placed, ...] | None = None


def always_open(layers: Iterable[LayerSpec]) -> Iterator[LayerSpec]:
    """The entries of a list, groups without a name opened that are always there; each then is a start alone."""
    for entry in layers:
        if entry.children is None or entry.written_name is not None or may_be_absent(entry):
            yield entry
            continue
        if entry.sources:
            yield replace(entry, children=())
        for _ in range(min(2, stated_count(entry) or 1)):
            yield from always_open(entry.children)


def placed(
    entries: Iterable[LayerSpec], cases: Cases, around: Condition, scope: tuple[object, ...]
) -> Iterator[Placed]:
    """The entries with their conditions; of copies that stand in the list by themselves, two where they may differ."""
    for entry in entries:
        spliced_in = entry.children is not None and entry.written_name is None
        copies = entry.repeat is not None and (entry.written_name is None or TEMPLATE.search(entry.written_name))
        differ = spliced_in or (entry.when is not None and not cases.of_copies.isdisjoint(names_in(entry.when)))
        for copy in range(2 if copies and differ else 1):
            inside = (*scope, id(entry), copy) if entry.repeat is not None else scope
            holds = _both(
                around, cases.at_least(entry.repeat, copy + 1) if entry.repeat and _may_have_no_copy(entry) else None
            )
            holds = _both(holds, cases.condition(entry.when, inside) if entry.when is not None else None)
            children = tuple(placed(entry.children or (), cases, holds, inside)) if spliced_in else None
            yield Placed(entry, holds, children)


def _both(one: Condition, other: Condition | None) -> Condition:
    return one if other is None else lambda case: one(case) and other(case)


def fixed_names(layers: Iterable[LayerSpec], numbered: bool) -> dict[int, str]:
    """What the entries of a list are called, as far as that does not depend on which are there."""
    found: dict[int, str] = {}
    entries = list(spliced(layers))
    shifting: set[str] = set()
    for entry, name in zip(entries, names([called(one, one.written_name) for one in entries], numbered), strict=True):
        what = called(entry, entry.written_name)
        mark = "" if numbered and what.counted else what.kind
        if entry.written_name is not None and not TEMPLATE.search(entry.written_name):
            found[id(entry)] = entry.written_name
        elif entry.written_name is None and mark not in shifting and entry.repeat is None:
            found[id(entry)] = name
        if may_be_absent(entry) or entry.repeat is not None:
            shifting |= {mark} if entry.written_name is None else set()
            shifting |= {""} if what.counted else set()
    return found
