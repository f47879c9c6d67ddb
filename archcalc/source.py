"""YAML text to plain values that remember where they stood. The only importer of yaml.

Scalars follow the YAML 1.2 core schema: ``no`` and ``on`` are strings, ``011`` is eleven, ``1e-3`` is
a number. Size and depth are bounded on the parser's events, before anything is built; anchors,
aliases, tags and merge keys are refused, so nothing can be expanded.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, TypeAlias

import yaml
from msgspec import Struct

from archcalc.diagnostics import Label, Log, Span, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

MAX_BYTES = 1 << 20
MAX_DEPTH = 64
MAX_DIGITS = 40

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
        if os.path.isdir(path):
            log.error("A101", None, f"`{path}` is a folder, not a spec file", *_specs_in(path))
            return None
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        log.error("A101", None, f"there is no file `{path}`", *_neighbours(path))
        return None
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or str(fault)
        log.error("A101", None, f"`{path}` cannot be read: {reason}", "check its permissions and its path")
        return None
    if len(data) > MAX_BYTES:
        log.error("A103", None, f"`{path}` is larger than 1 MiB", "a spec is a table, not data: shorten it")
        return None
    return decode(data, log)


def decode(data: bytes, log: Log) -> str | None:
    """UTF-8 bytes as text, or ``None`` with a diagnostic in the log."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        column = fault.start - (data.rfind(b"\n", 0, fault.start) + 1) + 1
        log.error(
            "A102",
            Span(line, column, line, column + 1),
            f"this is not UTF-8 text (byte 0x{data[fault.start]:02x} at offset {fault.start})",
            "save the file as UTF-8",
        )
        return None
    bad = re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", text)
    if bad:
        line = text.count("\n", 0, bad.start()) + 1
        column = bad.start() - (text.rfind("\n", 0, bad.start()) + 1) + 1
        log.error(
            "A102",
            Span(line, column, line, column + 1),
            f"control character U+{ord(bad[0]):04X}: this is not a text file",
            "save the file as plain UTF-8 text",
        )
        return None
    return text


def parse(text: str, log: Log) -> Mapping | None:
    """The mapping that a spec's text holds, or ``None`` with diagnostics in the log.

    Duplicate keys, anchors and tags are reported and passed over, so that later stages can
    find the file's other faults in the same run.
    """
    builder = _Builder(log)
    try:
        node = builder.document(_events(text))
    except yaml.YAMLError as fault:
        _report_syntax(fault, text, log)
        return None
    except _TooDeep as fault:
        log.error("A103", fault.span, f"nested deeper than {MAX_DEPTH} levels", "a spec is a table: flatten it")
        return None
    if node is None or (isinstance(node, Scalar) and node.value is None):
        log.error("A107", None, "the file is empty", "begin with `archcalc: 1`, `name:`, `input:` and `layers:`")
        return None
    if not isinstance(node, Mapping):
        log.error("A107", node.span, "a spec is a mapping of keys", "begin with `archcalc: 1`, `name:`, `input:`")
        return None
    return node


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


def _events(text: str) -> Iterator[Any]:
    loader = _LOADER(text)
    try:
        while loader.check_event():
            yield loader.get_event()
    finally:
        loader.dispose()


def _span(event: Any) -> Span:
    start, end = event.start_mark, event.end_mark
    return Span(start.line + 1, start.column + 1, end.line + 1, end.column + 1)


