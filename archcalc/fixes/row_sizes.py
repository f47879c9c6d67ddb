"""The numbers in lists of ``let``, of the copies that an error is in, and of those before: ``stages[1].width``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from msgspec.structs import replace

from archcalc.language.nodes import ListNode, MapNode, Node, ScalarNode
from archcalc.language.rows import Row
from archcalc.network.graph import Bindings, Graph, Part
from archcalc.spec.model import Spec

MOST = 12
"""Of how many numbers in lists other values are tried."""


def cells(spec: Spec, graph: Graph, place: int) -> Iterator[tuple[str, int, Node]]:
    """The whole numbers in lists that say something of the layer in a place, or of the copy before it."""
    along = [] if graph.root is None else _along(graph.root, place)
    lists = {name: node for name, node in spec.let.items() if isinstance(node, ListNode) and node.items}
    found = (cell for name, node in lists.items() for cell in _of_list(name, node, along))
    return islice(found, MOST)


def called(number: str) -> str:
    """What an expression calls a number that is ``stages[1].width``, or ``widths[1]``."""
    return number.rpartition(".")[2].partition("[")[0]


def with_cell(spec: Spec, number: str, value: int) -> Spec:
    """The spec with another value for a number in a list."""
    name, _, route = number.partition("[")
    return replace(spec, let=spec.let | {name: _replaced(spec.let[name], re.findall(r"\w+", route), value)})


def _along(part: Part, place: int) -> list[Bindings]:
    """What is seen by the entries that lead to a layer."""
    if part.step == place:
        return [part.bindings]
    found = next(filter(None, (_along(inner, place) for inner in part.parts)), None)
    return [] if found is None else [part.bindings, *found]


def _of_list(name: str, node: ListNode, along: list[Bindings]) -> Iterator[tuple[str, int, Node]]:
    values = along[0].get(name) if along else None
    entries = values if isinstance(values, tuple) else ()
    here = [number for number, entry in enumerate(entries) if any(_is_in(entry, number, seen) for seen in along)]
    # Of what stands behind all copies the last one says something.
    near = dict.fromkeys(one for number in here or [len(node.items) - 1] for one in (number, number - 1) if one >= 0)
    for number in near:
        item = node.items[number]
        found = item.entries.items() if isinstance(item, MapNode) else [("", item)]
        for key, cell in found:
            if isinstance(cell, ScalarNode) and type(cell.value) is int:
                yield f"{name}[{number}]{'.' if key else ''}{key}", cell.value, cell


def _is_in(entry: object, number: int, seen: Bindings) -> bool:
    if isinstance(entry, Row):
        return all(seen.get(name) == value for name, value in zip(entry.names, entry.values, strict=True))
    return seen.get("index") == number


def _replaced(node: Node, route: list[str], value: int) -> Node:
    if isinstance(node, ListNode):
        at = int(route[0])
        changed = _replaced(node.items[at], route[1:], value)
        return replace(node, items=(*node.items[:at], changed, *node.items[at + 1 :]))
    if isinstance(node, MapNode):
        return replace(node, entries=node.entries | {route[0]: _replaced(node.entries[route[0]], route[1:], value)})
    return ScalarNode(value, str(value), node.span)
