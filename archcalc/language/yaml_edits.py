"""An edit of a spec, written into its YAML text: every byte outside the edit stays as it was.

An edit names a value by its route from the root, ``("layers", 3, "padding")``, and says what it
becomes. It is written at the value's place: a scalar is replaced, a missing key is added in the style
of the mapping it goes into, flow or block. What comes out is read again, and an edit that would change
anything else is refused.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TypeAlias

from msgspec import Struct

from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Span
from archcalc.language.nodes import ListNode, MapNode, Node, ScalarNode
from archcalc.language.scalars import scalar_value
from archcalc.language.yaml_reader import parse

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
    """A layer, as ``text`` in flow style, is put above the one at ``route``."""

    route: Route
    text: str


class Removal(Struct, frozen=True):
    """The layer at ``route`` goes, with its lines."""

    route: Route


Change: TypeAlias = Edit | Rename | NewLayer | Removal


class Splice(Struct, frozen=True, order=True):
    """``removed`` characters at an offset of the old text, and what stands there instead."""

    offset: int
    removed: int
    text: str


def edited(text: str, *changes: Change) -> str:
    """The text with the changes written into it. Raises EditError where that cannot be done."""
    return spliced(text, splices(text, *changes))


def splices(text: str, *changes: Change) -> list[Splice]:
    """What to cut out of the text and what to put in, in order, for edits of different places. Raises EditError."""
    root = _parsed(text)
    places = Places(text)
    cuts = sorted(cut for change in changes for cut in _cuts(change, root, places))
    for one, following in pairwise(cuts):
        if one.offset + one.removed > following.offset:
            raise EditError("two edits of the same place")
    expected = _plain(root)
    for change in changes:
        expected = _changed(expected, change.route, change)
    if _plain(_parsed(spliced(text, cuts))) != expected:
        raise EditError("the edit would change more than it says")
    return cuts


def spliced(text: str, cuts: list[Splice]) -> str:
    """The text with the cuts made, which are in order and apart."""
    parts, end = [], 0
    for cut in cuts:
        parts += [text[end : cut.offset], cut.text]
        end = cut.offset + cut.removed
    return "".join([*parts, text[end:]])


def moved(offset: int, cuts: list[Splice]) -> int:
    """Where a character of the old text stands in the new one; one that was cut out, where its place was."""
    shift = 0
    for cut in cuts:
        if cut.offset + cut.removed <= offset and (cut.removed or cut.offset <= offset):
            shift += len(cut.text) - cut.removed
    return offset + shift


def routes(text: str) -> dict[object, Route]:
    """Every node of a text by its span, and every key by ``("key", span)``. Raises EditError for what is no YAML."""
    found: dict[object, Route] = {}
    waiting: list[tuple[Route, Node]] = [((), _parsed(text))]
    while waiting:
        route, node = waiting.pop()
        found.setdefault(node.span, route)
        if isinstance(node, MapNode):
            found |= {("key", span): (*route, key) for key, span in node.keys.items()}
        waiting += [((*route, key), child) for key, child in _children(node)]
    return found


def yaml_text(value: Plain) -> str:
    """A value as a spec spells it, in flow style."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(yaml_text, value))}]"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and (scalar_value(value) != value or not re.fullmatch(r"[\w.]+", value)):
        raise EditError(f"{value!r} needs quotes")
    return str(value)


