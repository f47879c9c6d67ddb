"""``blocks``: layers with arguments, defined in the spec or read from a file of their own."""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Span
from archcalc.diagnostics.spelling import SURE, nearest
from archcalc.language.arithmetic import ExprError
from archcalc.language.expressions import names
from archcalc.language.files import read_text
from archcalc.language.identifiers import TEMPLATE, is_name, renamed, size_name
from archcalc.language.mapping_keys import described, known_keys, read_words
from archcalc.language.nodes import ListNode, MapNode, Node, ScalarNode
from archcalc.language.yaml_reader import parse
from archcalc.layers.contract import KINDS
from archcalc.spec.layer_list import WIRING, LayerListReader
from archcalc.spec.let import is_unset
from archcalc.spec.model import BlockSpec
from archcalc.spec.named_sizes import let_spans, read_let
from archcalc.spec.outputs import read_block_outputs
from archcalc.spec.raw_entry import Signature
from archcalc.spec.source_names import read_sources, refuse_twice
from archcalc.spec.unused_names import asked

if TYPE_CHECKING:
    from pathlib import Path

VERSION = 1
"""The version of the spec language."""

BLOCK_KEYS = ("args", "inputs", "outputs", "let", "layers")
FILE_KEYS = ("archcalc", "name", "args", "inputs", "outputs", "let", "blocks", "layers")
MAX_FILES = 100

_FOREIGN = {
    **dict.fromkeys(("arguments", "params", "parameters"), "args"),
    "input": "inputs",
    "output": "outputs",
    "vars": "let",
}
_KEPT = ("name", "kind", *WIRING, "expect", "init", "layers")
"""The words that an argument cannot have, since every use of a block has them."""


