"""What a plain scalar of YAML is: a number, a truth, nothing, or a text.

Scalars follow the YAML 1.2 core schema: ``no`` and ``on`` are strings, ``011`` is eleven, ``1e-3`` is a number.
"""

from __future__ import annotations

import re
from contextlib import suppress

MAX_DIGITS = 40


def scalar_value(text: str) -> str | int | float | bool | None:
    """A plain scalar's value under the YAML 1.2 core schema."""
    if text in ("", "~", "null", "Null", "NULL"):
        return None
    if text in ("true", "True", "TRUE"):
        return True
    if text in ("false", "False", "FALSE"):
        return False
    if text[0] not in "+-.0123456789":
        return text
    unsigned = text[1:] if text[0] in "+-" else text
    if len(text) <= MAX_DIGITS:
        if unsigned.isascii() and unsigned.isdigit():
            return int(text)
        if text[:2] in ("0o", "0x") and re.fullmatch("0o[0-7]+|0x[0-9a-fA-F]+", text):
            return int(text, 0)
    if unsigned in _INFINITE or text in _NO_NUMBER:
        return float(text.replace(".", "").lower())
    if _OF_FLOATS.issuperset(text):
        with suppress(ValueError):
            return float(text)
    return text


_OF_FLOATS = frozenset("+-.0123456789eE")
_INFINITE = (".inf", ".Inf", ".INF")
_NO_NUMBER = (".nan", ".NaN", ".NAN")
