"""``let`` as it is written: names, and what stands for each."""

from __future__ import annotations

from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Span
from archcalc.language.identifiers import size_name
from archcalc.language.nodes import MapNode, Node, ScalarNode
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
    # A value that is not there has no place of its own.
    empty = {name for name, value in node.entries.items() if is_unset(value)}
    return {
        name: ScalarNode(None, "", node.keys[name]) if name in empty else node.entries[name] for name in node.entries
    }


def let_spans(node: Node | None) -> dict[str, Span]:
    """Where the names of a ``let`` stand."""
    return dict(node.keys) if isinstance(node, MapNode) else {}