class Blocks:
    """The blocks of a spec, by id: those of files that are used, and theirs, included.

    ``texts`` are the texts of these files, by name.
    """

    def __init__(self, log: Log) -> None:
        self.log = log
        self.found: dict[str, BlockSpec] = {}
        self.texts: dict[str, str] = {}
        self.files = 0

    def read(self, node: Node | None, log: Log, prefix: str = "", within: tuple[Path, ...] = ()) -> LayerListReader:
        """Read a ``blocks`` mapping; the reader of lists in which these blocks may be used."""
        signatures: dict[str, Signature] = {}
        entries = LayerListReader(log, signatures)
        if node is None:
            return entries
        if not isinstance(node, MapNode):
            what = f"`blocks` takes names with their definitions, not {described(node)}"
            way = "write `blocks:` and `name: {args: {…}, layers: […]}` below it, or `name: {use: blocks/name.yaml}`"
            log.error("A111", node.span, what, way)
            return LayerListReader(log, signatures, blocks_unread=True)
        bodies: list[tuple[BlockSpec, MapNode, LayerListReader]] = []
        for name, body in node.entries.items():
            span = node.keys[name]
            _refuse_name(name, span, log)
            signatures[name] = Signature(f"{prefix}{name}", readable=False)
            read = self._definition(f"{prefix}{name}", name, body, entries, log, within)
            if read is not None:
                block, where, inner = read
                block = replace(block, name=name, span=span)
                required = tuple(arg for arg, value in block.args.items() if value is None)
                misnamed = _misnamed(where.entries.get("args"))
                signatures[name] = Signature(block.id, tuple(block.args), required, misnamed=misnamed)
                bodies.append((block, where, inner))
        for block, where, inner in bodies:
            self.found[block.id] = self._with_layers(block, where, inner)
        return entries

    def _definition(
        self, id: str, name: str, node: Node, around: LayerListReader, log: Log, within: tuple[Path, ...]
    ) -> tuple[BlockSpec, MapNode, LayerListReader] | None:
        """A block without its layers, what holds them, and the reader for them."""
        if not isinstance(node, MapNode):
            what = f"`{name}` takes `args` and `layers`, not {described(node)}"
            log.error("A111", node.span, what, "write `{args: {width}, layers: […]}`, or `{use: blocks/a_file.yaml}`")
            return None
        if "use" in node.entries:
            known_keys(node, ("use",), "a block from a file", log)
            return self._used(id, node.entries["use"], log, within)
        node, _ = known_keys(node, BLOCK_KEYS, "a block", log, _FOREIGN)
        return self._header(id, node, log), node, around

    def _header(self, id: str, node: MapNode, log: Log) -> BlockSpec:
        inputs = read_sources(node.entries.get("inputs"), "inputs", log) or ()
        for source in inputs:
            size_name(source.name, source.span, log, in_block=True)
        refuse_twice(inputs, "inputs", log)
        outputs = read_block_outputs(node.entries.get("outputs"), log)
        return BlockSpec(
            id=id,
            name=id,
            span=node.span,
            args=_arguments(node.entries.get("args"), log),
            closed=bool(node.span.file),
            inputs=inputs,
            outputs=outputs,
            let=read_let(node.entries.get("let"), log, in_block=True),
            let_spans=let_spans(node.entries.get("let")),
        )

    def _with_layers(self, block: BlockSpec, node: MapNode, entries: LayerListReader) -> BlockSpec:
        log = entries.log
        if "layers" not in node.entries:
            log.error("A112", block.span, f"the block `{block.name}` has no `layers`", "add `layers:` and a list below")
        layers = entries.layers(node.entries.get("layers"), f"{block.name}.")
        parts = (node.entries.get(key) for key in ("args", "let", "layers"))
        used = {name for found in parts for name in _names_in(found)}
        for arg, value in block.args.items():
            if arg not in used and layers:
                where = _key_span(node.entries["args"], arg) or (value.span if value else block.span)
                near = nearest(arg, sorted(used - block.args.keys()), alike=SURE)
                help = f"write `{arg}` where `{near}` stands" if near else "remove it"
                log.warning("A307", where, f"nothing in the block `{block.name}` uses its argument `{arg}`", help)
        return replace(block, layers=layers, asked=asked(layers))

    # Files

    def _used(
        self, id: str, node: Node, log: Log, within: tuple[Path, ...]
    ) -> tuple[BlockSpec, MapNode, LayerListReader] | None:
        path = self._path(node, log)
        if path is None or not isinstance(node, ScalarNode):
            return None
        if path in within:
            help = "a block is made of other blocks and layers; copies are written with `repeat`"
            log.error("A305", node.span, f"`{node.text}` is used in itself", help)
            return None
        self.files += 1
        if self.files > MAX_FILES:
            if self.files == MAX_FILES + 1:
                log.error("A309", node.span, f"blocks are read from more than {MAX_FILES} files", "put them into fewer")
            return None
        file = str(path)
        inside = Log(file, used=True, budget=log.budget)
        try:
            text = read_text(path, inside)
            root = None if text is None else parse(text, inside, file)
            self.texts[file] = text or ""
            if root is None:
                return None
            root, _ = known_keys(root, FILE_KEYS, "a block's file", inside, _FOREIGN)
            read_version(root.entries.get("archcalc"), root.span, "the file", inside)
            read_words(root.entries.get("name"), "name", inside)
            entries = self.read(root.entries.get("blocks"), inside, f"{id}/", (*within, path))
            return self._header(id, root, inside), root, LayerListReader(log, entries.blocks)
        finally:
            log.adopt(inside)

    def _path(self, node: Node, log: Log) -> Path | None:
        """The file that a ``use`` names: beside the spec, or bundled; never anywhere else."""
        rule = "name a YAML file beside the spec, or a bundled one: `use: blocks/bottleneck.yaml`"
        if not isinstance(node, ScalarNode) or not isinstance(node.value, str) or not node.value.strip():
            log.error("A111", node.span, f"`use` takes a file's name, not {described(node)}", rule)
            return None
        from pathlib import Path, PurePosixPath

        name = PurePosixPath(node.value)
        if name.is_absolute() or ".." in name.parts or "\\" in node.value or ":" in node.value:
            log.error("A309", node.span, f"`{node.value}` is not beside the spec", rule)
            return None
        if name.suffix not in (".yaml", ".yml"):
            log.error("A309", node.span, f"`{node.value}` is not a YAML file", rule)
            return None
        from archcalc.spec.bundled import folder

        beside = [] if self.log.file.startswith("<") else [Path(self.log.file).parent]
        for home in (*beside, folder()):
            path = home / name
            try:
                there = path.is_file()
                if there and path.resolve().is_relative_to(home.resolve()):
                    return path
            except (OSError, ValueError):
                continue
            if there:
                log.error("A309", node.span, f"`{node.value}` is a link that leads elsewhere", rule)
                return None
        # A block's file may lie in another folder than the spec.
        ways = (
            (rule, "a block's file names other files from the spec's folder, as the spec does") if log.used else (rule,)
        )
        log.error("A309", node.span, f"there is no file `{node.value}`, neither beside the spec nor bundled", *ways)
        return None


