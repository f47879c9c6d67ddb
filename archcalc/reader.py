"""Values with their places to a Spec.

Everything that can be said without computing is checked here: keys, types, kinds, names. Field
values wait for ``graph``, since they may be expressions over ``let``.

A fault is reported once, and what was surely meant is read on: ``strides: 4`` is an unknown key, and
still the layer's stride, so that no layer below is blamed for it.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from archcalc.claimed import read_layer_claims, read_total_claims
from archcalc.diagnostics import LIKELY, SURE, Label, Log, Span, nearest
from archcalc.expr import FUNCTIONS
from archcalc.keys import described, key_for, known_keys, read_words, value_of
from archcalc.layers import KINDS
from archcalc.layers.base import defaults_of, fields_of
from archcalc.reserved import MODULE_ATTRIBUTES
from archcalc.source import Mapping, Node, Scalar, Sequence, parse
from archcalc.spec import LayerSpec, Spec

if TYPE_CHECKING:
    from archcalc.recipe import Init, Training

VERSION = 1

SPEC_KEYS = ("archcalc", "name", "source", "input", "let", "layers", "init", "train", "expect")
LAYER_KEYS = ("name", "kind", "expect", "init")
GROUP_KEYS = ("name", "layers")

_SPEC_FOREIGN = {"version": "archcalc", "title": "name", "model": "name", "input_shape": "input", "inputs": "input"}
_SPEC_FOREIGN |= {"vars": "let", "variables": "let", "params": "let", "training": "train", "claims": "expect"}
_SPEC_FOREIGN |= {"layer": "layers", "architecture": "layers", "backbone": "layers", "initializer": "init"}
_LAYER_FOREIGN = {"type": "kind", "class": "kind", "class_name": "kind", "op": "kind", "layer": "kind", "id": "name"}
_LAYER_FOREIGN |= {"output": "expect", "output_shape": "expect", "shape": "expect", "kernel_initializer": "init"}
_GROUP_FOREIGN = {"layer": "layers", "children": "layers", "modules": "layers", "blocks": "layers"}

_EXAMPLES = {"name": "`name: AlexNet`", "input": "`input: [3, 227, 227]`", "layers": "`layers:` and a list below it"}
_INPUT_ONCE = "the input is stated once, at the top, without the batch: `input: [C, H, W]`"
_NO_BRANCHES = "remove it: a layer takes what the one above it gives"
_LESSONS = {
    "activation": "an activation is a layer of its own: add `- {kind: relu}` below",
    "input_shape": _INPUT_ONCE,
    "batch_input_shape": _INPUT_ONCE,
    "from": _NO_BRANCHES,
    "bottom": _NO_BRANCHES,
    "top": _NO_BRANCHES,
}
_GROUP_LESSONS = {
    "kind": "remove it: a group has no kind, only the layers in it",
    "expect": "a claim goes on a layer, such as the last one in the group",
    "init": "`init` goes on a layer, or at the foot of the spec",
}
_NO_LAYERS = ("input", "inputlayer", "input_layer", "data")
_KIND_LESSONS = dict.fromkeys(_NO_LAYERS, "remove this layer: the input is stated at the top")
_KIND_LESSONS |= {"activation": "name the activation itself, such as `kind: relu`"}


def read_spec(text: str, log: Log) -> Spec | None:
    """The Spec in a text, or ``None`` where it holds none; faults go to the log."""
    root = parse(text, log)
    return None if root is None else _SpecReader(log, text).spec(root)


class _SpecReader:
    def __init__(self, log: Log, text: str) -> None:
        self.log = log
        self.text = text

    def spec(self, root: Mapping) -> Spec:
        top = _start(root.span)
        root, unsure = known_keys(root, SPEC_KEYS, "a spec", self.log, _SPEC_FOREIGN)
        entries = root.entries
        self._version(entries.get("archcalc"), top)
        for key, example in _EXAMPLES.items():
            if key not in entries and key not in unsure:
                self.log.error("A112", top, f"the spec has no `{key}`", f"add {example}")
        title, url = self._source(entries.get("source"))
        return Spec(
            file=self.log.file,
            text=self.text,
            name=read_words(entries.get("name"), "name", self.log) or "",
            title=title,
            url=url,
            input=self._input(entries.get("input")),
            input_span=entries["input"].span if "input" in entries else top,
            let=self._let(entries.get("let")),
            layers=self._layers(entries.get("layers"), ""),
            claims=read_total_claims(entries.get("expect"), self.log),
            init=self._init(entries.get("init")),
            training=self._training(entries.get("train")),
        )

    # Most specs have neither, and a cold check is mostly imports.

    def _init(self, node: Node | None) -> Init | None:
        if node is None:
            return None
        from archcalc.recipe import read_init

        return read_init(node, self.log)

    def _training(self, node: Node | None) -> Training | None:
        if node is None:
            return None
        from archcalc.recipe import read_training

        return read_training(node, self.log)

    def _version(self, node: Node | None, top: Span) -> None:
        if node is None:
            self.log.error("A112", top, "the spec does not say its language version", "add `archcalc: 1`")
        elif not isinstance(node, Scalar) or type(node.value) is not int:
            quoted = isinstance(node, Scalar) and node.value == str(VERSION)
            help = "remove the quotes: `archcalc: 1`" if quoted else "write `archcalc: 1`"
            self.log.error("A111", node.span, "`archcalc` takes the number of the language version", help)
        elif node.value != VERSION:
            newer = ", or use a newer archcalc" if node.value > VERSION else ""
            message = f"version {node.value} of the spec language is not known here, only version {VERSION}"
            self.log.error("A115", node.span, message, f"write `archcalc: {VERSION}`{newer}")

    def _source(self, node: Node | None) -> tuple[str | None, str | None]:
        if node is None:
            return None, None
        if isinstance(node, Scalar):
            return read_words(node, "source", self.log), None
        if not isinstance(node, Mapping):
            self.log.error("A111", node.span, "`source` takes a title and a url", "write `source: {title: …, url: …}`")
            return None, None
        node, _ = known_keys(node, ("title", "url"), "`source`", self.log, {"link": "url", "name": "title"})
        title, url = (read_words(node.entries.get(key), key, self.log) for key in ("title", "url"))
        return title, url

    def _input(self, node: Node | None) -> tuple[Node, ...]:
        if node is None:
            return ()
        if isinstance(node, Sequence) and 1 <= len(node.items) <= 4:
            return node.items
        stated = re.findall(r"[0-9]+", node.text) if isinstance(node, Scalar) else []
        if isinstance(node, Sequence) and len(node.items) == 5:
            stated = [item.text for item in node.items[1:] if isinstance(item, Scalar)]
        example = f"[{', '.join(stated)}]" if 1 <= len(stated) <= 4 else "[C, H, W]"
        given = f"{len(node.items)} of them" if isinstance(node, Sequence) else described(node)
        self.log.error(
            "A111",
            node.span,
            f"`input` takes a list of the 1 to 4 sizes of one sample, without the batch, not {given}",
            f"write `input: {example}`",
        )
        return ()

    def _let(self, node: Node | None) -> dict[str, Node]:
        if node is None:
            return {}
        if not isinstance(node, Mapping):
            self.log.error("A111", node.span, "`let` takes names with their values", "write `let: {classes: 1000}`")
            return {}
        for name, span in node.keys.items():
            if name in FUNCTIONS:
                self.log.error("A302", span, f"`{name}` is a function of expressions", f"name it `{name}_1`")
            elif keyword.iskeyword(name):
                self.log.error("A302", span, f"`{name}` is a word of Python's own", f"name it `{name}_1`")
            elif not _NAME.fullmatch(name):
                self.log.error("A302", span, f"`{name}` cannot be a name in expressions", _rename(name, "n"))
        return dict(node.entries)

    # Layers

    def _layers(self, node: Node | None, prefix: str) -> tuple[LayerSpec, ...]:
        if node is None:
            return ()
        if not isinstance(node, Sequence) or not node.items:
            what = f"`layers` takes a list with a layer on each line, not {described(node)}"
            named = next(iter(node.entries)) if isinstance(node, Mapping) and node.entries else ""
            help = f"write `- {{name: {named}, kind: …}}`" if _NAME.fullmatch(named) else "write `- {kind: relu}`"
            self.log.error("A111", node.span, what, f"{help}, with a space after the dash")
            return ()
        items = [item for item in map(self._item, node.items) if item is not None]
        taken: dict[str, Span] = {}
        found = []
        for item, name in zip(items, self._names(items, bool(prefix)), strict=True):
            at = item.node.entries["name"].span if "name" in item.node.entries else item.node.span
            if name in taken:
                self.log.error(
                    "A301",
                    at,
                    f"two layers are named `{name}`: on lines {taken[name].line} and {at.line}",
                    "rename one of them",
                    labels=[Label(taken[name], "first here")],
                )
            taken.setdefault(name, at)
            found.append(self._layer(item, prefix + name))
        return tuple(found)

    def _item(self, node: Node) -> _Item | None:
        """An entry of ``layers``, its unknown keys reported, its kind found; ``None`` for one that is none."""
        if not isinstance(node, Mapping):
            return self._no_layer(node)
        kind_key = key_for("kind", node, LAYER_KEYS, _LAYER_FOREIGN)
        if "layers" in node.entries or key_for("layers", _lists(node), GROUP_KEYS, _GROUP_FOREIGN):
            known, unsure = known_keys(node, GROUP_KEYS, "a group", self.log, _GROUP_FOREIGN, _GROUP_LESSONS)
            return _Item(known, None, True, unsure)
        written = value_of(node, kind_key) if kind_key else None
        kind = None if written is None else self._kind(written)
        if isinstance(written, Scalar) and written.text.lower() in _NO_LAYERS:
            return None
        if kind is None:
            # Without a kind its fields are not known, so only what every layer has is looked at.
            said = [key for key in node.entries if key in LAYER_KEYS or key == kind_key]
            common = Mapping({key: node.entries[key] for key in said}, node.keys, node.span)
            known, _ = known_keys(common, LAYER_KEYS, "a layer", self.log, _LAYER_FOREIGN)
            return _Item(known, None, False, set())
        cls = KINDS[kind]
        names = dict.fromkeys((*fields_of(cls), *LAYER_KEYS))
        foreign = _LAYER_FOREIGN | cls.foreign
        known, unsure = known_keys(node, names, f"`{kind}`", self.log, foreign, _LESSONS, tuple(fields_of(cls)))
        return _Item(known, kind, False, unsure)

    def _no_layer(self, node: Node) -> _Item:
        """What is no layer, reported; it keeps its place, so that nothing below moves up to it."""
        message = f"a layer is keys with values, not {described(node)}"
        help, kind = "write `- {kind: relu}`", None
        if isinstance(node, Scalar) and isinstance(node.value, str):
            word, _, rest = (part.strip() for part in node.text.partition(":"))
            kind = _kind_meant(word, alike=SURE)
            if rest:
                help = f"write a space after the colon: `- {word}: {rest}`"
                kind = _kind_meant(rest, alike=SURE) if word == "kind" else None
            elif kind:
                help = f"write `- {{kind: {kind}}}`"
        self.log.error("A111", node.span, message, help)
        self.log.settle(node.span)
        return _Item(Mapping({"kind": node} if kind else {}, {}, node.span), kind, False, set())

    def _names(self, items: list[_Item], in_group: bool) -> Iterator[str]:
        """A name for each layer: its own, or its position in a group, or one made of its kind."""
        stated = [self._stated_name(item.node.entries.get("name")) for item in items]
        taken = set(stated)
        numbers: dict[str, int] = {}
        for position, (item, name) in enumerate(zip(items, stated, strict=True)):
            if name is None and in_group:
                name = str(position)
            if name is None:
                base = name = item.kind or "layer"
                while name in taken:
                    numbers[base] = numbers.get(base, 0) + 1
                    name = f"{base}_{numbers[base]}"
                taken.add(name)
            yield name

    def _stated_name(self, node: Node | None) -> str | None:
        if node is None:
            return None
        if not isinstance(node, Scalar) or not isinstance(node.value, str) or not node.value.strip():
            message = f"`name` takes text, not {described(node)}"
            self.log.error("A111", node.span, message, "write a name such as `conv1`")
            return None
        name = node.value
        if not _NAME.fullmatch(name):
            self.log.error("A302", node.span, f"`{name}` cannot name a layer", _rename(name, "layer"))
        elif keyword.iskeyword(name) or keyword.issoftkeyword(name):
            self.log.error("A302", node.span, f"`{name}` is a word of Python's own", f"name the layer `{name}_1`")
        elif name in MODULE_ATTRIBUTES:
            self.log.error("A302", node.span, f"every `torch.nn.Module` has its own `{name}`", f"name it `{name}_1`")
        return name

    def _layer(self, item: _Item, path: str) -> LayerSpec:
        entries, span = item.node.entries, item.node.span
        if item.is_group:
            return LayerSpec(path=path, span=span, children=self._layers(entries["layers"], f"{path}."))
        node = entries.get("kind")
        if node is None:
            self.log.error("A112", _start(span), f"layer `{path}` has no `kind`", "say what it is: `kind: conv2d`")
        fields = fields_of(KINDS[item.kind]) if item.kind else {}
        # A few kinds have an `init` of their own, a number; the one that every layer has is a mapping.
        values = {key: entries[key] for key in fields if key in entries and not _is_init(key, entries[key])}
        return LayerSpec(
            path=path,
            span=span,
            kind=item.kind,
            written_kind=node.text if isinstance(node, Scalar) and node.text else None,
            kind_span=node.span if node is not None else None,
            values=values,
            missing=() if item.kind is None else self._missing(item, path),
            doubtful=bool(item.unsure),
            claims=read_layer_claims(entries.get("expect"), path, self.log),
            init=None if "init" in values else self._init(entries.get("init")),
        )

    def _kind(self, node: Node) -> str | None:
        """The kind that a node says or surely means; ``None`` where that is none."""
        if not isinstance(node, Scalar) or not isinstance(node.value, str):
            self.log.error("A111", node.span, f"`kind` takes a word, not {described(node)}", "write `kind: conv2d`")
            return None
        if node.value in KINDS:
            return node.value
        guess = _kind_meant(node.value)
        rule = "kinds are named as in torch.nn, with underscores: `conv2d`, `max_pool2d`, `batch_norm2d`"
        help = _KIND_LESSONS.get(node.value.lower()) or (f"did you mean `{guess}`?" if guess else rule)
        self.log.error("A113", node.span, f"there is no layer kind `{node.value}`", help)
        return _kind_meant(node.value, alike=SURE)

    def _missing(self, item: _Item, path: str) -> tuple[str, ...]:
        """The required fields that a layer lacks, each reported unless an unknown key may have meant it."""
        assert item.kind is not None
        cls = KINDS[item.kind]
        missing = [name for name in fields_of(cls) if name not in defaults_of(cls) and name not in item.node.entries]
        for name in missing:
            if name not in item.unsure:
                at = item.node.entries["kind"].span
                wanted = fields_of(cls)[name].describe()
                self.log.error("A112", at, f"`{path}` has no `{name}`", f"add `{name}:` with {wanted}")
        return tuple(missing)


class _Item(Struct, frozen=True):
    """An entry of ``layers`` with known keys only; ``unsure`` as ``known_keys`` says it."""

    node: Mapping
    kind: str | None
    is_group: bool
    unsure: set[str]


def _is_init(key: str, node: Node) -> bool:
    return key == "init" and isinstance(node, Mapping)


def _kind_meant(word: str, alike: float = LIKELY) -> str | None:
    elsewhere = {name: kind for kind, cls in KINDS.items() for name in cls.also_called}
    return nearest(word.rpartition(".")[2], KINDS, elsewhere, alike=alike)


def _rename(name: str, prefix: str) -> str:
    """How to name something that cannot be named so."""
    if len(name) > MAX_NAME:
        return f"a name has at most {MAX_NAME} characters"
    import unicodedata

    plain = re.sub(r"[^A-Za-z0-9]+", "_", unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode())
    plain = plain.strip("_")
    if plain and not plain[0].isalpha():
        plain = f"{prefix}_{plain}"
    rule = "a name is made of the letters a to z, digits and _, a letter first"
    return f"{rule}: `{plain}`" if _NAME.fullmatch(plain) and not keyword.iskeyword(plain) else rule


MAX_NAME = 64

_NAME = re.compile(rf"[A-Za-z][A-Za-z0-9_]{{0,{MAX_NAME - 1}}}")


def _lists(node: Mapping) -> Mapping:
    """The entries that can be a group's misspelt `layers`."""
    entries: dict[str, Node] = {
        key: value for key, value in node.entries.items() if isinstance(value, Sequence) and key not in LAYER_KEYS
    }
    return Mapping(entries, node.keys, node.span)


def _start(span: Span) -> Span:
    return Span(span.line, span.column, span.line, span.column + 1)
