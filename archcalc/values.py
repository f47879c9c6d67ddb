"""One node of a spec to one field's value, with a diagnostic where it is none."""

from __future__ import annotations

import re
from collections.abc import Mapping as KnownNames
from fractions import Fraction
from typing import Any

from archcalc.diagnostics import Log, Span, did_you_mean, nearest
from archcalc.expr import MAX_VALUE, OPERATIONS, ExprError, evaluate
from archcalc.fields import Field, FieldError, Flag, PerAxis, Size
from archcalc.source import MAX_DIGITS, Mapping, Node, Scalar, Sequence, scalar_value


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


def plain(node: Node, field: Field, known: KnownNames[str, Any], log: Log) -> Any:
    """A node as the plain value that a field reads, expressions computed."""
    if isinstance(node, Sequence):
        return [plain(item, field, known, log) for item in node.items]
    if isinstance(node, Mapping):
        return dict.fromkeys(node.entries)
    if not isinstance(node.value, str) or not field.takes_expressions or is_quoted_number(node):
        return node.value
    words = getattr(field, "words", ())
    if node.value in words:
        return node.value
    if node.value in _NOTHING:
        raise FieldError(f"takes {field.describe()}, not `{node.value}`", wrong_type=True)
    if words and node.value not in known and nearest(node.value, (*known, *words)) in words:
        raise FieldError(f"takes {field.describe()}, not `{node.value}`")
    return computed(node, known, log)


def computed(node: Scalar, known: KnownNames[str, Any], log: Log) -> Any:
    """The value of an expression. Raises Unreadable once its fault is in the log."""
    text = str(node.value)
    try:
        return evaluate(text, known)
    except ExprError as fault:
        span = _inside(node.span, fault.offset, text)
        if fault.unknown_name is None:
            help = _number_meant(text) or f"an expression is made of numbers, names that `let` defines, {OPERATIONS}"
            log.error("A116", span, f"`{_short(text)}` cannot be computed: {fault}", help)
        else:
            names = ", ".join(f"`{name}`" for name in known)
            listed = f"`let` defines {names}" if names else "define it under `let`, or write a number"
            log.error("A303", span, str(fault), did_you_mean(fault.unknown_name, known) or listed)
        raise Unreadable from None


def exact(text: str) -> int | Fraction | None:
    """The number that a plain scalar spells; ``None`` where it spells none, or one beyond ±10**18."""
    value = scalar_value(text)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= MAX_VALUE:
        return None
    if isinstance(value, int):
        return value
    # Fraction is slow to read a long text or a large exponent.
    return (Fraction(text) if value else Fraction(0)) if len(text) <= MAX_DIGITS else None


def is_quoted_number(node: Scalar) -> bool:
    """Whether a text would be a number if it had no quotes."""
    value = node.value
    return isinstance(value, str) and value != "" and isinstance(scalar_value(value), (int, float))


_NOTHING = ("None", "none", "nil", "Nil")


def _inside(span: Span, offset: int, text: str) -> Span:
    """The part of a one-line scalar from ``offset`` on; the whole of any other."""
    if span.line != span.end_line or span.end_column - span.column != len(text) or not 0 < offset < len(text):
        return span
    return Span(span.line, span.column + offset, span.line, span.end_column)


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


def _number_meant(text: str) -> str:
    """What to write for a text that is a number elsewhere: ``1_000``, ``3x3``, ``0b11``, ``50%``."""
    bare = text.strip()
    if len(bare) > MAX_DIGITS:
        return ""
    if re.fullmatch(r"\d+([x×]\d+)+", bare):
        return f"write `[{', '.join(re.split('[x×]', bare))}]`"
    if re.fullmatch(r"\d+(\.\d+)?%", bare):
        return f"write {float(bare[:-1]) / 100:g}"
    if re.fullmatch(r"\d{1,3}([_, ]\d{3})+", bare):
        return f"write {re.sub('[_, ]', '', bare)}"
    if re.fullmatch(r"0b[01]+", bare):
        return f"write {int(bare, 2)}"
    return ""


def _way_out(field: Field, node: Node) -> str:
    if not isinstance(node, Scalar):
        return ""
    value = node.value
    if isinstance(value, str) and is_quoted_number(node):
        return f"remove the quotes: {value}"
    if isinstance(value, str) and value in _NOTHING:
        return "write null for nothing" if getattr(field, "optional", False) else f"write {field.describe()}"
    if isinstance(value, str):
        return _word_meant(field, value)
    if value is None and not getattr(field, "optional", False):
        return f"write {field.describe()}"
    if isinstance(value, float) and value.is_integer() and isinstance(field, (Size, PerAxis)):
        return f"write {int(value)}"
    return ""


def _word_meant(field: Field, value: str) -> str:
    meant = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}.get(value.lower())
    if isinstance(field, Flag) and meant:
        return f"`{value}` is text in YAML 1.2: write {meant}"
    if isinstance(field, Flag) and value.lower() in ("true", "false"):
        return f"write {value.lower()}, without quotes"
    if "/" in value and isinstance(field, (Size, PerAxis)):
        return "`//` divides without a remainder"
    return did_you_mean(value, getattr(field, "options", ()) or getattr(field, "words", ()))