def read_version(node: Node | None, top: Span, what: str, log: Log) -> None:
    """An error in the log where a file does not say the language's version, or says another."""
    if node is None:
        top = Span(top.line, top.column, top.line, top.column + 1, top.file)
        log.error("A112", top, f"{what} does not say its language version", "add `archcalc: 1`")
    elif not isinstance(node, ScalarNode) or type(node.value) is not int:
        quoted = isinstance(node, ScalarNode) and node.value == str(VERSION)
        help = "remove the quotes: `archcalc: 1`" if quoted else "write `archcalc: 1`"
        log.error("A111", node.span, "`archcalc` takes the number of the language version", help)
    elif node.value != VERSION:
        newer = ", or use a newer archcalc" if node.value > VERSION else ""
        message = f"version {node.value} of the spec language is not known here, only version {VERSION}"
        log.error("A115", node.span, message, f"write `archcalc: {VERSION}`{newer}")


def _refuse_name(name: str, span: Span, log: Log) -> None:
    if name in KINDS:
        log.error("A302", span, f"`{name}` cannot name a block: it is a layer kind", f"name it `{name}_block`")
    elif keyword.iskeyword(name) or keyword.issoftkeyword(name):
        message = f"`{name}` cannot name a block: it is a reserved word of Python"
        log.error("A302", span, message, f"name it `{name}_block`")
    elif not is_name(name):
        log.error("A302", span, f"`{name}` cannot name a block", renamed(name, "block"))
    else:
        return
    log.settle(span)  # that nothing uses it goes without saying


def _arguments(node: Node | None, log: Log) -> dict[str, Node | None]:
    if node is None:
        return {}
    if not isinstance(node, MapNode):
        what = f"`args` takes names, each with a value or none, not {described(node)}"
        log.error("A111", node.span, what, "write `args: {width, stride: 1}`: without a value it must be given")
        return {}
    for name, span in node.keys.items():
        if name in _KEPT:
            message = f"`{name}` cannot name an argument: every use of a block has a `{name}` of its own"
            log.error("A302", span, message, f"name it `{name}_1`")
        if name in _KEPT or not size_name(name, span, log, in_block=True):
            log.settle(span)  # that it is not used goes without saying
    empty = {name for name, value in node.entries.items() if is_unset(value)}
    return {name: None if name in empty else node.entries[name] for name in node.entries if name not in _KEPT}


def _misnamed(node: Node | None) -> tuple[str, ...]:
    """Arguments that are called as a key of every use, which is reported where they are declared."""
    return (
        tuple(name for name in node.entries if name in (*WIRING, "expect", "init")) if isinstance(node, MapNode) else ()
    )


def _key_span(node: Node, key: str) -> Span | None:
    return node.keys.get(key) if isinstance(node, MapNode) else None


def _names_in(node: Node | None) -> Iterator[str]:
    """Every name in the expressions below a node, and every word that could be one."""
    if isinstance(node, MapNode):
        for value in node.entries.values():
            yield from _names_in(value)
    elif isinstance(node, ListNode):
        for item in node.items:
            yield from _names_in(item)
    elif isinstance(node, ScalarNode) and isinstance(node.value, str):
        for text in (node.value, *TEMPLATE.findall(node.value)):
            try:
                yield from names(text)
            except ExprError:
                continue
