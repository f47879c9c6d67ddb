"""Lists of layers, as written: each entry a layer, the use of a block, or a group.

An error is reported once, and what was surely meant is read on: ``strides: 4`` is an unknown key, and
still the layer's stride, so that no layer below is blamed for it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Span, Suggestion
from archcalc.diagnostics.spelling import LIKELY, SURE, nearest
from archcalc.language.identifiers import Called, names, stated_name
from archcalc.language.mapping_keys import described, key_for, known_keys, value_of
from archcalc.language.nodes import ListNode, MapNode, Node, ScalarNode
from archcalc.layers.contract import KINDS
from archcalc.layers.record import defaults_of, fields_of
from archcalc.spec.activation_keys import Following
from archcalc.spec.claims import read_layer_claims
from archcalc.spec.elsewhere import (
    AGAIN_LESSONS,
    GROUP_FOREIGN,
    GROUP_LESSONS,
    LAYER_FOREIGN,
    NO_LAYERS,
    USE_FOREIGN,
    USE_LESSONS,
    WIRES,
    kind_elsewhere,
    lessons_of,
)
from archcalc.spec.model import AGAIN, LayerSpec, RouteSpec, SourceName
from archcalc.spec.raw_entry import RawEntry, Signature
from archcalc.spec.source_names import read_sources
from archcalc.spec.written_otherwise import by_name, from_call, from_key, kind_meant, parted

if TYPE_CHECKING:
    from archcalc.spec.initialisation import Init

WIRING = ("from", "when", "repeat", "route")
"""The keys that say where an entry stands in the network."""

LAYER_KEYS = ("name", "kind", *WIRING, "expect", "init", "tied", "frozen")
GROUP_KEYS = ("name", "layers", *WIRING, "expect", "frozen")
USE_KEYS = ("name", "kind", *WIRING, "expect", "frozen")
AGAIN_KEYS = ("name", AGAIN, "from", "when", "repeat", "expect")


class LayerListReader:
    """The reader of lists of layers in which these blocks may be used, by the names they have there."""

    def __init__(self, log: Log, blocks: Mapping[str, Signature], *, blocks_unread: bool = False) -> None:
        self.log = log
        self.blocks = blocks
        # A kind that there is not may then be a block.
        self.blocks_unread = blocks_unread

    def layers(self, node: Node | None, prefix: str = "", what: str = "layers") -> tuple[LayerSpec, ...]:
        """The entries of a list; ``prefix`` is what their paths begin with, empty at the top of a spec."""
        if node is None:
            return ()
        if not isinstance(node, ListNode) or not node.items:
            message = f"`{what}` takes a list with a layer on each line, not {described(node)}"
            way = by_name(node) or "write `- {kind: relu}`, with a space after the dash"
            self.log.error("A111", node.span, message, way)
            return ()
        items: list[RawEntry] = []
        for entry, below in zip(node.items, (*node.items[1:], None), strict=True):
            item = None if self._is_parted(entry, items) else self._item(entry, Following(below, not prefix))
            items += [] if item is None else [item]
        stated = [stated_name(item.node.entries.get("name"), bool(prefix), self.log) for item in items]
        for item, name in zip(items, stated, strict=True):
            if name is not None and "." in name and "{" not in name and "repeat" in item.node.entries:
                help = f'number them: `name: "{name}{{index}}"`'
                self.log.error("A302", item.node.entries["name"].span, f"`{name}` cannot name several copies", help)
        called = [Called(name, item.called, item.counted) for item, name in zip(items, stated, strict=True)]
        found = zip(items, stated, names(called, bool(prefix)), strict=True)
        return tuple(self._entry(item, name, prefix + path) for item, name, path in found)

    def _is_parted(self, node: Node, above: list[RawEntry]) -> bool:
        key = parted(node, above[-1].kind if above else None)
        if key is not None:
            message = f"`{key.text}` belongs to the layer above it, but a dash begins a layer of its own"
            self.log.error("A112", key.span, message, "remove the dash, and indent the key as those above it")
        return key is not None

    def _item(self, node: Node, following: Following) -> RawEntry | None:
        """An entry above another, its unknown keys reported, its kind found; ``None`` for one that is none."""
        if not isinstance(node, MapNode):
            return self._no_layer(node, following)
        kind_key = key_for("kind", node, LAYER_KEYS, LAYER_FOREIGN)
        if "layers" in node.entries or key_for("layers", _lists(node), GROUP_KEYS, GROUP_FOREIGN):
            known, unsure = known_keys(node, GROUP_KEYS, "a group", self.log, GROUP_FOREIGN, GROUP_LESSONS)
            return RawEntry(known, None, None, True, unsure)
        if AGAIN in node.entries and kind_key is None:
            known, unsure = known_keys(node, AGAIN_KEYS, "an `again`", self.log, WIRES, AGAIN_LESSONS)
            return RawEntry(known, None, None, False, unsure, is_again=True)
        # `name` alone is a layer without a kind, and not a `mean` that is misspelt.
        meant = None if kind_key or next(iter(node.entries), "") in LAYER_KEYS else from_key(node)
        if meant is not None:
            key = next(iter(node.entries))
            message = f"`{key}` is written as a key: a layer says what it is with `kind`"
            self.log.error("A112", node.keys[key], message, f"write `{meant.text}`")
            return self._item(meant.node, following)
        written = value_of(node, kind_key) if kind_key else None
        kind = None if written is None else self._kind(written)
        if isinstance(written, ScalarNode) and written.text.lower() in NO_LAYERS and kind is None:
            return None
        if kind is None:
            # Without a kind its fields are not known, so only what every layer has is looked at.
            said = [key for key in node.entries if key in LAYER_KEYS or key == kind_key]
            common = MapNode({key: node.entries[key] for key in said}, node.keys, node.span)
            known, _ = known_keys(common, LAYER_KEYS, "a layer", self.log, LAYER_FOREIGN)
            return RawEntry(known, None, None, False, set())
        if kind in self.blocks:
            used = self.blocks[kind]
            if not used.readable:
                entries = {key: value for key, value in node.entries.items() if key in USE_KEYS}
                return RawEntry(MapNode(entries, node.keys, node.span), None, used, False, {""})
            allowed = dict.fromkeys((*used.args, *USE_KEYS))
            entries = {key: value for key, value in node.entries.items() if key not in used.misnamed}
            node = MapNode(entries, node.keys, node.span)
            known, unsure = known_keys(node, allowed, f"`{kind}`", self.log, USE_FOREIGN, USE_LESSONS, used.args)
            return RawEntry(known, None, used, False, unsure)
        cls = KINDS[kind]
        allowed = dict.fromkeys((*fields_of(cls), *LAYER_KEYS))
        foreign, lessons = LAYER_FOREIGN | cls.foreign, lessons_of(kind, following)
        known, unsure = known_keys(node, allowed, f"`{kind}`", self.log, foreign, lessons, tuple(fields_of(cls)))
        return RawEntry(known, kind, None, False, unsure)

    def _no_layer(self, node: Node, following: Following) -> RawEntry | None:
        """What is no layer, reported; it keeps its place, so that nothing below moves up to it."""
        message = f"a layer is written as keys with values; this is {described(node)}"
        help, kind = "write `- {kind: relu}`", None
        if isinstance(node, ScalarNode) and isinstance(node.value, str):
            word, _, rest = (part.strip() for part in node.text.partition(":"))
            kind = kind_meant(word, alike=SURE)
            if rest:
                help = f"write a space after the colon: `- {word}: {rest}`"
                kind = kind_meant(rest, alike=SURE) if word == "kind" else None
            elif kind:
                help = f"write `- {{kind: {kind}}}`"
            meant = from_call(node.text, node.span)
            if meant is not None:
                self.log.error("A111", node.span, message, f"write `{meant.text}`")
                self.log.settle(node.span)
                return self._item(meant.node, following)
        self.log.error("A111", node.span, message, help)
        self.log.settle(node.span)
        return RawEntry(MapNode({"kind": node} if kind else {}, {}, node.span), kind, None, False, set())

    def _entry(self, item: RawEntry, named: str | None, path: str) -> LayerSpec:
        entries, span = item.node.entries, item.node.span
        name_span = entries["name"].span if "name" in entries else None
        sources = read_sources(entries.get("from"), "from", self.log)
        claims = read_layer_claims(entries.get("expect"), path, self.log)
        if item.is_group:
            return LayerSpec(
                written_path=path,
                span=span,
                written_name=named,
                name_span=name_span,
                sources=sources,
                when=entries.get("when"),
                repeat=entries.get("repeat"),
                claims=claims,
                route=self._route(entries, named, path),
                frozen=entries.get("frozen"),
                children=self.layers(entries["layers"], f"{path}."),
            )
        node = entries.get("kind")
        if item.is_again:
            node = entries[AGAIN]
            return LayerSpec(
                written_path=path,
                span=span,
                written_name=named,
                name_span=name_span,
                kind_span=node.span,
                sources=sources,
                when=entries.get("when"),
                repeat=entries.get("repeat"),
                claims=claims,
                again=self._one_name(node, AGAIN) or SourceName("", node.span),
            )
        if node is None:
            at = Span(span.line, span.column, span.line, span.column + 1, span.file)
            self.log.error("A112", at, f"layer `{path}` has no `kind`", "say what it is: `kind: conv2d`")
        fields = item.block.args if item.block else fields_of(KINDS[item.kind]) if item.kind else {}
        # A few kinds have an `init` of their own, a number; the one that every layer has is a mapping.
        values = {key: entries[key] for key in fields if key in entries and not _is_init(key, entries[key])}
        return LayerSpec(
            written_path=path,
            span=span,
            written_name=named,
            name_span=name_span,
            kind=item.kind,
            block=item.block.id if item.block else None,
            written_kind=node.text if isinstance(node, ScalarNode) and node.text else None,
            kind_span=node.span if node is not None else None,
            values=values,
            missing=self._missing(item, path),
            doubtful=bool(item.unsure),
            sources=sources,
            when=entries.get("when"),
            repeat=entries.get("repeat"),
            claims=claims,
            init=None
            if "init" in values
            else self._init(item.node, [field for field in fields if field not in values]),
            tied=self._one_name(entries.get("tied"), "tied"),
            frozen=None if "frozen" in fields else entries.get("frozen"),
            route=self._route(entries, named, path),
        )

    def _route(self, entries: Mapping[str, Node], named: str | None, path: str) -> RouteSpec | None:
        # Few specs have experts.
        if "route" not in entries:
            return None
        from archcalc.spec.route import read_route

        return read_route(entries, named, path, self.log)

    def _one_name(self, node: Node | None, key: str) -> SourceName | None:
        found = read_sources(node, key, self.log) or ()
        if len(found) > 1:
            message = f"`{key}` takes the name of one layer"
            self.log.error("A111", found[1].span, message, f"write `{key}: {found[0].name}`")
        return found[0] if found else None

    def _init(self, entry: MapNode, unstated: Collection[str]) -> Init | None:
        # Most specs have none, and a cold check is mostly imports.
        if "init" not in entry.entries:
            return None
        from archcalc.spec.initialisation import read_init

        return read_init(entry.entries["init"], self.log, entry.keys.get("init"), unstated)

    def _kind(self, node: Node) -> str | None:
        """The kind or block that a node says or surely means; ``None`` where that is none."""
        if not isinstance(node, ScalarNode) or not isinstance(node.value, str):
            self.log.error("A111", node.span, f"`kind` takes a word, not {described(node)}", "write `kind: conv2d`")
            return None
        if node.value in self.blocks or node.value in KINDS:
            return node.value
        if self.blocks_unread and kind_meant(node.value, alike=SURE) is None:
            return None
        near = nearest(node.value, self.blocks, alike=LIKELY)
        known = None if near else kind_elsewhere(node.value)
        if known is not None:
            text = f"the layer kind `{node.value}` is not supported yet" if known.not_yet else _no_kind(node.value)
            self.log.error("A113", node.span, text, known.help)
            return None
        guess = near or kind_meant(node.value)
        rule = "they are named as in torch.nn: `conv2d`, `max_pool2d`, …; `archcalc kinds` lists them"
        help = Suggestion(f"did you mean `{guess}`?", guess) if guess else rule
        self.log.error("A113", node.span, _no_kind(node.value), help)
        return nearest(node.value, self.blocks, alike=SURE) or kind_meant(node.value, alike=SURE)

    def _missing(self, item: RawEntry, path: str) -> tuple[str, ...]:
        """What a layer must say and does not, each reported unless an unknown key may have meant it."""
        at = item.node.entries["kind"].span if "kind" in item.node.entries else item.node.span
        if item.block is not None:
            missing = [name for name in item.block.required if name not in item.node.entries]
            for name in missing:
                if name not in item.unsure:
                    message = f"`{path}` gives no `{name}`, and its block has no default for it"
                    self.log.error("A308", at, message, f"add `{name}:` with a value, or a default to the block")
            return tuple(missing)
        if item.kind is None:
            return ()
        cls = KINDS[item.kind]
        missing = [name for name in fields_of(cls) if name not in defaults_of(cls) and name not in item.node.entries]
        for name in missing:
            if name not in item.unsure:
                wanted = f"add `{name}:` with {fields_of(cls)[name].describe()}"
                help = "add `output_size: 1` for one value of each channel, or another size"
                self.log.error("A112", at, f"`{path}` has no `{name}`", help if name == "output_size" else wanted)
        return tuple(missing)


def _no_kind(word: str) -> str:
    return f"there is no layer kind `{word}`"


def _is_init(key: str, node: Node) -> bool:
    return key == "init" and isinstance(node, MapNode)


def _lists(node: MapNode) -> MapNode:
    """The entries that can be a group's misspelt `layers`."""
    entries: dict[str, Node] = {
        key: value for key, value in node.entries.items() if isinstance(value, ListNode) and key not in LAYER_KEYS
    }
    return MapNode(entries, node.keys, node.span)