class Places:
    """Offsets of lines and columns. Line breaks are YAML's, which are all that ``splitlines`` can meet here."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = text.splitlines(keepends=True)
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line))

    def offset(self, line: int, column: int) -> int:
        return min(self.starts[min(line, len(self.starts)) - 1] + column - 1, len(self.text))

    def ends(self, span: Span) -> tuple[int, int]:
        return self.offset(span.line, span.column), self.offset(span.end_line, span.end_column)

    def line_break(self) -> str:
        """How this text ends its lines."""
        first = self.lines[0] if self.lines else "\n"
        return first[len(first.rstrip("\r\n")) :] or "\n"


def _parsed(text: str) -> MapNode:
    root = parse(text, Log(""))
    if root is None:
        raise EditError("the text is not YAML")
    return root


def _at(node: Node, route: Route) -> Node:
    for key in route:
        child = dict(_children(node)).get(key)
        if child is None:
            raise EditError(f"there is no {'.'.join(map(str, route))}")
        node = child
    return node


def _children(node: Node) -> list[tuple[str | int, Node]]:
    if isinstance(node, MapNode):
        return [*node.entries.items()]
    return [*enumerate(node.items)] if isinstance(node, ListNode) else []


def _cuts(change: Change, root: MapNode, places: Places) -> list[Splice]:
    *above, last = change.route
    parent = _at(root, tuple(above))
    if isinstance(change, NewLayer):
        return [_put_above(change.text, _at(parent, (last,)), parent, places)]
    if isinstance(change, Removal):
        return [_taken_out(_at(parent, (last,)), places)]
    if isinstance(change, Rename):
        if not isinstance(parent, MapNode) or last not in parent.keys:
            raise EditError(f"there is no key {last}")
        start, end = places.ends(parent.keys[str(last)])
        return [Splice(start, end - start, yaml_text(change.key))]
    stated = dict(_children(parent)).get(last)
    if stated is not None:
        return _replaced(stated, change.value, places)
    if not isinstance(parent, MapNode):
        raise EditError("a list has no such place")
    return [_added(parent, str(last), change, places)]


def _replaced(node: Node, value: Plain, places: Places) -> list[Splice]:
    if isinstance(node, ListNode) and isinstance(value, tuple) and len(value) == len(node.items):
        # An element at a time, so that whatever stands between them stays.
        pairs = zip(node.items, value, strict=True)
        return [cut for item, entry in pairs if _plain(item) != entry for cut in _replaced(item, entry, places)]
    start, end = places.ends(node.span)
    if isinstance(node, ScalarNode):
        if node.span.line != node.span.end_line:
            raise EditError("the value goes over more than one line")
        # Where nothing is stated, `padding:`, the place begins right behind the colon.
        space = " " if start == end and places.text[start - 1 : start] in (":", "-", ",") else ""
        return [Splice(start, end - start, space + yaml_text(value))]
    if places.text[start : start + 1] not in ("[", "{"):
        raise EditError("the value is a block of lines")
    return [Splice(start, end - start, yaml_text(value))]


def _added(parent: MapNode, key: str, change: Edit, places: Places) -> Splice:
    entry = f"{key}: {yaml_text(change.value)}"
    after = change.after if change.after in parent.entries else next(reversed(parent.entries), None)
    start, _ = places.ends(parent.span)
    if places.text[start : start + 1] == "{":
        if after is None:
            return Splice(start + 1, 0, entry)
        _, end = places.ends(parent.entries[after].span)
        return Splice(end, 0, f", {entry}")
    if after is None:
        raise EditError("there is no key to follow")
    line = _last_line(parent.entries[after], places)
    indent = " " * (parent.keys[after].column - 1)
    at, line_break = places.starts[line], places.line_break()
    if places.text[:at].endswith(("\n", "\r")):
        return Splice(at, 0, f"{indent}{entry}{line_break}")
    return Splice(at, 0, f"{line_break}{indent}{entry}")


def _put_above(text: str, node: Node, parent: Node, places: Places) -> Splice:
    start, _ = places.ends(node.span)
    if places.text[places.ends(parent.span)[0]] == "[":
        return Splice(start, 0, f"{text}, ")
    line = places.lines[node.span.line - 1]
    before = line[: node.span.column - 1]
    if before.strip() != "-":
        raise EditError("the layer does not begin its line")
    return Splice(places.starts[node.span.line - 1], 0, f"{before}{text}{places.line_break()}")


def _taken_out(node: Node, places: Places) -> Splice:
    before = places.lines[node.span.line - 1][: node.span.column - 1]
    last = _last_line(node, places)
    if places.text[places.ends(node.span)[0]] == "{":
        behind = places.lines[last - 1][node.span.end_column - 1 :].strip()
        if behind and not behind.startswith("#"):
            raise EditError("the layer shares its line")
    if before.strip() != "-":
        raise EditError("the layer does not begin its line")
    start = places.starts[node.span.line - 1]
    return Splice(start, places.starts[last] - start, "")


def _last_line(node: Node, places: Places) -> int:
    """The last line of a value. YAML's own end of a block is where the next thing begins."""
    if isinstance(node, ScalarNode) or places.text[places.ends(node.span)[0]] in "[{":
        return node.span.end_line if node.span.end_column > 1 else node.span.end_line - 1
    return max(_last_line(leaf, places) for _, leaf in _children(node))


# Plain values, to compare what an edit did with what it says.


def _plain(node: Node) -> object:
    if isinstance(node, MapNode):
        return {key: _plain(value) for key, value in node.entries.items()}
    return tuple(map(_plain, node.items)) if isinstance(node, ListNode) else node.value


def _changed(tree: object, route: Route, change: Change) -> object:
    if not route:
        return change.value if isinstance(change, Edit) else tree
    key, *rest = route
    if isinstance(tree, tuple) and isinstance(key, int):
        if isinstance(change, NewLayer) and not rest:
            above = _plain(_at(_parsed(f"layer: {change.text}"), ("layer",)))
            return (*tree[:key], above, *tree[key:])
        if isinstance(change, Removal) and not rest:
            return (*tree[:key], *tree[key + 1 :])
        return (*tree[:key], _changed(tree[key], tuple(rest), change), *tree[key + 1 :])
    if not isinstance(tree, dict):
        raise EditError("the route leads nowhere")
    if isinstance(change, Rename) and not rest:
        return {change.key if name == key else name: value for name, value in tree.items()}
    return tree | {key: _changed(tree.get(key), tuple(rest), change)}