class _Builder:
    """Builds nodes from events, without recursion into what is too deep."""

    def __init__(self, log: Log) -> None:
        self.log = log

    def document(self, events: Iterator[Any]) -> Node | None:
        root: Node | None = None
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents == 2:
                    self.log.error("A108", _span(event), "a second document begins here", "one spec, one file")
                    return root
            elif isinstance(event, yaml.NodeEvent):
                root = self.node(event, events, 1)
        return root

    def node(self, event: Any, events: Iterator[Any], depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise _TooDeep(_span(event))
        if isinstance(event, yaml.ScalarEvent):
            self._refuse_extras(event)
            plain = event.style is None or event.style == ""
            return Scalar(scalar_value(event.value) if plain else event.value, event.value, _span(event))
        if isinstance(event, yaml.AliasEvent):
            self.log.error("A106", _span(event), f"`*{event.anchor}` is an alias", "write the value out, or use `let`")
            return Scalar(None, "", _span(event))
        self._refuse_extras(event)
        if isinstance(event, yaml.SequenceStartEvent):
            items = []
            for following in events:
                if isinstance(following, yaml.SequenceEndEvent):
                    break
                items.append(self.node(following, events, depth + 1))
            return Sequence(tuple(items), _through(event, following))
        return self.mapping(event, events, depth)

    def mapping(self, event: Any, events: Iterator[Any], depth: int) -> Mapping:
        entries: dict[str, Node] = {}
        keys: dict[str, Span] = {}
        for following in events:
            if isinstance(following, yaml.MappingEndEvent):
                break
            key = self.node(following, events, depth + 1)
            value = self.node(next(events), events, depth + 1)
            if not isinstance(key, Scalar):
                self.log.error("A111", key.span, "a key must be a word, not a list or mapping")
            elif key.text == "<<":
                self.log.error("A106", key.span, "`<<` is a merge key", "write the keys out")
            elif key.text in entries:
                self.log.error(
                    "A105",
                    key.span,
                    f"`{key.text}` stands twice: first on line {keys[key.text].line}, again on line {key.span.line}",
                    "remove one of them",
                    labels=[Label(keys[key.text], "first here")],
                )
            else:
                entries[key.text] = value
                keys[key.text] = key.span
        return Mapping(entries, keys, _through(event, following))

    def _refuse_extras(self, event: Any) -> None:
        if event.anchor is not None:
            self.log.error("A106", _span(event), f"`&{event.anchor}` is an anchor", "give the value a name under `let`")
        if event.tag is not None and event.tag != "!":
            self.log.error("A106", _span(event), f"`{event.tag}` is a tag", "remove the tag: plain values are enough")


def _through(start: Any, end: Any) -> Span:
    first, last = start.start_mark, end.end_mark
    return Span(first.line + 1, first.column + 1, last.line + 1, last.column + 1)


def _report_syntax(fault: yaml.YAMLError, text: str, log: Log) -> None:
    mark = getattr(fault, "problem_mark", None)
    span = None if mark is None else Span(mark.line + 1, mark.column + 1, mark.line + 1, mark.column + 2)
    problem = getattr(fault, "problem", None) or str(fault)
    context = getattr(fault, "context", None)
    lines = text.splitlines()
    line = lines[span.line - 1] if span and span.line <= len(lines) else ""
    if "\t" in line[: span.column if span else 0] or "'\\t'" in problem or "tab" in problem:
        log.error("A104", span, "a tab is used for indentation", "indent with spaces: YAML allows no tabs there")
        return
    labels = []
    context_mark = getattr(fault, "context_mark", None)
    if context and context_mark is not None and (mark is None or context_mark.line != mark.line):
        at = Span(context_mark.line + 1, context_mark.column + 1, context_mark.line + 1, context_mark.column + 2)
        labels = [Label(at, context)]
    message = f"{problem} {context}" if context and not labels else problem
    log.error("A104", span, f"this is not YAML: {message}", _syntax_help(problem, line), labels=labels)


def _syntax_help(problem: str, line: str) -> str:
    if "mapping values are not allowed" in problem:
        return "a text that holds `: ` needs quotes; or the line above is indented less than this one"
    if "expected ',' or '}'" in problem or "expected ',' or ']'" in problem:
        return "close the bracket, or put a comma between the entries"
    if "could not find expected ':'" in problem:
        return "every key needs a colon and a space: `key: value`"
    if line.strip().startswith(("%", "@", "`")):
        return "quote a value that begins with a reserved character"
    return "compare the brackets, commas, colons and indentation with the lines around"


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
