"""``warn``: what a spec asks to be warned of that is legal, and that many do on purpose."""

from __future__ import annotations

from collections.abc import Mapping

from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Suggestion
from archcalc.diagnostics.spelling import nearest
from archcalc.language.mapping_keys import described
from archcalc.language.nodes import ListNode, Node, ScalarNode

WARNINGS: Mapping[str, str] = {
    "probabilities": "A225",
    "bias_before_norm": "A226",
    "two_activations": "A227",
    "dropout_before_norm": "A228",
    "stride_beyond_kernel": "A229",
}
"""What can be asked for, with its code."""

ALL = "all"


def read_warn(node: Node, log: Log) -> tuple[str, ...]:
    """The names in a ``warn``, in the order of the table; errors go to the log."""
    items = node.items if isinstance(node, ListNode) else (node,)
    found: set[str] = set()
    for item in items:
        word = item.value if isinstance(item, ScalarNode) else None
        if word == ALL:
            found |= WARNINGS.keys()
        elif word in WARNINGS:
            found.add(str(word))
        else:
            _refuse(item, word, log)
    return tuple(name for name in WARNINGS if name in found)


def _refuse(node: Node, word: object, log: Log) -> None:
    told = ", ".join(f"`{name}`" for name in (*WARNINGS, ALL))
    if not isinstance(word, str):
        log.error("A111", node.span, f"`warn` takes a list of {told}, not {described(node)}", "write `warn: [all]`")
        return
    meant = nearest(word, (*WARNINGS, ALL))
    help = Suggestion(f"did you mean `{meant}`?", meant) if meant else f"there are {told}"
    log.error("A114", node.span, f"there is no warning `{word}`", help)
