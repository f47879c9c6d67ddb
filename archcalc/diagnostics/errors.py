"""The exceptions' one base, and the refusal of arguments that are not what a function takes."""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike


class ArchcalcError(Exception):
    """The base of every exception that archcalc raises on purpose. Most are a ValueError as well."""


class ArgumentError(ArchcalcError, TypeError):
    """An argument of another type than a function takes; the message says what it takes."""


def text(name: str, value: object) -> str:
    """An argument that is a text. Raises ArgumentError."""
    if isinstance(value, str):
        return value
    raise ArgumentError(f"`{name}` takes a text, not {_named(value)}")


def texts(name: str, value: object) -> tuple[str, ...]:
    """An argument that is a text or several. Raises ArgumentError."""
    if isinstance(value, str):
        return (value,)
    found = tuple(value) if isinstance(value, Iterable) else (value,)
    if all(isinstance(one, str) for one in found):
        return found
    raise ArgumentError(f"`{name}` takes a text or a list of texts, not {_named(value)}")


def path(name: str, value: object) -> PathLike[str] | str:
    """An argument that is a path. Raises ArgumentError."""
    if isinstance(value, (str, PathLike)):
        return value
    raise ArgumentError(f"`{name}` takes a path, not {_named(value)}")


def refuse_other(value: object, kind: type, what: str) -> None:
    """Raise ArgumentError for an argument that is not of a kind; ``what`` says who takes what, and how to get it."""
    if not isinstance(value, kind):
        raise ArgumentError(f"{what}, not {_named(value)}")


def _named(value: object) -> str:
    """A value as a message repeats it: a short one itself, any other by its type."""
    shown = repr(value) if isinstance(value, (str, bytes, int, float, bool, type(None))) else ""
    return f"`{shown}`" if 0 < len(shown) <= 40 else f"a value of type `{type(value).__name__}`"
