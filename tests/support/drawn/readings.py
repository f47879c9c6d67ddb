"""Whether a list has two readings: what follows an absent entry, and where a branch would have begun.

An entry that is absent is as if its line were not there. Where its ``from`` leads elsewhere than to what came
before it, what follows it directly might as well be meant to go on from there, unless what came before is an
alternative of it. Both readings are tried at many settings of everything that conditions and repeats are over.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterable, Iterator
from random import Random
from typing import Any, NamedTuple

from tests.support.drawn.items import Document, Item, spread
from tests.support.drawn.reader import Scope, Stands
from tests.support.drawn.values import Env, filled, names_in, parsed

MOST = 160
"""At how many settings a list is tried."""


class Finding(NamedTuple):
    """An entry whose absence has two readings, and what follows it; ``None`` is the end of the list."""

    entry: Document
    follower: Document | None


class Readings:
    """What two readings differ in: ``differ`` where that must be refused, ``doubtful`` where it may be."""

    def __init__(self, entries: list[Document], names: Iterable[str], *, ends: bool = True) -> None:
        self.differ: list[Finding] = []
        self.doubtful = False
        self.ends = ends
        self.together: set[frozenset[int]] = set()
        if not any(_may_lead_elsewhere(entry) for entry in _all(entries)):
            return
        settings = list(_settings(entries))
        for env in settings:
            self._meet(list(spread(entries, env)))
        arriving: Scope = {name: Stands(name) for name in names}
        for env in settings:
            given = self._walk(list(spread(entries, env)), [{}, arriving], next(iter(arriving)), ends)
            assert given

    def _meet(self, items: list[Item]) -> None:
        """Note which entries are there at the same time."""
        there = [item for item in items if item.there]
        for one, other in itertools.combinations(there, 2):
            self.together.add(frozenset((id(one.entry), id(other.entry))))
        for item in there:
            for inner in _insides(item):
                self._meet(inner)

    def _walk(self, items: list[Item], scopes: list[Scope], arriving: str, ends: bool = True) -> str:
        """What the list gives by the first reading."""
        absent = elsewhere = arriving
        leading: Document | None = None
        before: Document | None = None
        for place, item in enumerate(items):
            source = _source(item, scopes)
            if not item.there:
                if source is not None and not self._alternative(before, item.entry):
                    elsewhere, leading = source, item.entry
                elif source is None and item.name and absent != elsewhere:
                    self.doubtful = True
                for leaf in item.leaves():
                    if leaf.name:
                        scopes[0].setdefault(leaf.name, Stands(source or absent, gone=True))
                continue
            if source is None and absent != elsewhere:
                assert leading is not None
                self._found(leading, item.entry)
            absent = elsewhere = self._given(item, scopes, source or absent, f"{id(items)} {place}")
            before = item.entry
            if item.name and item.inside is None:
                scopes[0][item.name] = scopes[0].get(item.name, Stands(absent))._replace(value=absent, gone=False)
        if absent != elsewhere:
            assert leading is not None
            if ends:
                self._found(leading, None)
            self.doubtful = True
        return absent

    def _given(self, item: Item, scopes: list[Scope], source: str, fresh: str) -> str:
        if item.inside is not None:
            return self._walk(item.inside, scopes, source)
        if "layers" not in item.entry:
            return fresh
        given = source
        for inner in _insides(item):
            inside: Scope = {}
            given = self._walk(inner, [inside, *scopes], given)
            if item.name:
                scopes[0][item.name] = Stands(given, inside)
        return given

    def _alternative(self, before: Document | None, entry: Document) -> bool:
        return before is not None and frozenset((id(before), id(entry))) not in self.together

    def _found(self, entry: Document, follower: Document | None) -> None:
        if not any(one.entry is entry and one.follower is follower for one in self.differ):
            self.differ.append(Finding(entry, follower))


def of_document(document: Document, files: dict[str, Document]) -> tuple[bool, bool]:
    """Whether a list of the document has two readings, and whether that is in doubt."""
    found = [Readings(document["layers"], ["input"], ends="outputs" not in document)]
    for block in _blocks(document, files):
        found.append(Readings(block["layers"], block.get("inputs", ["input"]), ends="outputs" not in block))
    return any(one.differ for one in found), any(one.doubtful for one in found)


def _blocks(document: Document, files: dict[str, Document]) -> Iterator[Document]:
    for block in document.get("blocks", {}).values():
        whole = files[block["use"]] if "use" in block else block
        yield whole
        if "use" in block:
            yield from _blocks(whole, files)


def _all(entries: list[Document]) -> Iterator[Document]:
    for entry in entries:
        yield entry
        yield from _all(entry.get("layers", []))


def _may_lead_elsewhere(entry: Document) -> bool:
    return "from" in entry and (entry.get("when", True) is not True or "repeat" in entry)


def _insides(item: Item) -> Iterator[list[Item]]:
    """The lists in an item, one for each of its copies."""
    if item.inside is not None:
        yield item.inside
    elif "layers" in item.entry:
        for env in [item.env] if item.copies is None else item.copies:
            yield list(spread(item.entry["layers"], env))


def _source(item: Item, scopes: list[Scope]) -> str | None:
    written = item.entry.get("from")
    if written is None:
        return None
    first, *rest = filled(written[0] if isinstance(written, list) else written, item.env).split(".")
    found = next((scope[first] for scope in scopes if first in scope), Stands(first))
    for part in rest:
        if found.gone or found.inside is None:
            break
        found = found.inside.get(part, Stands(f"{first}.{part}"))
    return found.value


def _settings(entries: list[Document]) -> Iterator[Env]:
    """Values for every name that a condition, a repeat or a name is over."""
    choices: dict[str, list[Any]] = {}
    for entry in _all(entries):
        written = [entry.get("when"), entry.get("repeat")]
        written += str(entry.get("name", "")).replace("{", "}").split("}")[1::2]
        for one in written:
            for name in names_in(one):
                choices.setdefault(name, [])
            if isinstance(one, str):
                _choose(parsed(one), choices)
    names = sorted(choices)
    values = [list(dict.fromkeys(choices[name])) or [0, 1, 2, 3] for name in names]
    total = 1
    for each in values:
        total *= len(each)
    if total <= MOST:
        yield from (dict(zip(names, row, strict=True)) for row in itertools.product(*values))
        return
    random = Random(total)
    for _ in range(MOST):
        yield {name: random.choice(each) for name, each in zip(names, values, strict=True)}


def _choose(node: ast.expr, choices: dict[str, list[Any]]) -> None:
    """Note of each name whether it is a truth, and otherwise what numbers are near those it is compared with."""
    match node:
        case ast.Name(name):
            choices[name] = [False, True]
        case ast.UnaryOp(ast.Not(), inner):
            _choose(inner, choices)
        case ast.BoolOp(_, parts):
            for part in parts:
                _choose(part, choices)
        case _:
            inner_names = [one.id for one in ast.walk(node) if isinstance(one, ast.Name) and one.id in choices]
            constants: list[Any] = [one.value for one in ast.walk(node) if isinstance(one, ast.Constant)]
            numbers = sorted({0, 1, 2, *(int(c) + d for c in constants for d in (0, 1) if not isinstance(c, bool))})
            for name in inner_names:
                choices[name] += [number for number in numbers if number not in choices[name]]


def repaired(random: Random, entries: list[Document], names: list[str]) -> list[Document]:
    """The list without what has two readings: what follows says what it takes, or a condition is given up."""
    for _ in range(20):
        found = Readings(entries, names)
        if not found.differ:
            break
        entry, follower = found.differ[0]
        name = entry.get("name")
        stated = follower is not None and "from" not in follower and "repeat" not in follower
        if stated and name and "{" not in name and random.random() < 0.6 and "layers" not in (follower or {}):
            assert follower is not None
            follower["from"] = name
        elif "repeat" in entry and entry["repeat"] != 2:
            entry["repeat"] = 2
        else:
            entry.pop("when", None)
    return entries
