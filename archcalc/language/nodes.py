"""Values of a spec's text that remember where they stood."""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from archcalc.diagnostics.model import Span


class ScalarNode(Struct, frozen=True):
    """A string, number, boolean or null. ``text`` is how the file spells it."""

    value: str | int | float | bool | None
    text: str
    span: Span


class ListNode(Struct, frozen=True):
    """A list of nodes."""

    items: tuple[Node, ...]
    span: Span


class MapNode(Struct, frozen=True):
    """Nodes by key; ``keys`` says where each key stands."""

    entries: dict[str, Node]
    keys: dict[str, Span]
    span: Span


Node: TypeAlias = ScalarNode | ListNode | MapNode
