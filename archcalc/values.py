"""One node of a spec to one field's value, with a diagnostic where it is none."""

from __future__ import annotations

from collections.abc import Mapping as KnownNames
from typing import Any

from archcalc.diagnostics import Log, Span, did_you_mean
from archcalc.expr import ExprError, evaluate
from archcalc.fields import Field, FieldError
from archcalc.source import Mapping, Node, Scalar, Sequence, scalar_value


class Unreadable(Exception):
    """A value that could not be read; its diagnostic is in the log already."""


def read_value(field: Field, node: Node, what: str, axes: int, known: KnownNames[str, Any], log: Log) -> Any:
    """The value of a field called ``what``. Raises Unreadable once the fault is in the log."""
    try:
        return field.read(plain(node, field, known, log), axes)
    except FieldError as fault:
        code = "A111" if fault.wrong_type else "A114"
        log.error(code, node.span, f"`{what}` {fault}", _way_out(field, node))
        raise Unreadable from None


def plain(node: Node, field: Field | None, known: KnownNames[str, Any], log: Log) -> Any:
    """A node as the plain value that a field reads, expressions computed."""
    if isinstance(node, Sequence):
        return [plain(item, field, known, log) for item in node.items]
    if isinstance(node, Mapping):
        return dict.fromkeys(node.entries)
    if not isinstance(node.value, str):
        return node.value
    if field is None or not field.takes_expressions or _is_word(field, node.value) or _is_quoted_number(node):
        return node.value
    return computed(node, known, log)


def computed(node: Scalar, known: KnownNames[str, Any], log: Log) -> Any:
    """The value of an expression. Raises Unreadable once its fault is in the log."""
    text = str(node.value)
    try:
        return evaluate(text, known)
    except ExprError as fault:
        span = _inside(node.span, fault.offset, text)
        if fault.unknown_name is None:
            log.error("A116", span, f"`{text}` cannot be computed: {fault}")
        else:
            names = ", ".join(f"`{name}`" for name in known)
            listed = f"`let` defines {names}" if names else "define names under `let`, or write a number"
            log.error("A303", span, str(fault), did_you_mean(fault.unknown_name, known) or listed)
        raise Unreadable from None


def _is_word(field: Field, value: str) -> bool:
    return value in getattr(field, "words", ())


def _is_quoted_number(node: Scalar) -> bool:
    return isinstance(scalar_value(str(node.value)), (int, float)) and node.value != ""


def _inside(span: Span, offset: int, text: str) -> Span:
    """The part of a one-line scalar from ``offset`` on; the whole of any other."""
    if span.line != span.end_line or span.end_column - span.column != len(text) or not 0 < offset < len(text):
        return span
    return Span(span.line, span.column + offset, span.line, span.end_column)


def _way_out(field: Field, node: Node) -> str:
    if isinstance(node, Scalar) and isinstance(node.value, str):
        if _is_quoted_number(node):
            return f"remove the quotes: {node.value}"
        words = getattr(field, "options", ()) or getattr(field, "words", ())
        if words:
            return did_you_mean(node.value, words)
        if node.value.lower() in ("yes", "on", "no", "off", "y", "n"):
            meant = "true" if node.value.lower() in ("yes", "on", "y") else "false"
            return f"a spec is YAML 1.2, where `{node.value}` is text: write {meant}"
    if isinstance(node, Scalar) and node.value is None:
        return f"write {field.describe()}, or leave the key out if it may be left out"
    return ""
