"""YAML text to plain values that remember where they stood. The only importer of yaml.

Scalars follow the YAML 1.2 core schema: ``no`` and ``on`` are strings, ``011`` is eleven, ``1e-3`` is
a number. Size is bounded before the text is parsed and depth on the parser's events, before anything
is built; anchors, aliases, tags and merge keys are refused, so nothing can be expanded.
"""

from __future__ import annotations

import os
import re
import stat
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

import yaml
from msgspec import Struct
from msgspec.structs import replace

from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Label, Span, Suggestion
from archcalc.diagnostics.spelling import did_you_mean
from archcalc.language.cut_numbers import begins, goes_on, over, report_cut

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

MAX_BYTES = 1 << 20
MAX_DEPTH = 64
MAX_DIGITS = 40
MAX_REJOINED = 200
"""How long an expression may be that is put together again."""
MAX_COPIES = 100
"""How many aliases of lists and mappings are read on; all of them are faults."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Scalar(Struct, frozen=True):
    """A string, number, boolean or null. ``text`` is how the file spells it."""

    value: str | int | float | bool | None
    text: str
    span: Span


class Sequence(Struct, frozen=True):
    """A list of nodes."""

    items: tuple[Node, ...]
    span: Span


class Mapping(Struct, frozen=True):
    """Nodes by key; ``keys`` says where each key stands."""

    entries: dict[str, Node]
    keys: dict[str, Span]
    span: Span


Node: TypeAlias = Scalar | Sequence | Mapping


def read_text(path: PathLike[str] | str, log: Log) -> str | None:
    """The text of a spec file, or ``None`` with a diagnostic in the log."""
    try:
        data = _read_bytes(path)
    except FileNotFoundError:
        log.error("A101", None, f"there is no file `{path}`", *_neighbours(path))
    except IsADirectoryError:
        log.error("A101", None, f"`{path}` is a folder, not a spec file", *_specs_in(path))
    except _NotAFile:
        log.error("A101", None, f"`{path}` is a pipe or a device, not a file", "save the spec to a file")
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or str(fault)
        log.error("A101", None, f"`{path}` cannot be read: {reason}", "check the path and its permissions")
    else:
        if len(data) <= MAX_BYTES:
            return decode(data, log)
        log.error("A103", None, f"`{path}` is larger than 1 MiB", "a spec is a table, not data: shorten it")
    return None


class _NotAFile(Exception):
    pass


def _read_bytes(path: PathLike[str] | str) -> bytes:
    """At most a byte more than is allowed, and never waiting for a pipe that no one writes to."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with open(handle, "rb") as file:
        mode = os.fstat(handle).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError
        if not stat.S_ISREG(mode):
            raise _NotAFile
        return file.read(MAX_BYTES + 1)


