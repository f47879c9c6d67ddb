"""An edit of a spec, written into its YAML text: every byte outside the edit stays as it was.

An edit names a value by its route from the root, ``("layers", 3, "padding")``, and says what it
becomes. It is written at the value's place: a scalar is replaced, a missing key is added in the style
of the mapping it goes into, flow or block. What comes out is read again, and an edit that would change
anything else is refused.
"""

from __future__ import annotations

from itertools import pairwise

from msgspec.structs import replace

from archcalc.diagnostics.log import Log
from archcalc.language.nodes import MapNode, Node
from archcalc.language.yaml_changes import Change, Dropped, Edit, EditError, NewLayer, Removal, Rename, Route
from archcalc.language.yaml_cuts import Places, Splice, children_of, cuts_of, node_at, plain_value
from archcalc.language.yaml_reader import parse, parsed


def edited(text: str, *changes: Change) -> str:
    """The text with the changes written into it. Raises EditError where that cannot be done."""
    return spliced(text, splices(text, *changes))


def splices(text: str, *changes: Change) -> list[Splice]:
    """What to cut out of the text and what to put in, in order, for edits of different places. Raises EditError."""
    cuts = untried_splices(Places(text), *changes)
    for one, following in pairwise(cuts):
        if one.offset + one.removed > following.offset:
            raise EditError("two edits of the same place")
    expected = plain_value(_parsed(text))
    # Positions are those of the old text: layers come and go last, from the end on.
    layers = [change for change in changes if isinstance(change, NewLayer | Removal)]
    others = [change for change in changes if not isinstance(change, NewLayer | Removal)]
    for change in (*others, *sorted(layers, key=lambda one: one.route, reverse=True)):
        expected = _changed(expected, change.route, change)
    if plain_value(_parsed(spliced(text, cuts))) != expected:
        raise EditError("the edit would change more than it says")
    return cuts


def untried_splices(places: Places, *changes: Change) -> list[Splice]:
    """The same, of changes that are known to do what they say."""
    root = _parsed(places.text)
    return sorted(cut for change in changes for cut in cuts_of(change, root, places))


def entry_in_flow(places: Places, route: Route, *changes: Change) -> MapNode | None:
    """A mapping with changes in it, as it is read by itself: in flow style nothing around it depends on it.

    ``None`` for one of lines, and where the changes would be read as something else. Raises EditError.
    """
    node = node_at(_parsed(places.text), route)
    start, end = places.ends(node.span)
    if not isinstance(node, MapNode) or places.text[start] != "{":
        return None
    cuts = [replace(cut, offset=cut.offset - start) for cut in untried_splices(places, *changes)]
    if any(cut.offset < 0 or cut.offset + cut.removed > end - start for cut in cuts):
        return None
    expected = plain_value(node)
    for change in changes:
        expected = _changed(expected, change.route[len(route) :], change)
    made = parse(spliced(places.text[start:end], cuts), Log(""))
    return made if made is not None and plain_value(made) == expected else None


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
        waiting += [((*route, key), child) for key, child in children_of(node)]
    return found


def _parsed(text: str) -> MapNode:
    root = parsed(text) or parse(text, Log(""))
    if root is None:
        raise EditError("the text is not YAML")
    return root


def _changed(tree: object, route: Route, change: Change) -> object:
    if not route:
        return change.value if isinstance(change, Edit) else tree
    key, *rest = route
    if isinstance(tree, tuple) and isinstance(key, int):
        if isinstance(change, NewLayer) and not rest:
            texts = (change.text, *change.below)
            above = [plain_value(node_at(_parsed(f"layer: {text}"), ("layer",))) for text in texts]
            return (*tree[:key], *above, *tree[key:])
        if isinstance(change, Removal) and not rest:
            return (*tree[:key], *tree[key + 1 :])
        return (*tree[:key], _changed(tree[key], tuple(rest), change), *tree[key + 1 :])
    if not isinstance(tree, dict):
        raise EditError("the route leads nowhere")
    if isinstance(change, Dropped) and not rest:
        return {name: value for name, value in tree.items() if name != key}
    if isinstance(change, Rename) and not rest:
        return {change.key if name == key else name: value for name, value in tree.items()}
    return tree | {key: _changed(tree.get(key), tuple(rest), change)}
