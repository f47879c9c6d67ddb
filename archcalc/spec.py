"""Values with their places to a Spec: layers, claims, initialisation, training.

Everything that can be said without computing is checked here: keys, types, kinds, names. Field
values wait for ``graph``, since they may be expressions over ``let``.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Iterator
from os import PathLike

from msgspec import Struct

from archcalc.diagnostics import Label, Log, Span, did_you_mean, nearest
from archcalc.layers import KINDS
from archcalc.layers.base import defaults_of, fields_of
from archcalc.printed import Printed, read_printed
from archcalc.recipe import Init, Training, read_init, read_training
from archcalc.reserved import MODULE_ATTRIBUTES
from archcalc.source import Mapping, Node, Scalar, Sequence, parse, read_text

VERSION = 1

SPEC_KEYS = ("archcalc", "name", "source", "input", "let", "layers", "init", "train", "expect")
LAYER_KEYS = ("name", "kind", "expect", "init")
GROUP_KEYS = ("name", "layers")
TOTALS = ("params", "trainable_params", "macs", "flops", "weight_layers")
LAYER_CLAIMS = ("shape", "params", "macs")

_SPEC_FOREIGN = {"version": "archcalc", "title": "name", "model": "name", "input_shape": "input", "inputs": "input"}
_SPEC_FOREIGN |= {"vars": "let", "variables": "let", "params": "let", "training": "train", "claims": "expect"}
_SPEC_FOREIGN |= {"layer": "layers", "architecture": "layers", "backbone": "layers", "initializer": "init"}
_LAYER_FOREIGN = {"type": "kind", "class": "kind", "class_name": "kind", "op": "kind", "id": "name", "bottom": "from"}
_LAYER_FOREIGN |= {"output": "expect", "output_shape": "expect", "shape": "expect", "kernel_initializer": "init"}
_LESSONS = {
    "activation": "an activation is a layer of its own: add `- {kind: relu}` below",
    "input_shape": "the input is stated once, at the top: `input: [C, H, W]`",
    "batch_input_shape": "the input is stated once, at the top, without the batch: `input: [C, H, W]`",
}


class Claim(Struct, frozen=True, kw_only=True):
    """What the source claims: of a layer (its path) or of the whole (``None``)."""

    of: str | None
    what: str
    claimed: Printed | tuple[int, ...]
    span: Span
    because: str | None = None
    because_span: Span | None = None


class LayerSpec(Struct, frozen=True, kw_only=True):
    """A layer as written, or a group of layers. ``path`` is dotted: ``features.0``."""

    path: str
    span: Span
    kind: str | None = None
    kind_span: Span | None = None
    values: dict[str, Node] = {}
    missing: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()
    init: Init | None = None
    children: tuple[LayerSpec, ...] | None = None

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition(".")[2]

    def where(self, field: str | None) -> Span:
        """The span of a field's value if it is stated, else of the kind."""
        if field is not None and field in self.values:
            return self.values[field].span
        return self.kind_span or self.span


class Spec(Struct, frozen=True, kw_only=True):
    """An architecture as its file states it. ``text`` is that file's text."""

    file: str
    text: str
    name: str
    title: str | None
    url: str | None
    input: tuple[Node, ...]
    input_span: Span
    let: dict[str, Node]
    layers: tuple[LayerSpec, ...]
    claims: tuple[Claim, ...]
    init: Init | None
    training: Training | None

    def every_layer(self) -> Iterator[LayerSpec]:
        """All layers in order, groups opened."""
        return _leaves(self.layers)


def _leaves(layers: Iterable[LayerSpec]) -> Iterator[LayerSpec]:
    for layer in layers:
        if layer.children is None:
            yield layer
        else:
            yield from _leaves(layer.children)


def read_spec(path: PathLike[str] | str, log: Log) -> Spec | None:
    """The Spec in a file, or ``None`` where it has no readable core; faults go to the log."""
    text = read_text(path, log)
    return None if text is None else parse_spec(text, log)


def parse_spec(text: str, log: Log) -> Spec | None:
    """The Spec in a text, or ``None`` where it has no readable core; faults go to the log."""
    root = parse(text, log)
    return None if root is None else _SpecReader(log, text).spec(root)


