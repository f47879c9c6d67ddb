"""What was meant by a value that a field does not take: what to write, and the value to read on with."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final, TypeAlias

from archcalc.diagnostics.model import Suggestion
from archcalc.diagnostics.spelling import SURE, nearest, suggested
from archcalc.language.nodes import ListNode, Node, ScalarNode
from archcalc.language.scalars import MAX_DIGITS, scalar_value
from archcalc.layers.fields import Field, Flag, Real
from archcalc.layers.size_fields import MAX_SIZE, AxisOrder, PerAxis

NOTHING: Final = object()
"""No value at all, where ``None`` is one."""

NULLS = ("None", "none", "nil", "Nil")
FLAGS = {"yes": True, "on": True, "y": True, "true": True, "no": False, "off": False, "n": False, "false": False}

Way: TypeAlias = "str | Suggestion | None"
"""What a help says to do, and where it is an edit, that edit."""

SILENT: tuple[Way, object] = (None, NOTHING)


def unquoted(text: str) -> Suggestion:
    """That a number stands in quotes."""
    number = scalar_value(text)
    said = f"remove the quotes: {text}"
    return Suggestion(said, number if isinstance(number, int) else text)


def written(value: int | bool | tuple[int, ...], why: str = "") -> Suggestion:
    """That a value is to be written; ``why`` goes before it."""
    shown = list(value) if isinstance(value, tuple) else str(value).lower() if isinstance(value, bool) else value
    return Suggestion(f"{why}write {shown}", value)


def number_meant(text: str) -> tuple[Way, object]:
    """What to write for a number as others write it, ``1_000``, ``3x3``, ``(3, 3)``, ``50%``, and its value."""
    bare = text.strip()
    if len(bare) > MAX_DIGITS:
        return SILENT
    if re.fullmatch(r"[0-9]{1,3}([_, ][0-9]{3})+", bare):
        number = int(re.sub("[_, ]", "", bare))
        return written(number), number
    if re.fullmatch(r"[0-9]+([x×][0-9]+)+|\(?[0-9]+(, *[0-9]+)+,?\)?|\([0-9]+,\)", bare):
        sizes = [int(size) for size in re.findall("[0-9]+", bare)]
        return written(tuple(sizes)), sizes
    if re.fullmatch("[0-9]+[x×]", bare):
        return written(int(bare[:-1])), int(bare[:-1])
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?%", bare):
        value = Fraction(bare[:-1]) / 100
        return f"write {float(value):g}", value
    if re.fullmatch(r"0b[01]+", bare):
        return written(int(bare, 2)), int(bare, 2)
    return SILENT


def value_meant(field: Field, node: Node) -> tuple[Way, object]:
    """What to write for a value that a field does not take, and that value where it is surely meant."""
    if isinstance(node, ListNode):
        return _list_meant(field, [getattr(item, "value", None) for item in node.items])
    if not isinstance(node, ScalarNode):
        return SILENT
    value, optional = node.value, getattr(field, "optional", False)
    if isinstance(value, str):
        return _text_meant(field, value, optional)
    if value is None:
        return (f"write {field.describe()}", NOTHING)
    if isinstance(field, Flag) and value in (0, 1):
        return (written(bool(value)), bool(value))
    if isinstance(field, Real) and field.at_most == 1 and type(value) is int and 1 < value <= 100:
        return (f"write {value / 100:g}, if {value:g} percent are meant", NOTHING)
    if isinstance(value, float) and value.is_integer() and abs(value) <= MAX_SIZE and not isinstance(field, Real):
        return (written(int(value)), int(value))
    return SILENT


def _text_meant(field: Field, value: str, optional: bool) -> tuple[Way, object]:
    if isinstance(field, Flag) and value.lower() in FLAGS:
        meant = FLAGS[value.lower()]
        why = "remove the quotes" if value.lower() in ("true", "false") else f"`{value}` is text in YAML 1.2"
        return (written(meant, f"{why}: "), meant)
    number = scalar_value(value) if value else None
    if isinstance(number, (int, float)) and not isinstance(number, bool):
        return (unquoted(value), number)
    if value in _WORDS and isinstance(field, PerAxis) and not field.words and field.at_least == 0:
        return _WORDS[value]
    if value in NULLS:
        return ("write null for nothing", None) if optional else (f"write {field.describe()}", NOTHING)
    if "/" in value and "//" not in value:
        # Of what is more than a quotient `//` would round a part.
        whole = re.sub(" */ *", " // ", value) if re.fullmatch(r"[\w\s*]+/\s*\w+", value) else f"floor({value})"
        return (Suggestion(f"write `{whole}`, which rounds down", whole), NOTHING)
    words = getattr(field, "options", ()) or getattr(field, "words", ())
    near = nearest(value, words, alike=SURE) if words else None
    return (suggested(value, words), NOTHING if near is None else near) if words else SILENT


def _list_meant(field: Field, values: list[object]) -> tuple[Way, object]:
    whole = [value for value in values if type(value) is int]
    if len(whole) < len(values) or not whole:
        return SILENT
    if isinstance(field, PerAxis) and len(set(whole)) == 1:
        return (written(whole[0]), whole[0])
    if isinstance(field, AxisOrder) and sorted(whole) == [*range(len(whole))]:
        order = (0, *(axis + 1 for axis in whole))
        return (written(order, "count the batch as axis 0: "), order)
    return SILENT


_WORDS: dict[str, tuple[Way, object]] = {
    "valid": (written(0, "`valid` means no padding: "), 0),
    "same": (
        "write half of the kernel, such as `padding: 1` for a `kernel_size` of 3; for one of 2, `ceil_mode: true`",
        NOTHING,
    ),
}
"""What the words for a convolution's padding mean where padding is a number."""
