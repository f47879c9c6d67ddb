"""What an edit of a spec may do, and values as a spec spells them."""

from __future__ import annotations

import re
from typing import TypeAlias

from msgspec import Struct

from archcalc.language.scalars import scalar_value

Route: TypeAlias = tuple[str | int, ...]
"""Keys and positions from the root of a file to a value in it."""

Plain: TypeAlias = "int | float | bool | str | tuple[Plain, ...] | None"
"""What an edit may write: a number, a flag, a word, a list of these; ``None`` is ``null``."""


class EditError(ValueError):
    """An edit that cannot be written into this text without changing more than it says."""


class Edit(Struct, frozen=True):
    """The value at ``route`` becomes ``value``; where its key is missing it is added, behind the key ``after``."""

    route: Route
    value: Plain
    after: str | None = None


class Rename(Struct, frozen=True):
    """The key at ``route`` is spelt ``key`` instead."""

    route: Route
    key: str


class NewLayer(Struct, frozen=True):
    """A layer, as ``text`` in flow style, is put above the one at ``route``, and between the two what is ``below``."""

    route: Route
    text: str
    below: tuple[str, ...] = ()


class Removal(Struct, frozen=True):
    """The layer at ``route`` goes, with its lines."""

    route: Route


class Dropped(Struct, frozen=True):
    """The key at ``route`` goes, with its value."""

    route: Route


Change: TypeAlias = Edit | Rename | NewLayer | Removal | Dropped


def below(route: Route) -> Route:
    """The place of the entry behind one of a list. Raises EditError for what is in none."""
    *above, place = route
    if not isinstance(place, int):
        raise EditError(f"{place} is no entry of a list")
    return (*above, place + 1)


_PLAIN = re.compile(r"[\w.](?:[\w.*/+() -]*[\w.)])?")
"""A word, or an expression that means the same within braces as on a line of its own."""


def yaml_text(value: Plain) -> str:
    """A value as a spec spells it, in flow style."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(yaml_text, value))}]"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and (scalar_value(value) != value or not _PLAIN.fullmatch(value)):
        raise EditError(f"{value!r} needs quotes")
    return str(value)
