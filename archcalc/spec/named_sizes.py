"""``let`` as it is written: names, what stands for each, and rows, which have the same names all through a list."""

from __future__ import annotations

from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Span
from archcalc.diagnostics.spelling import did_you_mean
from archcalc.language.identifiers import size_name
from archcalc.language.mapping_keys import described
from archcalc.language.nodes import ListNode, MapNode, Node, ScalarNode
from archcalc.spec.let import is_unset


def read_let(node: Node | None, log: Log, *, in_block: bool = False) -> dict[str, Node]:
    """The named sizes of a spec or a block."""
    if node is None:
        return {}
    if not isinstance(node, MapNode):
        log.error("A111", node.span, "`let` takes names with their values", "write `let: {classes: 1000}`")
        return {}
    for name, span in node.keys.items():
        size_name(name, span, log, in_block=in_block)
        _refuse_uneven(name, node.entries[name], log)
    # A value that is not there has no place of its own.
    empty = {name for name, value in node.entries.items() if is_unset(value)}
    return {
        name: ScalarNode(None, "", node.keys[name]) if name in empty else node.entries[name] for name in node.entries
    }


def let_spans(node: Node | None) -> dict[str, Span]:
    """Where the names of a ``let`` stand."""
    return dict(node.keys) if isinstance(node, MapNode) else {}


def _refuse_uneven(name: str, node: Node, log: Log) -> None:
    """An error in the log for each row that has not the names of the first, and for what is no row among rows."""
    if not isinstance(node, ListNode):
        return
    first = next((item for item in node.items if isinstance(item, MapNode)), None)
    for place, item in enumerate(node.items):
        if first is None:
            _refuse_uneven(name, item, log)
        elif not isinstance(item, MapNode):
            help = f"write a row: `- {{{', '.join(f'{key}: …' for key in first.entries)}}}`"
            log.error("A111", item.span, f"`{name}` is a list of rows, and this is {described(item)}", help)
        elif item is first:
            _refuse_names(name, first, log)
        else:
            _compare(f"`{name}[{place}]`", item, first, log)


def _refuse_names(name: str, row: MapNode, log: Log) -> None:
    if not row.entries:
        log.error("A111", row.span, f"a row of `{name}` has no names", "write `- {width: 64, depth: 3}`")
        log.settle(row.span)
    for key, span in row.keys.items():
        size_name(key, span, log, in_block=True)


def _compare(which: str, row: MapNode, first: MapNode, log: Log) -> None:
    lacking = [key for key in first.entries if key not in row.entries]
    for key in [key for key in row.entries if key not in first.entries]:
        listed = ", ".join(f"`{one}`" for one in first.entries)
        help = did_you_mean(key, lacking) or f"the first row has {listed}, and all rows have the same names"
        log.error("A110", row.keys[key], f"{which} has `{key}`, which the first row has not", help)
        if did_you_mean(key, lacking):
            lacking = []
    for key in lacking:
        message = f"{which} has no `{key}`, which the first row has"
        log.error("A112", row.span, message, f"add `{key}:` with a value: all rows have the same names")
