"""``budget`` to limits: how many parameters and MACs a network may have."""

from __future__ import annotations

from archcalc.diagnostics.log import Log
from archcalc.language.mapping_keys import described, known_keys
from archcalc.language.nodes import MapNode, Node, ScalarNode
from archcalc.language.printed_numbers import read_printed_number
from archcalc.spec.model import Limit

COUNTS = ("params", "trainable_params", "active_params", "macs", "flops")
"""What a budget can limit, of one sample."""

_FOREIGN = {"parameters": "params", "gmacs": "macs", "gflops": "flops"}


def read_budget(node: Node, log: Log) -> dict[str, Limit]:
    """The limits of a ``budget`` by what they limit; errors go to the log."""
    if not isinstance(node, MapNode):
        what = f"`budget` takes what the network may have at most, not {described(node)}"
        log.error("A111", node.span, what, "write `budget: {params: 5M, macs: 600M}`")
        return {}
    node, _ = known_keys(node, COUNTS, "`budget`", log, _FOREIGN)
    found = {}
    for what, value in node.entries.items():
        most = read_printed_number(value.text) if isinstance(value, ScalarNode) else None
        if most is None:
            message = f"`{what}` takes the most that the network may have, not {described(value)}"
            log.error("A111", value.span, message, "write it like 5000000 or 5M")
        else:
            found[what] = Limit(what=what, most=most, span=value.span)
    return found
