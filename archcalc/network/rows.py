"""What a ``repeat`` goes through where it names a list, and what the names of a row stand for."""

from __future__ import annotations

from collections.abc import Mapping

from archcalc.language.arithmetic import Bound, ExprError
from archcalc.language.expressions import evaluate
from archcalc.language.nodes import Node, ScalarNode
from archcalc.language.rows import Row
from archcalc.network.graph import Bindings


def gone_through(repeat: Node | None, known: Mapping[str, Bound]) -> tuple[Bound, ...] | None:
    """The list of which a ``repeat`` makes a copy for each entry; ``None`` where it says a number, or is wrong."""
    if not isinstance(repeat, ScalarNode) or not isinstance(repeat.value, str):
        return None
    found = known.get(repeat.value)
    if found is None and "[" in repeat.value:
        try:
            found = evaluate(repeat.value, known)
        except ExprError:
            return None
    return found if isinstance(found, tuple) else None


def names_of_row(entry: Bound) -> Bindings:
    """What the names of a row stand for; nothing where it is a number."""
    return dict(zip(entry.names, entry.values, strict=True)) if isinstance(entry, Row) else {}
