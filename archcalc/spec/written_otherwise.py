"""Layers that are written as elsewhere: ``Conv2d(3, 64, 3)``, ``- conv2d: {…}``; what they are in a spec."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from archcalc.diagnostics.model import Span
from archcalc.diagnostics.spelling import LIKELY, SURE, nearest
from archcalc.language.identifiers import is_name
from archcalc.language.nodes import ListNode, MapNode, Node, ScalarNode
from archcalc.layers.contract import KINDS
from archcalc.layers.record import fields_of

if TYPE_CHECKING:
    import ast

MAX_CALL = 300
"""How long a call may be that is read as a layer."""


class Meant(Struct, frozen=True):
    """A layer as it is written in a spec: ``text`` on a line, and what it says."""

    text: str
    node: MapNode


def kind_meant(word: str, alike: float = LIKELY) -> str | None:
    """The kind that a word is near to, or that is called so elsewhere."""
    return nearest(word.rpartition(".")[2], KINDS, called_elsewhere(), alike=alike)


def called_elsewhere() -> dict[str, str]:
    """Our kinds by the words for them in other frameworks, in lower case, with underscores and without."""
    words = {word: kind for kind, cls in KINDS.items() for word in cls.also_called}
    return {word.replace("_", ""): kind for word, kind in words.items()} | words


def from_call(text: str, span: Span) -> Meant | None:
    """A layer that is written as torch's constructor is called, or printed: ``(0): Conv2d(3, 64, kernel_size=3)``."""
    call = re.sub(r"^\(?\w+\)?\s*[:=]\s*(?=\w)", "", text.strip())
    if len(call) > MAX_CALL or not call.endswith(")"):
        return None
    import ast

    try:
        found = ast.parse(call, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if not isinstance(found, ast.Call) or not isinstance(found.func, (ast.Name, ast.Attribute)):
        return None
    kind = kind_meant(found.func.id if isinstance(found.func, ast.Name) else found.func.attr, alike=SURE)
    if kind is None:
        return None
    values = list(zip(fields_of(KINDS[kind]), found.args, strict=False))
    values += [(word.arg, word.value) for word in found.keywords if word.arg in fields_of(KINDS[kind])]
    entries = {name: _literal(value, span) for name, value in values if name is not None}
    return _meant(kind, {name: node for name, node in entries.items() if node is not None}, span)


def from_key(node: MapNode) -> Meant | None:
    """A layer whose kind stands as a key: ``- conv2d: {out_channels: 8}``, or with the fields on lines below.

    Or beside its first field: ``- dropout p: 0.5``.
    """
    first = next(iter(node.entries), "")
    word, _, beside = first.partition(" ")
    if word in KINDS and beside in fields_of(KINDS[word]):
        renamed = {beside if name == first else name: value for name, value in node.entries.items()}
        return _meant(word, renamed, node.span, node.keys[first])
    kind = kind_meant(first, alike=1.0)
    # `name` has the letters of `mean`: a key must be the kind's name itself, or that of another framework.
    if kind is None or (first.lower() not in {kind, kind.replace("_", "")} and first.lower() not in called_elsewhere()):
        return None
    value, rest = node.entries[first], {name: other for name, other in node.entries.items() if name != first}
    if isinstance(value, MapNode) and not rest:
        return _meant(kind, value.entries, node.span, node.keys[first], value.keys)
    if isinstance(value, ScalarNode) and value.value is None:
        return _meant(kind, rest, node.span, node.keys[first], node.keys)
    field = next(iter(fields_of(KINDS[kind])), None)
    if isinstance(value, ScalarNode) and not rest and field is not None:
        return _meant(kind, {field: value}, node.span, node.keys[first])
    return None


def by_name(node: Node) -> str | None:
    """What to write for layers that stand below their names, ``conv1: {kind: conv2d}``; shown for the first of them."""
    name, first = next(iter(node.entries.items()), ("", None)) if isinstance(node, MapNode) else ("", None)
    call = from_call(first.text, first.span) if isinstance(first, ScalarNode) else None
    if call is not None:
        return f"write `{call.text}`"
    if first is None or not is_name(name):
        return None
    said = ", ".join(_pairs(first)) if isinstance(first, MapNode) and "kind" in first.entries else "kind: …"
    return f"write `- {{name: {name}, {said}}}`, with a space after the dash"


def parted(node: Node, kind: str | None) -> ScalarNode | None:
    """The first key of an entry that has nothing but fields of the layer above it, which is of this kind."""
    if kind is None or not isinstance(node, MapNode) or not node.entries:
        return None
    first = next(iter(node.entries))
    return ScalarNode(first, first, node.keys[first]) if node.entries.keys() <= fields_of(KINDS[kind]).keys() else None


def _meant(
    kind: str, entries: dict[str, Node], span: Span, kind_span: Span | None = None, keys: dict[str, Span] | None = None
) -> Meant:
    said: dict[str, Node] = {"kind": ScalarNode(kind, kind, kind_span or span), **entries}
    places = {name: (keys or {}).get(name, span) for name in said}
    node = MapNode(said, places, span)
    return Meant(f"- {_text(node)}", node)


def _literal(value: ast.expr, span: Span) -> Node | None:
    """A number, a truth, a word, or a tuple of numbers; ``None`` for what is none of these."""
    import ast

    try:
        plain = ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None
    if isinstance(plain, (tuple, list)):
        items = [ScalarNode(entry, str(entry), span) for entry in plain if type(entry) is int]
        return ListNode(tuple(items), span) if len(items) == len(plain) else None
    if plain is None or not isinstance(plain, (int, float, str)):
        return None
    return ScalarNode(plain, str(plain).lower() if isinstance(plain, bool) else str(plain), span)


def _text(node: Node) -> str:
    """A value in flow style."""
    if isinstance(node, ListNode):
        return f"[{', '.join(map(_text, node.items))}]"
    if isinstance(node, MapNode):
        return f"{{{', '.join(_pairs(node))}}}"
    return node.text


def _pairs(node: MapNode) -> Iterator[str]:
    return (f"{name}: {_text(value)}" for name, value in node.entries.items())