def decode(data: bytes, log: Log) -> str | None:
    """UTF-8 bytes as text, or ``None`` with a diagnostic in the log."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        byte = data[fault.start]
        span = _place(data[: fault.start].decode("utf-8", "replace"))
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        log.error("A102", None, "the file is UTF-16 text", "save it as UTF-8")
    elif b"\0" in data:
        log.error("A102", None, "this is a binary file, not text", "name the spec's `.yaml` file")
    else:
        meant = chr(byte) if byte >= 0xA0 else ""
        was = f" (as Latin-1 it would be `{meant}`)" if meant else ""
        log.error("A102", span, f"byte 0x{byte:02x} is not UTF-8 text{was}", "save the file as UTF-8")
    return None


def _place(before: str) -> Span:
    """The one character that follows a text."""
    lines = f"{before}.".splitlines()
    return Span(len(lines), len(lines[-1]), len(lines), len(lines[-1]) + 1)


_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def parse(text: str, log: Log, file: str = "") -> Mapping | None:
    """The mapping that a spec's text holds, or ``None`` with diagnostics in the log.

    ``file`` is what the spans say: empty for the spec itself.

    Duplicate keys, anchors and tags are reported and passed over, so that later stages can
    find the file's other faults in the same run.
    """
    odd = _UNPRINTABLE.search(text)
    if odd:
        what = "this is a binary file, not text" if odd[0] == "\0" else f"U+{ord(odd[0]):04X} is no printable character"
        log.error("A102", _place(text[: odd.start()]), what, "save the spec as plain text")
        return None
    try:
        node = _Builder(log, file).document(_bounded(text, file))
    except yaml.YAMLError as fault:
        from archcalc.language.yaml_errors import report_syntax

        report_syntax(fault, text, log)
        return None
    except _TooDeep as fault:
        log.error("A103", fault.span, f"nested deeper than {MAX_DEPTH} levels", "a spec is a table: flatten it")
        return None
    if node is None or (isinstance(node, Scalar) and node.value is None):
        log.error("A107", None, f"the file holds no {_HOLDS[log.used]}: it is empty", _BEGIN[log.used])
        return None
    if not isinstance(node, Mapping):
        what = "a list" if isinstance(node, Sequence) else "a text"
        log.error("A107", node.span, f"a {_HOLDS[log.used]} is keys with values, not {what}", _BEGIN[log.used])
        return None
    return node


_HOLDS = {False: "spec", True: "block"}
_BEGIN = {
    False: "begin with `archcalc: 1`, `name:`, `input:` and `layers:`, each on a line of its own",
    True: "begin with `archcalc: 1`, `args:` and `layers:`, each on a line of its own",
}


def scalar_value(text: str) -> str | int | float | bool | None:
    """A plain scalar's value under the YAML 1.2 core schema."""
    if text in ("", "~", "null", "Null", "NULL"):
        return None
    if text in ("true", "True", "TRUE"):
        return True
    if text in ("false", "False", "FALSE"):
        return False
    if text[0] not in "+-.0123456789":
        return text
    if len(text) <= MAX_DIGITS:
        if _INT.fullmatch(text):
            return int(text)
        if _OCTAL_OR_HEX.fullmatch(text):
            return int(text, 0)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _SPECIAL_FLOAT.fullmatch(text):
        return float(text.replace(".", "").lower())
    return text


_INT = re.compile(r"[-+]?[0-9]+")
_OCTAL_OR_HEX = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL_FLOAT = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


class _TooDeep(Exception):
    def __init__(self, span: Span) -> None:
        self.span = span


def _bounded(text: str, file: str) -> Iterator[Any]:
    """The parser's events. Raises _TooDeep in the place of a node that is too deep, and yaml.YAMLError.

    The scanner reads up to a line ahead of its events, and gives up in its own way at a depth that depends
    on its version. So what stands before the place where it gave up, and before what it was reading there,
    is read alone: if that is too deep by itself, this is the fault, whatever comes after it.
    """
    read = 0
    try:
        for event in _not_too_deep(_events(text), file):
            read += 1
            yield event
    except yaml.MarkedYAMLError as fault:
        for mark in (fault.problem_mark, fault.context_mark):
            before = text[: mark.index] if mark else ""
            if _is_too_deep(before, file):
                yield from islice(_not_too_deep(_events(before), file), read, None)
        raise


def _is_too_deep(text: str, file: str) -> bool:
    try:
        deque(_not_too_deep(_events(text), file), maxlen=0)
    except _TooDeep:
        return True
    except yaml.YAMLError:
        return False
    return False


def _not_too_deep(events: Iterator[Any], file: str) -> Iterator[Any]:
    depth = 0
    for event in events:
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.NodeEvent):
            if depth == MAX_DEPTH:
                raise _TooDeep(_span(event, event, file))
            depth += isinstance(event, yaml.CollectionStartEvent)
        yield event


def _events(text: str) -> Iterator[Any]:
    loader = _LOADER(text)
    try:
        while loader.check_event():
            yield loader.get_event()
    finally:
        loader.dispose()


