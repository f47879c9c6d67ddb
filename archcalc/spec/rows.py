"""The values of lists of ``let``, and the names in their rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from archcalc.diagnostics.budget import Work
from archcalc.diagnostics.log import Log
from archcalc.language.arithmetic import Bound
from archcalc.language.nodes import ListNode, MapNode, Node
from archcalc.language.rows import Row
from archcalc.sizes.rules import UNKNOWN
from archcalc.spec.let import argument_value


def list_value(name: str, node: ListNode, known: Mapping[str, Bound], log: Log) -> Bound:
    """The entries of a list of ``let``: numbers, truths, lists of these, or rows. What is wrong is unknown in it."""
    log.budget.spend(Work.NAMES, len(node.items), node.span)
    keys = dict.fromkeys(key for item in node.items if isinstance(item, MapNode) for key in item.entries)
    if keys:
        return tuple(_row(item, tuple(keys), known, log) for item in node.items)
    return tuple(_entry(name, item, known, log) for item in node.items)


def _row(node: Node, names: tuple[str, ...], known: Mapping[str, Bound], log: Log) -> Row:
    cells = node.entries if isinstance(node, MapNode) else {}
    log.budget.spend(Work.NAMES, len(names), node.span)
    return Row(names, tuple(_cell(name, cells.get(name), known, log) for name in names))


def _cell(name: str, node: Node | None, known: Mapping[str, Bound], log: Log) -> Bound:
    if node is None:  # reported where the file is read
        return UNKNOWN
    return _entry(name, node, known, log)


def _entry(name: str, node: Node, known: Mapping[str, Bound], log: Log) -> Bound:
    if isinstance(node, ListNode):
        return list_value(name, node, known, log)
    found = argument_value(name, node, known, log)
    _spend(found, node, log)
    return found


def _spend(value: object, node: Node, log: Log) -> None:
    """Count all that a list holds which an entry names: by names alone, lists of lists grow tenfold a line."""
    if isinstance(value, tuple):
        log.budget.spend(Work.NAMES, len(value), node.span)
        for one in value:
            _spend(one, node, log)


def row_names(lets: Iterable[Mapping[str, Node]]) -> frozenset[str]:
    """The names that stand in rows of these lists."""
    found: set[str] = set()
    waiting = [node for let in lets for node in let.values() if isinstance(node, ListNode)]
    while waiting:
        for item in waiting.pop().items:
            if isinstance(item, MapNode):
                found.update(item.entries)
            inner = item.entries.values() if isinstance(item, MapNode) else [item]
            waiting += [one for one in inner if isinstance(one, ListNode)]
    return frozenset(found)
