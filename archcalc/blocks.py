"""``blocks``: layers with arguments, defined in the spec or read from a file of their own."""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from msgspec.structs import replace

from archcalc.diagnostics import Label, Log, Span
from archcalc.entries import WIRING, Entries, Signature, read_sources
from archcalc.expr import ExprError, names
from archcalc.keys import described, known_keys
from archcalc.layers import KINDS
from archcalc.naming import TEMPLATE, is_name, renamed, size_name
from archcalc.source import Mapping, Node, Scalar, Sequence, parse, read_text
from archcalc.spec import BlockSpec, LayerSpec, opened

BLOCK_KEYS = ("args", "inputs", "let", "layers")
FILE_KEYS = ("archcalc", "name", "args", "inputs", "let", "blocks", "layers")
MAX_FILES = 100

_FOREIGN = {"arguments": "args", "params": "args", "parameters": "args", "input": "inputs", "vars": "let"}
_KEPT = ("name", "kind", *WIRING, "expect", "init", "layers")
"""The words that an argument cannot have, since every use of a block has them."""


class Blocks:
    """The blocks of a spec, by id: those of files that are used, and theirs, included.

    ``texts`` are the texts of these files, by name.
    """

    def __init__(self, log: Log, home: Path | None) -> None:
        self.log = log
        self.home = home
        self.found: dict[str, BlockSpec] = {}
        self.texts: dict[str, str] = {}

    def read(self, node: Node | None, log: Log, prefix: str = "", within: tuple[Path, ...] = ()) -> Entries:
        """Read a ``blocks`` mapping; the reader of lists in which these blocks may be used."""
        signatures: dict[str, Signature] = {}
        entries = Entries(log, signatures)
        if node is None:
            return entries
        if not isinstance(node, Mapping):
            what = f"`blocks` takes names with their definitions, not {described(node)}"
            log.error("A111", node.span, what, "write `blocks:` and `name: {args: {…}, layers: […]}` below it")
            return entries
        bodies: list[tuple[BlockSpec, Mapping, Entries]] = []
        for name, body in node.entries.items():
            span = node.keys[name]
            if name in KINDS:
                log.error("A302", span, f"`{name}` is a layer kind already", f"name the block `{name}_block`")
            elif keyword.iskeyword(name) or not is_name(name):
                log.error("A302", span, f"`{name}` cannot name a block", renamed(name, "block"))
            read = self._definition(f"{prefix}{name}", name, body, entries, log, within)
            if read is not None:
                block, where, inner = read
                block = replace(block, name=name, span=span)
                required = tuple(arg for arg, value in block.args.items() if value is None)
                signatures[name] = Signature(block.id, tuple(block.args), required)
                bodies.append((block, where, inner))
        for block, where, inner in bodies:
            self.found[block.id] = self._with_layers(block, where, inner)
        return entries

    def _definition(
        self, id: str, name: str, node: Node, around: Entries, log: Log, within: tuple[Path, ...]
    ) -> tuple[BlockSpec, Mapping, Entries] | None:
        """A block without its layers, what holds them, and the reader for them."""
        if not isinstance(node, Mapping):
            what = f"`{name}` takes `args` and `layers`, not {described(node)}"
            log.error("A111", node.span, what, "write `{args: {width}, layers: […]}`, or `{use: blocks/a_file.yaml}`")
            return None
        if "use" in node.entries:
            known_keys(node, ("use",), "a block from a file", log)
            return self._used(id, node.entries["use"], log, within)
        node, _ = known_keys(node, BLOCK_KEYS, "a block", log, _FOREIGN)
        return self._header(id, node, log), node, around

    def _header(self, id: str, node: Mapping, log: Log) -> BlockSpec:
        inputs = read_sources(node.entries.get("inputs"), "inputs", log) or ()
        for source in inputs:
            size_name(source.name, source.span, log)
        return BlockSpec(
            id=id,
            name=id,
            span=node.span,
            args=_arguments(node.entries.get("args"), log),
            closed=bool(node.span.file),
            inputs=inputs,
            let=read_let(node.entries.get("let"), log),
        )

    def _with_layers(self, block: BlockSpec, node: Mapping, entries: Entries) -> BlockSpec:
        log = entries.log
        if "layers" not in node.entries:
            log.error("A112", block.span, f"the block `{block.name}` has no `layers`", "add `layers:` and a list below")
        layers = entries.layers(node.entries.get("layers"), f"{block.name}.")
        used = {name for found in (node.entries.get("let"), node.entries.get("layers")) for name in _names_in(found)}
        for arg, value in block.args.items():
            if arg not in used and layers:
                where = _key_span(node.entries["args"], arg) or (value.span if value else block.span)
                log.warning(
                    "A307", where, f"nothing in the block `{block.name}` uses its argument `{arg}`", "remove it"
                )
        return replace(block, layers=layers)

    # Files

    def _used(
        self, id: str, node: Node, log: Log, within: tuple[Path, ...]
    ) -> tuple[BlockSpec, Mapping, Entries] | None:
        path = self._path(node, log)
        if path is None or not isinstance(node, Scalar):
            return None
        if path in within or len(within) >= MAX_FILES:
            log.error("A305", node.span, f"`{node.text}` is used in itself", "remove one of the uses")
            return None
        file = str(path)
        inside = Log(file)
        try:
            text = read_text(path, inside)
            root = None if text is None else parse(text, inside, file)
            self.texts[file] = text or ""
            if root is None:
                return None
            root, _ = known_keys(root, FILE_KEYS, "a block's file", inside, _FOREIGN)
            entries = self.read(root.entries.get("blocks"), inside, f"{id}/", (*within, path))
            return self._header(id, root, inside), root, Entries(log, entries.blocks)
        finally:
            log.adopt(inside)

    def _path(self, node: Node, log: Log) -> Path | None:
        """The file that a ``use`` names: beside the spec, or bundled; never anywhere else."""
        rule = "name a YAML file beside the spec, or a bundled one: `use: blocks/bottleneck.yaml`"
        if not isinstance(node, Scalar) or not isinstance(node.value, str) or not node.value.strip():
            log.error("A111", node.span, f"`use` takes a file's name, not {described(node)}", rule)
            return None
        name = PurePosixPath(node.value)
        if name.is_absolute() or ".." in name.parts or "\\" in node.value or ":" in node.value:
            log.error("A309", node.span, f"`{node.value}` is not beside the spec", rule)
            return None
        if name.suffix not in (".yaml", ".yml"):
            log.error("A309", node.span, f"`{node.value}` is no YAML file", rule)
            return None
        from archcalc.bundled import folder

        for home in filter(None, (self.home, folder())):
            path = home / name
            try:
                if path.is_file() and path.resolve().is_relative_to(home.resolve()):
                    return path
            except OSError:
                continue
        log.error("A309", node.span, f"there is no file `{node.value}`, neither beside the spec nor bundled", rule)
        return None


