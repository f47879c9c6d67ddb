"""One node of a spec to one field's value, with a diagnostic where it is none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, Final, TypeAlias

from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Span, Suggestion
from archcalc.diagnostics.spelling import SURE, nearest, suggested
from archcalc.language.expressions import FUNCTIONS, MAX_VALUE, OPERATIONS, Bound, ExprError, evaluate, spells_zero
from archcalc.language.nodes import ListNode, MapNode, Node, ScalarNode
from archcalc.language.scalars import MAX_DIGITS, scalar_value
from archcalc.layers.contract import KINDS
from archcalc.layers.fields import Field, FieldError, Flag, Real
from archcalc.layers.record import fields_of
from archcalc.layers.size_fields import MAX_SIZE, PerAxis
from archcalc.sizes.rules import UNKNOWN

NOTHING: Final = object()
"""No value at all, where ``None`` is one."""


class Unreadable(Exception):
    """A value that could not be read; its diagnostic is in the log already.

    ``meant`` is the value that was surely meant, or ``NOTHING``.
    """

    def __init__(self, meant: object = NOTHING) -> None:
        self.meant = meant


def read_value(field: Field, node: Node, what: str, axes: int, known: Mapping[str, Bound], log: Log) -> Any:
    """The value of a field called ``what``. Raises Unreadable once the fault is in the log."""
    try:
        value = plain(node, field, known, log)
        if value is UNKNOWN:  # a fault of `let`, reported there
            raise Unreadable
        return field.read(value, axes)
    except FieldError as fault:
        code = "A111" if fault.wrong_type else "A114"
        named = isinstance(node, ScalarNode) and node.value in known
        help, meant = _SILENT if named else _meant(field, node)
        log.error(code, node.span, f"`{what}` {fault}", help)
    except Unreadable as fault:
        meant = fault.meant
    if meant is not NOTHING:
        try:
            meant = field.read(meant, axes)
        except FieldError:
            meant = NOTHING
    raise Unreadable(meant)


def plain(node: Node, field: Field, known: Mapping[str, Bound], log: Log) -> object:
    """A node as the plain value that a field reads, expressions computed."""
    if isinstance(node, ListNode):
        return _plain_list(node, field, known, log)
    if isinstance(node, MapNode):
        return dict.fromkeys(node.entries)
    if not isinstance(node.value, str) or not field.takes_expressions or is_quoted_number(node):
        return node.value
    words = getattr(field, "words", ())
    is_flag = isinstance(field, Flag)
    # `n` may be a name; that it means `no` elsewhere, is then no matter.
    if node.value in words and not (is_flag and node.value in known):
        return node.value
    if is_flag and node.value.lower() in words and node.value not in known:
        return node.value
    if node.value in NULLS and node.value not in known:
        raise FieldError(f"takes {field.describe()}, not `{node.value}`", wrong_type=True)
    if words and node.value not in known and _is_word(node.value):
        meant = nearest(node.value, (*known, *words))
        if meant in words or (is_flag and meant is None and node.value.isidentifier()):
            raise FieldError(f"takes {field.describe()}, not `{node.value}`", wrong_type=meant is None)
    return computed(node, known, log, lists=isinstance(field, PerAxis))


def _is_word(text: str) -> bool:
    """Whether a text is no more than a name, perhaps a misspelt one."""
    return text.replace("-", "_").isidentifier()


def _plain_list(node: ListNode, field: Field, known: Mapping[str, Bound], log: Log) -> list[object]:
    values, readable = [], True
    for item in node.items:
        try:
            values.append(plain(item, field, known, log))
        except Unreadable as fault:
            values.append(fault.meant)
            readable = False
    if not readable:
        raise Unreadable(NOTHING if NOTHING in values else values)
    return values


def computed(
    node: ScalarNode,
    known: Mapping[str, Bound],
    log: Log,
    *,
    names: Iterable[str] | None = None,
    lists: bool = False,
    of_a_name: bool = False,
) -> Bound:
    """The value of an expression. Raises Unreadable once its fault is in the log.

    ``names`` are those that may have been meant where one is not known, all known ones if left out;
    ``lists`` says that a list may stand in its place, ``of_a_name`` that it is what a name stands for.
    """
    text = str(node.value)
    try:
        return evaluate(text, known)
    except ExprError as fault:
        span = _inside(node.span, text, fault.offset, fault.length)
        if fault.unknown in FUNCTIONS and fault.unknown in known:  # named in spite of that, which is reported there
            raise Unreadable from None
        if fault.unknown is not None:
            known_names = tuple(known if names is None else names)
            is_word = of_a_name and fault.unknown == text.strip() and _is_layer_word(text.strip())
            help = _NO_WORDS if is_word and not nearest(text, known_names) else _known_name(fault.unknown, known_names)
            log.error("A303", span, str(fault), help)
            raise Unreadable from None
        help, meant = number_meant(text)
        if fault.misread and re.search(r"\w *(?<![<>=!])=(?!=) *\w", text):
            help = "`==` compares: " + re.sub(r"(?<![<>=!])=(?!=)", "==", _short(text))
        if isinstance(meant, list) and not lists:
            help, meant = _SILENT
        if not help and fault.misread:
            help = f"an expression is made of numbers, names, {OPERATIONS}"
        log.error("A116", span, f"`{_short(text)}` cannot be computed: {fault}", help)
        raise Unreadable(meant) from None


_NO_WORDS = "a word is no value of a name or an argument: write it at the field that takes it"


def _known_name(word: str, known: Iterable[str]) -> Way:
    known = tuple(known)
    if word == "index":
        return "`index` numbers the copies of a `repeat`, and is known only there"
    names = ", ".join(f"`{name}`" for name in known)
    return suggested(word, known) or (
        f"the names here are {names}" if names else "define it under `let`, or write a number"
    )


def _is_layer_word(word: str) -> bool:
    """Whether a field of a kind takes this word, as ``padding`` takes ``same``."""
    fields = (field for kind in KINDS.values() for field in fields_of(kind).values() if not isinstance(field, Flag))
    return any(word in (*getattr(field, "words", ()), *getattr(field, "options", ())) for field in fields)


def exact(text: str) -> int | Fraction | None:
    """The number that a plain scalar spells; ``None`` where it spells none, or one beyond ±10**18."""
    value = scalar_value(text)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= MAX_VALUE:
        return None
    if isinstance(value, int):
        return value
    # Fraction is slow to read a long text or a large exponent. What only a float takes for 0 is no number here.
    if len(text) > MAX_DIGITS or (value == 0 and not spells_zero(text)):
        return None
    return Fraction(text) if value else Fraction(0)


def is_quoted_number(node: ScalarNode) -> bool:
    """Whether a text would be a number if it had no quotes."""
    value = node.value
    return isinstance(value, str) and value != "" and isinstance(scalar_value(value), (int, float))


NULLS = ("None", "none", "nil", "Nil")
FLAGS = {"yes": True, "on": True, "y": True, "true": True, "no": False, "off": False, "n": False, "false": False}


def _inside(span: Span, text: str, offset: int, length: int) -> Span:
    """The part of a one-line scalar that a fault concerns; the whole of any other."""
    if span.line != span.end_line or span.end_column - span.column != len(text) or not length:
        return span
    start = span.column + offset
    return Span(span.line, start, span.line, min(start + length, span.end_column), span.file)


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


Way: TypeAlias = "str | Suggestion | None"
"""What a help says to do, and where it is an edit, that edit."""

_SILENT: tuple[Way, object] = (None, NOTHING)


def unquoted(text: str) -> Suggestion:
    """That a number stands in quotes."""
    number = scalar_value(text)
    said = f"remove the quotes: {text}"
    return Suggestion(said, number if isinstance(number, int) else text)


def _written(value: int | bool | tuple[int, ...], why: str = "") -> Suggestion:
    """That a value is to be written; ``why`` goes before it."""
    shown = list(value) if isinstance(value, tuple) else str(value).lower() if isinstance(value, bool) else value
    return Suggestion(f"{why}write {shown}", value)


def number_meant(text: str) -> tuple[Way, object]:
    """What to write for a number as others write it, ``1_000``, ``3x3``, ``0b11``, ``50%``, and its value."""
    bare = text.strip()
    if len(bare) > MAX_DIGITS:
        return _SILENT
    if re.fullmatch(r"[0-9]+([x×][0-9]+)+", bare):
        sizes = [int(size) for size in re.split("[x×]", bare)]
        return _written(tuple(sizes)), sizes
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?%", bare):
        value = Fraction(bare[:-1]) / 100
        return f"write {float(value):g}", value
    if re.fullmatch(r"[0-9]{1,3}([_, ][0-9]{3})+", bare):
        number = int(re.sub("[_, ]", "", bare))
        return _written(number), number
    if re.fullmatch(r"0b[01]+", bare):
        return _written(int(bare, 2)), int(bare, 2)
    return _SILENT


def _meant(field: Field, node: Node) -> tuple[Way, object]:
    """What to write for a value that a field does not take, and that value where it is surely meant."""
    if not isinstance(node, ScalarNode):
        return _SILENT
    value, optional = node.value, getattr(field, "optional", False)
    if isinstance(value, str):
        return _text_meant(field, value, optional)
    if value is None:
        return (f"write {field.describe()}", NOTHING)
    if isinstance(field, Flag) and value in (0, 1):
        return (_written(bool(value)), bool(value))
    if isinstance(value, float) and value.is_integer() and abs(value) <= MAX_SIZE and not isinstance(field, Real):
        return (_written(int(value)), int(value))
    return _SILENT


def _text_meant(field: Field, value: str, optional: bool) -> tuple[Way, object]:
    if isinstance(field, Flag) and value.lower() in FLAGS:
        meant = FLAGS[value.lower()]
        why = "remove the quotes" if value.lower() in ("true", "false") else f"`{value}` is text in YAML 1.2"
        return (_written(meant, f"{why}: "), meant)
    number = scalar_value(value) if value else None
    if isinstance(number, (int, float)) and not isinstance(number, bool):
        return (unquoted(value), number)
    if value in NULLS:
        return ("write null for nothing", None) if optional else (f"write {field.describe()}", NOTHING)
    words = getattr(field, "options", ()) or getattr(field, "words", ())
    near = nearest(value, words, alike=SURE) if words else None
    if words:
        return (suggested(value, words), NOTHING if near is None else near)
    return ("`//` divides without a remainder", NOTHING) if "/" in value else _SILENT
