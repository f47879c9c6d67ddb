"""Expressions that a comma cuts in two: YAML reads `[max(a, b)]` as `max(a` and `b)`."""

from __future__ import annotations

import re

from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Span, Suggestion
from archcalc.language.nodes import ListNode, Node, ScalarNode

MAX_REJOINED = 200
"""How long an expression may be that is put together again."""


def first_part(node: Node, event: object) -> ScalarNode | None:
    """The node, if it is the first part of an expression that a comma cut in two: `max(a` of `max(a, b)`."""
    if not isinstance(node, ScalarNode) or not isinstance(node.value, str) or getattr(event, "style", None):
        return None
    return node if _is_open(node.text) else None


def rejoined(cut: ScalarNode, rest: ScalarNode, log: Log) -> tuple[Node, ScalarNode | None]:
    """An expression that a comma cut in two, whole again; and itself if more is to come."""
    text = f"{cut.text}, {rest.text}"
    span = Span(cut.span.line, cut.span.column, rest.span.end_line, rest.span.end_column, cut.span.file)
    whole = ScalarNode(text, text, span)
    if _is_open(text):
        return whole, whole if len(text) <= MAX_REJOINED else None
    if re.fullmatch(r"\([0-9]{1,9}(, [0-9]{1,9})*\)", text):
        sizes = tuple(int(part) for part in re.findall("[0-9]+", text))
        log.error("A116", span, f"`{text}` is not written as a list", Suggestion(f"write {[*sizes]}", sizes))
        return ListNode(tuple(ScalarNode(size, str(size), span) for size in sizes), span), None
    log.error("A116", span, f"`{text}` is cut in two at its comma", f"quote it: '{text}'")
    return whole, None


def _is_open(text: str) -> bool:
    return text.count("(") > text.count(")")