class _SpecReader:
    def __init__(self, log: Log, text: str) -> None:
        self.log = log
        self.text = text

    def spec(self, root: Mapping) -> Spec | None:
        log, entries = self.log, root.entries
        self._known_keys(root, SPEC_KEYS, "a spec", _SPEC_FOREIGN)
        self._version(root)
        meant = {key: nearest(key, SPEC_KEYS, _SPEC_FOREIGN) for key in entries if key not in SPEC_KEYS}
        for key, example in (("name", "AlexNet"), ("input", "[3, 227, 227]"), ("layers", "")):
            if key not in entries and key not in meant.values():
                log.error("A112", _start(root.span), f"the spec has no `{key}`", f"add `{key}: {example}`".rstrip())
        title, url = self._source(entries.get("source"))
        layers = self._layers(entries.get("layers"), "")
        init = entries.get("init")
        train = entries.get("train")
        spec = Spec(
            file=log.file,
            text=self.text,
            name=self._text(entries.get("name"), "name") or "",
            title=title,
            url=url,
            input=self._input(entries.get("input")),
            input_span=entries["input"].span if "input" in entries else _start(root.span),
            let=self._let(entries.get("let")),
            layers=layers,
            claims=self._totals(entries.get("expect")),
            init=None if init is None else read_init(init, log),
            training=None if train is None else read_training(train, log),
        )
        return spec if "input" in entries and "layers" in entries else None

    def _version(self, root: Mapping) -> None:
        node = root.entries.get("archcalc")
        if node is None:
            self.log.error("A112", _start(root.span), "the spec does not say its language version", "add `archcalc: 1`")
        elif not isinstance(node, Scalar) or type(node.value) is not int or node.value != VERSION:
            said = f"`{node.text}`" if isinstance(node, Scalar) else "this"
            self.log.error("A115", node.span, f"{said} is no spec language version known here", "write `archcalc: 1`")

    def _known_keys(self, node: Mapping, known: Iterable[str], what: str, foreign: dict[str, str]) -> None:
        names = tuple(known)
        for key, span in node.keys.items():
            if key in names:
                continue
            lesson = _LESSONS.get(key.lower()) if what != "a spec" else None
            guess = lesson or did_you_mean(key, names, foreign)
            others = f"{what} has {', '.join(f'`{name}`' for name in names)}"
            self.log.error("A110", span, f"{what} has no `{key}`", guess or others)

    def _text(self, node: Node | None, key: str) -> str | None:
        if node is None:
            return None
        if isinstance(node, Scalar) and isinstance(node.value, str) and node.value.strip():
            return node.value
        if isinstance(node, Scalar) and node.value is not None and not isinstance(node.value, str):
            self.log.error("A111", node.span, f"`{key}` takes text, not {node.text}", f"quote it: '{node.text}'")
        else:
            self.log.error("A111", node.span, f"`{key}` takes text")
        return None

    def _source(self, node: Node | None) -> tuple[str | None, str | None]:
        if node is None:
            return None, None
        if isinstance(node, Scalar):
            return self._text(node, "source"), None
        if not isinstance(node, Mapping):
            self.log.error("A111", node.span, "`source` takes `{title: …, url: …}`")
            return None, None
        self._known_keys(node, ("title", "url"), "`source`", {"link": "url", "name": "title"})
        return self._text(node.entries.get("title"), "title"), self._text(node.entries.get("url"), "url")

    def _input(self, node: Node | None) -> tuple[Node, ...]:
        if node is None:
            return ()
        if not isinstance(node, Sequence) or not 1 <= len(node.items) <= 4:
            self.log.error(
                "A111",
                node.span,
                "`input` takes the sizes of one sample, without the batch",
                "write `input: [C, H, W]` for images, `[C, L]` for signals, `[features]` for vectors",
            )
            return ()
        return node.items

    def _let(self, node: Node | None) -> dict[str, Node]:
        if node is None:
            return {}
        if not isinstance(node, Mapping):
            self.log.error("A111", node.span, "`let` takes names with their values", "write `let: {classes: 1000}`")
            return {}
        for name, span in node.keys.items():
            if not _NAME.fullmatch(name) or keyword.iskeyword(name):
                self.log.error("A302", span, f"`{name}` cannot be a name", "use letters, digits and _")
        return dict(node.entries)

    # Layers

    def _layers(self, node: Node | None, prefix: str) -> tuple[LayerSpec, ...]:
        if node is None:
            return ()
        if not isinstance(node, Sequence) or not node.items:
            self.log.error("A111", node.span, "`layers` takes a list with a layer on each line", "`- {kind: relu}`")
            return ()
        taken: dict[str, Span] = {}
        found = []
        numbers: dict[str, int] = {}
        for position, item in enumerate(node.items):
            if not isinstance(item, Mapping):
                self.log.error(
                    "A111", item.span, "a layer is a mapping", "write `- {kind: relu}`; an unnamed layer needs its kind"
                )
                continue
            name = self._layer_name(item, position, bool(prefix), numbers)
            at = item.entries["name"].span if "name" in item.entries else item.span
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

    def _layer_name(self, item: Mapping, position: int, in_group: bool, numbers: dict[str, int]) -> str:
        node = item.entries.get("name")
        name = None if node is None else self._text(node, "name")
        if name is not None and node is not None:
            self._check_name(name, node.span)
            return name
        if in_group:
            return str(position)
        kind = item.entries.get("kind")
        base = kind.text if isinstance(kind, Scalar) and kind.text in KINDS else "layer"
        numbers[base] = numbers.get(base, -1) + 1
        return f"{base}_{numbers[base]}" if numbers[base] else base

    def _check_name(self, name: str, span: Span) -> None:
        if not _NAME.fullmatch(name):
            self.log.error("A302", span, f"`{name}` cannot name a layer", "use letters, digits and _, a letter first")
        elif keyword.iskeyword(name) or keyword.issoftkeyword(name):
            self.log.error("A302", span, f"`{name}` is a word of Python's", f"name the layer `{name}_`")
        elif name in MODULE_ATTRIBUTES:
            self.log.error("A302", span, f"a `torch.nn.Module` has a `{name}` of its own", f"name the layer `{name}_1`")

    def _layer(self, item: Mapping, path: str) -> LayerSpec:
        if "layers" in item.entries:
            self._known_keys(item, GROUP_KEYS, "a group", _LAYER_FOREIGN)
            return LayerSpec(path=path, span=item.span, children=self._layers(item.entries["layers"], f"{path}."))
        kind = self._kind(item, path)
        expect, init = item.entries.get("expect"), item.entries.get("init")
        values: dict[str, Node] = {}
        missing: tuple[str, ...] = ()
        if kind is not None:
            values, missing = self._fields(item, kind, path)
        node = item.entries.get("kind")
        return LayerSpec(
            path=path,
            span=item.span,
            kind=kind,
            kind_span=node.span if node is not None else None,
            values=values,
            missing=missing,
            claims=() if expect is None else self._layer_claims(expect, path),
            init=None if init is None else read_init(init, self.log),
        )

    def _kind(self, item: Mapping, path: str) -> str | None:
        node = item.entries.get("kind")
        if node is None:
            meant = next((key for key in item.keys if _LAYER_FOREIGN.get(key) == "kind"), None)
            if meant:
                self.log.error("A110", item.keys[meant], f"a layer has no `{meant}`", "did you mean `kind`?")
            else:
                self.log.error("A112", item.span, f"layer `{path}` has no `kind`", "say what it is: `kind: conv2d`")
            return None
        if not isinstance(node, Scalar) or not isinstance(node.value, str):
            self.log.error("A111", node.span, "`kind` takes a word", "`kind: conv2d`")
            return None
        if node.value not in KINDS:
            elsewhere = {word: kind for kind, cls in KINDS.items() for word in cls.also_called}
            guess = did_you_mean(node.value, KINDS, elsewhere)
            self.log.error("A113", node.span, f"there is no layer kind `{node.value}`", guess)
            return None
        return node.value

    def _fields(self, item: Mapping, kind: str, path: str) -> tuple[dict[str, Node], tuple[str, ...]]:
        """A layer's stated fields, and the required ones that it lacks."""
        cls = KINDS[kind]
        fields = fields_of(cls)
        values = {key: node for key, node in item.entries.items() if key in fields}
        unknown = [key for key in item.keys if key not in fields and key not in LAYER_KEYS]
        meant = {nearest(key, fields, cls.foreign) for key in unknown}
        for key in unknown:
            guess = _LESSONS.get(key.lower()) or did_you_mean(key, fields, cls.foreign)
            guess = guess or did_you_mean(key, LAYER_KEYS, _LAYER_FOREIGN)
            has = ", ".join(f"`{name}`" for name in fields) or "no fields"
            self.log.error("A110", item.keys[key], f"`{kind}` has no `{key}`", guess or f"`{kind}` has {has}")
        missing = tuple(name for name in fields if name not in defaults_of(cls) and name not in values)
        node = item.entries["kind"]
        for name in missing:
            if name not in meant:
                wanted = fields[name].describe()
                self.log.error("A112", node.span, f"`{path}` has no `{name}`", f"add `{name}:` with {wanted}")
        return values, missing

    # Claims

    def _layer_claims(self, node: Node, path: str) -> tuple[Claim, ...]:
        if isinstance(node, Sequence):
            claim = self._shape_claim(node, path, None, None)
            return () if claim is None else (claim,)
        if not isinstance(node, Mapping):
            self.log.error("A111", node.span, "`expect` takes a shape, or `{shape: …, params: …, macs: …}`")
            return ()
        self._known_keys(node, (*LAYER_CLAIMS, "because"), "a layer's `expect`", {"output": "shape"})
        shared = node.entries.get("because")
        because = self._text(shared, "because")
        found = []
        for what in LAYER_CLAIMS:
            if what in node.entries:
                claim = self._claim(node.entries[what], path, what, because, shared.span if shared else None)
                found += [claim] if claim is not None else []
        return tuple(found)

    def _totals(self, node: Node | None) -> tuple[Claim, ...]:
        if node is None:
            return ()
        if not isinstance(node, Mapping):
            self.log.error("A111", node.span, "`expect` takes totals", "write `expect: {params: 62.3M}`")
            return ()
        self._known_keys(node, TOTALS, "`expect`", {"parameters": "params", "gmacs": "macs", "gflops": "flops"})
        claims = [self._claim(node.entries[what], None, what, None, None) for what in TOTALS if what in node.entries]
        return tuple(claim for claim in claims if claim is not None)

    def _claim(
        self, node: Node, of: str | None, what: str, because: str | None, because_span: Span | None
    ) -> Claim | None:
        if isinstance(node, Mapping):
            self._known_keys(node, ("claimed", "because"), "a claim", {"value": "claimed"})
            reason = node.entries.get("because")
            because = self._text(reason, "because") or because
            because_span = reason.span if reason is not None else because_span
            if "claimed" not in node.entries:
                self.log.error("A112", node.span, "a claim has no `claimed`", "write `{claimed: 62.3M, because: …}`")
                return None
            node = node.entries["claimed"]
        if what == "shape":
            return self._shape_claim(node, of, because, because_span)
        printed = read_printed(node.text) if isinstance(node, Scalar) and not isinstance(node.value, bool) else None
        if printed is None:
            self.log.error("A111", node.span, f"`{what}` takes a number as printed", "such as 62378344 or 62.3M")
            return None
        return Claim(of=of, what=what, claimed=printed, span=node.span, because=because, because_span=because_span)

    def _shape_claim(self, node: Node, of: str | None, because: str | None, because_span: Span | None) -> Claim | None:
        items = node.items if isinstance(node, Sequence) else ()
        values = [item.value if isinstance(item, Scalar) else None for item in items]
        sizes = [value for value in values if type(value) is int and value > 0]
        if not sizes or len(sizes) != len(items):
            self.log.error("A111", node.span, "a shape is a list of whole numbers, without the batch", "`[96, 55, 55]`")
            return None
        return Claim(
            of=of, what="shape", claimed=tuple(sizes), span=node.span, because=because, because_span=because_span
        )


_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")


def _start(span: Span) -> Span:
    return Span(span.line, span.column, span.line, span.column + 1)
