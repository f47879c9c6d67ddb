"""``as`` and ``with`` of a claim: by whose convention its number is counted, or what is counted in it besides."""

from __future__ import annotations

from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Suggestion
from archcalc.diagnostics.spelling import nearest
from archcalc.language.mapping_keys import described
from archcalc.language.nodes import ListNode, MapNode, Node, ScalarNode
from archcalc.layers.counters import BESIDE, COUNTERS

TERMS = {"params": ("buffers",), "trainable_params": (), "macs": BESIDE, "flops": BESIDE}
"""What a claim can be ``with``, by what it claims."""

OF_PARAMETERS = {"params"}
"""The counts that every convention has."""

OF_OPERATIONS = {"macs", "flops"}


def read_convention(node: MapNode, what: str, log: Log) -> tuple[str | None, tuple[str, ...]] | None:
    """The counter and the terms that a claim names; ``None`` after an error, which goes to the log."""
    counter, terms = node.entries.get("as"), node.entries.get("with")
    if counter is not None and terms is not None:
        log.error(
            "A114", node.keys["with"], "a claim is either `as` a counter has it or `with` something", "leave out one"
        )
        return None
    if counter is not None:
        having = [
            name for name, one in COUNTERS.items() if what in OF_PARAMETERS or (what in OF_OPERATIONS and one.rules)
        ]
        name = _word(counter, having, "as", what, log)
        return None if name is None else (name, ())
    items = terms.items if isinstance(terms, ListNode) else () if terms is None else (terms,)
    found = [_word(item, TERMS.get(what, ()), "with", what, log) for item in items]
    words = tuple(word for word in found if word is not None)
    return (None, words) if len(words) == len(found) else None


def _word(node: Node, known: tuple[str, ...] | list[str], key: str, what: str, log: Log) -> str | None:
    word = node.value if isinstance(node, ScalarNode) else None
    if not known:
        log.error("A114", node.span, f"`{what}` is counted in one way only", f"leave out `{key}`")
        return None
    if word in known:
        return str(word)
    told = ", ".join(f"`{name}`" for name in known)
    if not isinstance(word, str):
        log.error(
            "A111", node.span, f"`{key}` takes one of {told}, not {described(node)}", f"write `{key}: {known[0]}`"
        )
        return None
    meant = nearest(word, known)
    help = Suggestion(f"did you mean `{meant}`?", meant) if meant else f"for `{what}` there are {told}"
    log.error("A114", node.span, f"`{what}` cannot be claimed `{key}` `{word}`", help)
    return None