def _span(start: Any, end: Any, file: str) -> Span:
    first, last = start.start_mark, end.end_mark
    return Span(first.line + 1, first.column + 1, last.line + 1, last.column + 1, file)


class _Builder:
    """Builds nodes from events whose depth is bounded.

    An alias is a fault; it still stands for what it names, so that the layers that use it are read
    aright. It does not stand for what holds an alias of more than a scalar: so nothing can be expanded.
    """

    def __init__(self, log: Log, file: str) -> None:
        self.log = log
        self.file = file
        self.anchored: dict[str, Node] = {}
        self.aliased: set[str] = set()
        self.copies = 0

    def span(self, start: Any, end: Any = None) -> Span:
        return _span(start, end or start, self.file)

    def document(self, events: Iterator[Any]) -> Node | None:
        root: Node | None = None
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents == 2:
                    self.log.error("A108", self.span(event), "a second document begins here", "one spec, one file")
                    return root
            elif isinstance(event, yaml.NodeEvent):
                root = self.node(event, events)
        return root

    def node(self, event: Any, events: Iterator[Any]) -> Node:
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event)
        self._refuse_extras(event)
        copies = self.copies
        node: Node
        if isinstance(event, yaml.ScalarEvent):
            plain = event.style is None or event.style == ""
            node = Scalar(scalar_value(event.value) if plain else event.value, event.value, self.span(event))
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self.sequence(event, events)
        else:
            node = self.mapping(event, events)
        if event.anchor is not None and copies == self.copies:
            self.anchored[event.anchor] = node
        return node

    def alias(self, event: Any) -> Node:
        span = self.span(event)
        if event.anchor not in self.aliased:
            self.aliased.add(event.anchor)
            help = "write the value out, or quote it if it is text"
            self.log.error("A106", span, f"`*{event.anchor}` is an alias", help)
        stands_for = self.anchored.get(event.anchor)
        if not isinstance(stands_for, Scalar):
            self.copies += 1
        if stands_for is None or self.copies > MAX_COPIES:
            self.log.settle(span)
            return Scalar(None, "", span)
        return replace(stands_for, span=span)

    def sequence(self, event: Any, events: Iterator[Any]) -> Sequence:
        items: list[Node] = []
        cut: Scalar | None = None
        for following in events:
            if isinstance(following, yaml.SequenceEndEvent):
                break
            node = self.node(following, events)
            if cut is not None and isinstance(node, Scalar):
                items[-1], cut = self.rejoined(cut, node)
            else:
                items.append(node)
                cut = _cut(node, following)
        report_cut(items, self.log)
        return Sequence(tuple(items), self.span(event, following))

    def mapping(self, event: Any, events: Iterator[Any]) -> Mapping:
        entries: dict[str, Node] = {}
        keys: dict[str, Span] = {}
        merged: list[Node] = []
        cut: Scalar | None = None
        last, parts = "", list[Scalar]()
        for following in events:
            if isinstance(following, yaml.MappingEndEvent):
                break
            key = self.node(following, events)
            value_event = next(events)
            alone = getattr(value_event, "value", None) == ""
            if cut is not None and alone and isinstance(key, Scalar):
                entries[last], cut = self.rejoined(cut, key)
                continue
            if parts and alone and isinstance(key, Scalar) and goes_on(parts[-1], key):
                parts.append(key)
                entries[last] = _in_one(parts)
                continue
            self.refuse_cut(parts)
            parts = []
            if isinstance(key, Scalar) and key.text == "<<":
                self.log.error("A106", key.span, "`<<` is a merge key", "write the keys out")
                if isinstance(value_event, yaml.AliasEvent):
                    self.aliased.add(str(value_event.anchor))
                merged.append(self.node(value_event, events))
                continue
            value = self.node(value_event, events)
            if not isinstance(key, Scalar):
                self.log.error("A111", key.span, "a key is a word, not a list or a mapping", "write `key: value`")
            elif key.text in entries:
                self.log.error(
                    "A105",
                    key.span,
                    f"`{key.text}` stands twice{_on_lines(keys[key.text], key.span)}",
                    "remove one of them",
                    labels=[Label(keys[key.text], "first here")],
                )
            else:
                entries[key.text] = value
                keys[key.text] = key.span
                last, cut = key.text, _cut(value, value_event)
                parts = [value] if isinstance(value, Scalar) and begins(value) else []
        self.refuse_cut(parts)
        for node in merged:
            if isinstance(node, Mapping):
                entries = node.entries | entries
                keys = node.keys | keys
        return Mapping(entries, keys, self.span(event, following))

    def rejoined(self, cut: Scalar, rest: Scalar) -> tuple[Scalar, Scalar | None]:
        """An expression that a comma cut in two, whole again; and itself if more is to come."""
        text = f"{cut.text}, {rest.text}"
        span = Span(cut.span.line, cut.span.column, rest.span.end_line, rest.span.end_column, self.file)
        whole = Scalar(text, text, span)
        if _is_open(text):
            return whole, whole if len(text) <= MAX_REJOINED else None
        self.log.error("A116", span, f"`{text}` is cut in two at its comma", f"quote it: '{text}'")
        return whole, None

    def refuse_cut(self, parts: list[Scalar]) -> None:
        """A fault where keys without values are the digits of the number before them: `{out_features: 4,096}`."""
        if len(parts) > 1:
            whole = _in_one(parts)
            written = ",".join(part.text for part in parts)
            self.log.error("A120", whole.span, f"`{written}` is cut apart at its comma", _whole(whole))

    def _refuse_extras(self, event: Any) -> None:
        if event.anchor is not None:
            scalar = isinstance(event, yaml.ScalarEvent)
            instead = "give the value a name under `let`" if scalar else "remove it, and write the keys out each time"
            self.log.error("A106", self.span(event), f"`&{event.anchor}` is an anchor", instead)
        if event.tag is not None and event.tag != "!":
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self.log.error("A106", self.span(event), f"`{tag}` is a tag", "remove it: plain values are enough")
            self.log.settle(self.span(event))


