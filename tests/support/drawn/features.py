"""What of the language a drawn spec uses, so that one can see that all of it is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from tests.support.drawn.documents import Drawn
from tests.support.drawn.items import JOINS, Document
from tests.support.drawn.reader import Reading
from tests.support.drawn.values import names_in

ALL = (
    "applied again",
    "arguments given: all",
    "arguments given: none",
    "arguments given: some",
    "arguments in another order",
    "argument is a decimal",
    "argument is a list",
    "argument is an expression",
    "argument is handed on under another name",
    "argument varies with `index`",
    "block in a block",
    "block of several inputs",
    "block of its own `let`",
    "block read from a file",
    "copies in a group of their own",
    "copies in the list",
    "copies of a group without a name",
    "copies with names",
    "copies that all take one thing",
    "copies of which one is absent",
    "default is an expression",
    "either or: of one name",
    "either or: a join",
    "either or: a layer",
    "entry absent",
    "entry absent and referred to",
    "entry absent and referred to into",
    "group in a group",
    "outputs",
    "output absent",
    "presets",
    "repeat of 0",
    "use of one block, twice, with differing arguments",
    "use of one block, twice, with equal values under other names",
    "use of one block, twice, with `true` here and 1 there",
    "when on a block",
    "when on a group",
    "when on a group without a name",
    "when on a join",
    "when on a layer",
    "when that chooses",
)
"""Each of them."""


def features(drawn: Drawn, readings: list[Reading]) -> set[str]:
    """Those of ``ALL`` that the spec uses, in any of its members."""
    found = set(_of_document(drawn))
    for reading in readings:
        found |= reading.met
    return found


def _of_document(drawn: Drawn) -> Iterator[str]:
    document = drawn.document
    blocks = _all_blocks(document, drawn.files)
    yield from (feature for feature in ("presets", "outputs") if feature in document)
    lists = [document["layers"]]
    for name, block in blocks.items():
        lists.append(block["layers"])
        yield from _of_block(name, block, blocks)
    if drawn.files:
        yield "block read from a file"
    for entries in lists:
        uses: dict[str, list[Document]] = {}
        for depth, siblings in _lists(entries):
            yield from _of_siblings(siblings)
            for entry in siblings:
                yield from _of_entry(entry, blocks, depth)
                if entry.get("kind") in blocks:
                    uses.setdefault(entry["kind"], []).append(entry)
        for kind, of_kind in uses.items():
            yield from _of_uses(of_kind, blocks[kind])


def _all_blocks(document: Document, files: dict[str, Document]) -> dict[str, Document]:
    found: dict[str, Document] = {}
    for name, block in document.get("blocks", {}).items():
        whole = files[block["use"]] if "use" in block else block
        found |= {name: whole, **_all_blocks(whole, files)}
    return found


def _lists(entries: list[Document], depth: int = 0) -> Iterator[tuple[int, list[Document]]]:
    yield depth, entries
    for entry in entries:
        if "layers" in entry:
            yield from _lists(entry["layers"], depth + ("name" in entry))


def _of_block(name: str, block: Document, blocks: dict[str, Document]) -> Iterator[str]:
    if "inputs" in block:
        yield "block of several inputs"
    if "let" in block:
        yield "block of its own `let`"
    if any(names_in(default) for default in block.get("args", {}).values()):
        yield "default is an expression"
    for _, siblings in _lists(block["layers"]):
        for entry in siblings:
            if entry.get("kind") in blocks:
                yield "block in a block"
                inner = blocks[entry["kind"]].get("args", {})
                if any(entry[arg] in block.get("args", {}) and entry[arg] != arg
                       for arg in inner if isinstance(entry.get(arg), str)):  # fmt: skip
                    yield "argument is handed on under another name"


def _of_entry(entry: Document, blocks: dict[str, Document], depth: int) -> Iterator[str]:
    kind = entry.get("kind")
    if "when" in entry:
        what = "block" if kind in blocks else "join" if kind in JOINS else "layer" if kind else "group"
        if " if " in str(entry["when"]):
            yield "when that chooses"
        yield f"when on a {what}" + (" without a name" if what == "group" and "name" not in entry else "")
    if depth and "layers" in entry and "name" in entry:
        yield "group in a group"
    if "repeat" in entry:
        name = entry.get("name")
        if name is None:
            yield "copies in the list" if kind else "copies of a group without a name"
        else:
            yield "copies with names" if "{" in name else "copies in a group of their own"
        if "{" in (name or "") and "from" in entry:
            yield "copies that all take one thing"
        if "index" in names_in(entry.get("when")):
            yield "copies of which one is absent"
    if kind in blocks:
        yield from _of_use(entry, blocks[kind].get("args", {}))


def _of_use(entry: Document, args: dict[str, Any]) -> Iterator[str]:
    given = [name for name in entry if name in args]
    if args:
        yield "arguments given: " + ("none" if not given else "all" if len(given) == len(args) else "some")
    if given != [name for name in args if name in given]:
        yield "arguments in another order"
    for name in given:
        if isinstance(entry[name], float):
            yield "argument is a decimal"
        if isinstance(entry[name], list):
            yield "argument is a list"
        if names_in(entry[name]):
            yield "argument is an expression"
        if "index" in names_in(entry[name]):
            yield "argument varies with `index`"


def _of_uses(uses: list[Document], block: Document) -> Iterator[str]:
    args = block.get("args", {})
    given = [{name: one for name, one in use.items() if name in args} for use in uses]
    for place, one in enumerate(given):
        for other in given[:place]:
            if one != other:
                yield "use of one block, twice, with differing arguments"
            if one.keys() != other.keys() and sorted(map(repr, one.values())) == sorted(map(repr, other.values())):
                yield "use of one block, twice, with equal values under other names"
            kinds = [{type(value) for value in each.values() if not isinstance(value, str | list) and value == 1}
                     for each in (one, other)]  # fmt: skip
            if bool in kinds[0] ^ kinds[1] and kinds[0] and kinds[1]:
                yield "use of one block, twice, with `true` here and 1 there"


def _of_siblings(siblings: list[Document]) -> Iterator[str]:
    for one, other in pairwise(siblings):
        differ = "when" in one and "when" in other and one["when"] != other["when"]
        if differ and names_in(one["when"]) == names_in(other["when"]) != set():
            both = "name" in one and one.get("name") == other.get("name")
            join = one.get("kind") in JOINS
            yield "either or: " + ("of one name" if both else "a join" if join else "a layer")