def read_let(node: Node | None, log: Log) -> dict[str, Node]:
    """The named sizes of a spec or a block."""
    if node is None:
        return {}
    if not isinstance(node, Mapping):
        log.error("A111", node.span, "`let` takes names with their values", "write `let: {classes: 1000}`")
        return {}
    for name, span in node.keys.items():
        size_name(name, span, log)
    return dict(node.entries)


def _arguments(node: Node | None, log: Log) -> dict[str, Node | None]:
    if node is None:
        return {}
    if not isinstance(node, Mapping):
        what = f"`args` takes names, each with a value or none, not {described(node)}"
        log.error("A111", node.span, what, "write `args: {width, stride: 1}`: without a value it must be given")
        return {}
    for name, span in node.keys.items():
        if name in _KEPT:
            log.error("A302", span, f"every use of a block has its own `{name}`", f"name it `{name}_1`")
        else:
            size_name(name, span, log)
    empty = {name for name, value in node.entries.items() if isinstance(value, Scalar) and value.value is None}
    return {name: None if name in empty else value for name, value in node.entries.items()}


def _key_span(node: Node, key: str) -> Span | None:
    return node.keys.get(key) if isinstance(node, Mapping) else None


def _names_in(node: Node | None) -> Iterator[str]:
    """Every name in the expressions below a node, and every word that could be one."""
    if isinstance(node, Mapping):
        for value in node.entries.values():
            yield from _names_in(value)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from _names_in(item)
    elif isinstance(node, Scalar) and isinstance(node.value, str):
        for text in (node.value, *TEMPLATE.findall(node.value)):
            try:
                yield from names(text)
            except ExprError:
                continue


def report_unused(blocks: dict[str, BlockSpec], layers: tuple[LayerSpec, ...], log: Log) -> None:
    """A warning for each block of the spec that nothing uses, and an error for each that uses itself."""
    uses = {id: [entry for entry in opened(block.layers) if entry.block] for id, block in blocks.items()}
    reached: set[str] = set()
    waiting = [entry.block for entry in opened(layers) if entry.block]
    while waiting:
        id = waiting.pop()
        if id not in reached:
            reached.add(id)
            waiting += [entry.block for entry in uses.get(id, ()) if entry.block]
    for id, block in blocks.items():
        if id not in reached and "/" not in id:
            log.warning(
                "A306", block.span, f"nothing uses the block `{block.name}`", f"remove it, or write `kind: {id}`"
            )
        for entry in uses[id]:
            if entry.block in blocks and id in _below(entry.block, uses):
                message = f"the block `{block.name}` uses itself"
                help = "a block is made of other blocks and layers; copies are written with `repeat`"
                log.error("A305", entry.kind_span, message, help, labels=[Label(block.span, "in this block")])
                break


def _below(id: str, uses: dict[str, list[LayerSpec]]) -> set[str]:
    """The blocks that a block is made of, itself included."""
    found: set[str] = set()
    waiting = [id]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += [entry.block for entry in uses.get(one, ()) if entry.block]
    return found