def _cut(node: Node, event: Any) -> Scalar | None:
    """The node, if it is the first part of an expression that a comma cut in two: `max(a` of `max(a, b)`."""
    plain = isinstance(node, Scalar) and isinstance(node.value, str) and not getattr(event, "style", None)
    return node if plain and isinstance(node, Scalar) and _is_open(node.text) else None


def _in_one(parts: list[Scalar]) -> Scalar:
    """The number that is in these parts."""
    digits = "".join(part.text for part in parts)
    return Scalar(scalar_value(digits), digits, over(parts[0].span, parts[-1].span))


def _whole(number: Scalar) -> str | Suggestion:
    text = f"write {number.text}"
    return Suggestion(text, number.value) if isinstance(number.value, int) else text


def _is_open(text: str) -> bool:
    return text.count("(") > text.count(")")


def _on_lines(first: Span, again: Span) -> str:
    return " on this line" if first.line == again.line else f": on line {first.line} and on line {again.line}"


def _neighbours(missing: PathLike[str] | str) -> list[str]:
    from pathlib import Path

    path = Path(missing)
    try:
        names = [entry.name for entry in path.parent.iterdir() if entry.suffix in (".yaml", ".yml")]
    except OSError:
        return [f"there is no folder `{path.parent}` either"]
    return [did_you_mean(path.name, sorted(names))]


def _specs_in(folder: PathLike[str] | str) -> list[str]:
    from pathlib import Path

    try:
        found = sorted(Path(folder).glob("*.yaml"))
    except OSError:
        return []
    return [f"name the files in it: {folder}/*.yaml"] if found else []
