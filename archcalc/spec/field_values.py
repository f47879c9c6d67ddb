"""One node of a spec to one field's value, with a diagnostic where it is none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from archcalc.diagnostics.budget import Work
from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Span, Suggestion
from archcalc.diagnostics.spelling import nearest, suggested
from archcalc.language.arithmetic import FUNCTIONS, Bound, ExprError
from archcalc.language.expressions import MAX_VALUE, OPERATIONS, as_part, evaluate
from archcalc.language.nodes import ListNode, MapNode, Node, ScalarNode
from archcalc.language.rows import Row
from archcalc.language.scalars import MAX_DIGITS, scalar_value
from archcalc.language.spellings import spells_zero
from archcalc.layers.contract import KINDS
from archcalc.layers.fields import Field, FieldError, Flag
from archcalc.layers.record import fields_of
from archcalc.layers.size_fields import PerAxis
from archcalc.sizes.rules import UNKNOWN
from archcalc.spec.meant_values import NOTHING, NULLS, SILENT, Way, number_meant, value_meant, written


class Unreadable(Exception):
    """A value that could not be read; its diagnostic is in the log already.

    ``meant`` is the value that was surely meant, or ``NOTHING``.
    """

    def __init__(self, meant: object = NOTHING) -> None:
        self.meant = meant


def read_value(field: Field, node: Node, what: str, axes: int, known: Mapping[str, Bound], log: Log) -> Any:
    """The value of a field called ``what``. Raises Unreadable once the error is in the log."""
    value: object = None
    try:
        value = plain(node, field, known, log)
        if value is UNKNOWN:  # an error of `let`, reported there
            raise Unreadable
        if isinstance(value, Row):
            raise FieldError(f"takes {field.describe()}, not a row", wrong_type=True)
        return field.read(value, axes)
    except FieldError as error:
        code = "A111" if error.wrong_type else "A114"
        named = isinstance(node, ScalarNode) and node.value in known
        help, meant = SILENT if named else value_meant(field, node)
        log.error(code, node.span, f"`{what}` {error}", help or _rounded(node, value))
    except Unreadable as error:
        meant = error.meant
    if meant is not NOTHING:
        try:
            meant = field.read(meant, axes)
        except FieldError:
            meant = NOTHING
    raise Unreadable(meant)


def _rounded(node: Node, value: object) -> Way:
    """An expression that comes out as a fraction, as the nearest whole number: a width by a multiplier, as a rule.

    Of a list, and of a row, one of its entries.
    """
    if isinstance(node, ScalarNode) and isinstance(value, (tuple, Row)):
        entry = as_part(str(node.value))
        entry += f".{value.names[0]}" if isinstance(value, Row) else "[index]"
        return f"write one of its entries: `{entry}`"
    if not isinstance(node, ScalarNode) or not isinstance(value, Fraction) or value < 1:
        return None
    whole = f"floor({as_part(str(node.value))} + 1/2)"
    return Suggestion(f"write `{whole}`, the nearest whole number", whole)


def plain(node: Node, field: Field, known: Mapping[str, Bound], log: Log) -> object:
    """A node as the plain value that a field reads, expressions computed."""
    if isinstance(node, ScalarNode) and not isinstance(node.value, str):
        return node.value
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
    if node.value not in known and not words and _is_word(node.value) and _is_layer_word(node.value):
        raise FieldError(f"takes {field.describe()}, not `{node.value}`", wrong_type=True)
    return computed(node, known, log, lists=isinstance(field, PerAxis))


def _is_word(text: str) -> bool:
    """Whether a text is no more than a name, perhaps a misspelt one."""
    return text.replace("-", "_").isidentifier()


def _plain_list(node: ListNode, field: Field, known: Mapping[str, Bound], log: Log) -> list[object]:
    values, readable = [], True
    for item in node.items:
        try:
            values.append(plain(item, field, known, log))
        except Unreadable as error:
            values.append(error.meant)
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
    """The value of an expression. Raises Unreadable once its error is in the log.

    ``names`` are those that may have been meant where one is not known, all known ones if left out;
    ``lists`` says that a list may stand in its place, ``of_a_name`` that it is what a name stands for.
    """
    text = str(node.value)
    log.budget.spend(Work.EXPRESSIONS, len(text), node.span)
    try:
        value = evaluate(text, known)
        if isinstance(value, tuple):  # whoever reads it goes through it
            log.budget.spend(Work.EXPRESSIONS, len(value), node.span)
        return value
    except ExprError as error:
        span = _inside(node.span, text, error.offset, error.length)
        if error.unknown in FUNCTIONS and error.unknown in known:  # named in spite of that, which is reported there
            raise Unreadable from None
        if error.unknown is not None:
            times = re.fullmatch("[x×]([0-9]{1,9})", text.strip())
            if times is not None:
                log.error("A116", span, f"`{text}` is not written as a number", written(int(times[1])))
                raise Unreadable(int(times[1])) from None
            known_names = tuple(known if names is None else names)
            is_word = of_a_name and error.unknown == text.strip() and _is_layer_word(text.strip())
            help = _NO_WORDS if is_word and not nearest(text, known_names) else _known_name(error.unknown, known_names)
            help = _in_rows(error.unknown, known) or help
            log.error("A303", span, str(error), help)
            raise Unreadable from None
        help, meant = number_meant(text)
        if error.misread and re.search(r"\w *(?<![<>=!])=(?!=) *\w", text):
            help = "write `==` to compare: " + re.sub(r"(?<![<>=!])=(?!=)", "==", _short(text))
        if isinstance(meant, list) and not lists:
            help, meant = SILENT
        if not help and error.misread:
            help = f"an expression is made of numbers, names, {OPERATIONS}"
        verb = "decided" if error.undecided else "computed"
        how = f"cannot be {verb}: {error}" if meant is NOTHING else "is not written as a number"
        how = "is not written as a list" if isinstance(meant, list) else how
        variable = re.fullmatch(r"\$\{?([A-Za-z_]\w*)\}?|\{\{ *([A-Za-z_]\w*) *\}\}", text.strip())
        if variable is not None:
            name = variable[1] or variable[2]
            how, help = "is a variable of another language", Suggestion(f"write the name alone: `{name}`", name)
        log.error("A116", span, f"`{_short(text)}` {how}", help)
        raise Unreadable(meant) from None


_NO_WORDS = "a word is not a value of a name or an argument: write it at the field that takes it"


def _known_name(word: str, known: Iterable[str]) -> Way:
    known = tuple(known)
    if word == "index":
        known = "`index` numbers the copies of a `repeat`, and is known only there"
        return f"{known}; a block takes it as an argument, `args: {{n}}`, which each use states: `n: index`"
    names = ", ".join(f"`{name}`" for name in known)
    return suggested(word, known) or (
        f"the names here are {names}" if names else f"define it at the top, as `let: {{{word}: 10}}`, or write a number"
    )


def _in_rows(word: str, known: Mapping[str, Bound]) -> Way:
    """That a name is one of the rows of a list, and known in their copies alone."""
    lists = {name: value[0] for name, value in known.items() if isinstance(value, tuple) and value}
    held = next((name for name, first in lists.items() if isinstance(first, Row) and word in first.names), None)
    if held is None:
        return None
    where = f"it is known in the copies of `repeat: {held}`; elsewhere write `{held}[0].{word}`"
    return f"the rows of `{held}` have it: {where}"


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


_NUMBERS_BEGIN = {*"+-.0123456789"}


def is_quoted_number(node: ScalarNode) -> bool:
    """Whether a text would be a number if it had no quotes."""
    value = node.value
    # Asked of every name as well, and no number begins like one.
    return isinstance(value, str) and value[:1] in _NUMBERS_BEGIN and isinstance(scalar_value(value), (int, float))


def _inside(span: Span, text: str, offset: int, length: int) -> Span:
    """The part of a one-line scalar that an error concerns; the whole of any other."""
    if span.line != span.end_line or span.end_column - span.column != len(text) or not length:
        return span
    start = span.column + offset
    return Span(span.line, start, span.line, min(start + length, span.end_column), span.file)


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
