"""The names that ``from``, ``inputs``, ``outputs`` and ``tied`` list."""

from __future__ import annotations

from collections.abc import Iterable

from archcalc.diagnostics.log import Log
from archcalc.language.mapping_keys import described
from archcalc.language.nodes import ListNode, Node, ScalarNode
from archcalc.spec.model import SourceName


def read_sources(node: Node | None, key: str, log: Log) -> tuple[SourceName, ...] | None:
    """The names that a key lists; ``None`` where it is not there, none past an error."""
    if node is None:
        return None
    items = node.items if isinstance(node, ListNode) and node.items else (node,)
    wrong = [item for item in items if not _is_word(item)]
    for item in wrong:
        listed = f"`{key}: [x, skip]`" if key == "inputs" else f"`{key}: conv1`, or `{key}: [conv1, conv2]`"
        log.error("A111", item.span, f"`{key}` takes names, not {described(item)}", f"write {listed}")
    return () if wrong else tuple(SourceName(item.text, item.span) for item in items if isinstance(item, ScalarNode))


def refuse_twice(names: Iterable[SourceName], key: str, log: Log) -> None:
    """An error in the log for each name that a list has twice."""
    seen: set[str] = set()
    for source in names:
        if source.name in seen:
            log.error("A111", source.span, f"`{key}` names `{source.name}` twice", "remove one of them")
        seen.add(source.name)


def _is_word(node: Node) -> bool:
    """Whether a node can name something: a text, or the number of a layer in a group."""
    return isinstance(node, ScalarNode) and type(node.value) in (str, int) and node.text.strip() != ""
