"""Results for tools: an array of objects in ASCII, so that no terminal or pipe can spoil it.

``schemas/`` has the contract of each command, in a file of its name.
"""

from __future__ import annotations

from codecs import register_error
from collections.abc import Iterable
from contextlib import suppress
from typing import Protocol

from msgspec import json

from archcalc.diagnostics.json_object import JsonObject


class Result(Protocol):
    """Whatever can be given as plain values."""

    def to_dict(self) -> JsonObject:
        """It as plain values."""


def render(results: Iterable[Result]) -> str:
    """An array with an object for each."""
    return _written([one.to_dict() for one in results])


def render_one(result: Result) -> str:
    """One object."""
    return _written(result.to_dict())


def _written(value: object) -> str:
    """A value as JSON in ASCII."""
    # Python's own json takes longer to import than a report to write, and many times as long for a long one: left to it
    # is what cannot be UTF-8, such as some files' names.
    with suppress(UnicodeEncodeError):
        text = json.format(json.encode(value), indent=2).decode().replace("\x7f", "\\u007f")
        return text.encode("ascii", _ESCAPES).decode("ascii")
    from json import dumps

    return dumps(value, indent=2)


def _escaped(error: UnicodeError) -> tuple[str, int]:
    """What stands for characters that are not ASCII, which are nowhere but in strings, and where they end."""
    from json.encoder import encode_basestring_ascii

    if not isinstance(error, UnicodeEncodeError):
        raise error
    return encode_basestring_ascii(error.object[error.start : error.end])[1:-1], error.end


# A search for them by a pattern would take longer than all else here.
_ESCAPES = "archcalc.json"
register_error(_ESCAPES, _escaped)
