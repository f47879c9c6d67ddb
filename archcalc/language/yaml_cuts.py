"""What a change cuts out of a text, and what it puts there instead."""

from __future__ import annotations

from bisect import bisect_right

from msgspec import Struct

from archcalc.diagnostics.model import Span
from archcalc.language.nodes import ListNode, MapNode, Node, ScalarNode
from archcalc.language.yaml_changes import (
    Change,
    Dropped,
    Edit,
    EditError,
    NewLayer,
    Plain,
    Removal,
    Rename,
    Route,
    yaml_text,
)


class Splice(Struct, frozen=True, order=True):
    """``removed`` characters at an offset of the old text, and what stands there instead."""

    offset: int
    removed: int
    text: str


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

    def place(self, offset: int) -> tuple[int, int]:
        """The line and the column of a character."""
        line = bisect_right(self.starts, offset, 0, len(self.lines) or 1)
        return line, offset - self.starts[line - 1] + 1

    def line_break(self) -> str:
        """How this text ends its lines."""
        first = self.lines[0] if self.lines else "\n"
        return first[len(first.rstrip("\r\n")) :] or "\n"


def node_at(node: Node, route: Route) -> Node:
    """The node that a route leads to. Raises EditError where there is none."""
    for key in route:
        child = dict(children_of(node)).get(key)
        if child is None:
            raise EditError(f"there is no {'.'.join(map(str, route))}")
        node = child
    return node


def children_of(node: Node) -> list[tuple[str | int, Node]]:
    """What stands in a mapping or a list, by key or position."""
    if isinstance(node, MapNode):
        return [*node.entries.items()]
    return [*enumerate(node.items)] if isinstance(node, ListNode) else []


def plain_value(node: Node) -> object:
    """A node as plain values, to compare what an edit did with what it says."""
    if isinstance(node, MapNode):
        return {key: plain_value(value) for key, value in node.entries.items()}
    return tuple(map(plain_value, node.items)) if isinstance(node, ListNode) else node.value


def cuts_of(change: Change, root: MapNode, places: Places) -> list[Splice]:
    *above, last = change.route
    parent = node_at(root, tuple(above))
    if isinstance(change, NewLayer):
        return [_put_above((change.text, *change.below), node_at(parent, (last,)), parent, places)]
    if isinstance(change, Removal):
        return [_taken_out(node_at(parent, (last,)), places)]
    if isinstance(change, Rename):
        if not isinstance(parent, MapNode) or last not in parent.keys:
            raise EditError(f"there is no key {last}")
        start, end = places.ends(parent.keys[str(last)])
        return [Splice(start, end - start, yaml_text(change.key))]
    if isinstance(change, Dropped):
        return _dropped(parent, str(last), places)
    stated = dict(children_of(parent)).get(last)
    if stated is not None:
        return _replaced(stated, change.value, places)
    if not isinstance(parent, MapNode):
        raise EditError("a list has no such place")
    return [_added(parent, str(last), change, places)]


def _replaced(node: Node, value: Plain, places: Places) -> list[Splice]:
    if isinstance(node, ListNode) and isinstance(value, tuple) and len(value) == len(node.items):
        # An element at a time, so that whatever stands between them stays.
        pairs = zip(node.items, value, strict=True)
        return [cut for item, entry in pairs if plain_value(item) != entry for cut in _replaced(item, entry, places)]
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


def _dropped(parent: Node, key: str, places: Places) -> list[Splice]:
    """What goes with a key: in flow style the comma before it, but for a comment in between, else its lines."""
    if not isinstance(parent, MapNode) or key not in parent.entries or key == next(iter(parent.entries)):
        raise EditError("the first key stays")
    keys = list(parent.entries)
    if places.text[places.ends(parent.span)[0]] == "{":
        _, start = places.ends(parent.entries[keys[keys.index(key) - 1]].span)
        _, end = places.ends(parent.entries[key].span)
        begin, _ = places.ends(parent.keys[key])
        comma = places.text.find(",", start, begin)
        if "#" in places.text[start:begin] and comma >= 0:
            return [Splice(comma, 1, ""), Splice(begin, end - begin, "")]
        return [Splice(start, end - start, "")]
    first, last = parent.keys[key].line, _last_line(parent.entries[key], places)
    return [Splice(places.starts[first - 1], places.starts[last] - places.starts[first - 1], "")]


def _put_above(texts: tuple[str, ...], node: Node, parent: Node, places: Places) -> Splice:
    start, _ = places.ends(node.span)
    if places.text[places.ends(parent.span)[0]] == "[":
        return Splice(start, 0, "".join(f"{text}, " for text in texts))
    line = places.lines[node.span.line - 1]
    before = line[: node.span.column - 1]
    if before.strip() != "-":
        raise EditError("the layer does not begin its line")
    lines = "".join(f"{before}{text}{places.line_break()}" for text in texts)
    return Splice(places.starts[node.span.line - 1], 0, lines)


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
    return max(_last_line(leaf, places) for _, leaf in children_of(node))
