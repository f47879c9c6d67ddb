"""The entries of a list in each of their copies, and what those without a name are called."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.support.drawn.values import Env, filled, value

JOINS = ("add", "multiply", "concat")
Document = dict[str, Any]


class Item:
    """An entry in one of its copies. ``inside`` are the items of a group without a name, which is no module.

    ``copies`` are the names that each of the copies sees which stand in a group of their own; ``none`` says that
    there are to be none.
    """

    def __init__(self, entry: Document, env: Env, name: str | None, there: bool) -> None:
        self.entry, self.env, self.name, self.there = entry, env, name, there
        self.copies: list[Env] | None = None
        self.none = False
        self.inside: list[Item] | None = None

    @property
    def is_module(self) -> bool:
        return self.entry.get("kind") not in JOINS and "again" not in self.entry

    @property
    def is_called(self) -> bool:
        """Whether it has a name that is no number, as it is written."""
        return "name" in self.entry and not filled(self.entry["name"], _ZEROS).isdigit()

    def leaves(self) -> Iterator[Item]:
        """The items that stand in the list: itself, or what is in it."""
        if self.inside is None:
            yield self
            return
        for item in self.inside:
            yield from item.leaves()


class _Zeros(dict[str, Any]):
    def __missing__(self, name: str) -> int:
        return 1


_ZEROS = _Zeros()


def spread(entries: list[Document], env: Env) -> Iterator[Item]:
    """Every entry in each of its copies; one whose number is 0 is there once, absent."""
    for entry in entries:
        name = entry.get("name")
        count = int(value(entry["repeat"], env)) if "repeat" in entry else None
        known = [env] if count is None else [{**env, "index": index} for index in range(count)]
        held = [bool(value(entry.get("when", True), inside)) for inside in known]
        if count is not None and name is not None and "{" not in name:
            item = Item(entry, env, name, any(held))
            item.none = not known
            item.copies = [inside for inside, there in zip(known, held, strict=True) if there]
            yield item
            continue
        none = not known
        if none:
            known, held, name = [{**env, "index": 0}], [False], None
        for inside, there in zip(known, held, strict=True):
            item = Item(entry, inside, None if name is None else filled(name, inside), there)
            item.none = none
            if "layers" in entry and "name" not in entry:
                item.inside = list(spread(entry["layers"], inside))
            yield item


def call(items: list[Item], where: str) -> None:
    """Give what has no name its number, or its kind: in a block it depends on all entries, there or not."""
    every = [leaf for item in items for leaf in item.leaves()]
    by_kind = where == "top" or (where == "block" and any(leaf.is_called for leaf in every if leaf.is_module))
    there = [leaf for item in items for leaf in present(item)]
    taken = {leaf.name for leaf in there}
    counts: dict[str, int] = {}
    position = 0
    for leaf in there:
        if leaf.name is None and leaf.is_module and not by_kind:
            leaf.name = str(position)
        position += leaf.is_module
        kind = "again" if "again" in leaf.entry else leaf.entry.get("kind", "")
        while leaf.name is None:
            number = counts.get(kind, 0)
            counts[kind] = number + 1
            called = f"{kind}_{number}" if number else kind
            if called not in taken:
                leaf.name = called
                taken.add(called)


def present(item: Item) -> Iterator[Item]:
    if item.there and item.inside is None:
        yield item
    elif item.there and item.inside is not None:
        for inner in item.inside:
            yield from present(inner)


def names_of(item: Item) -> Iterator[str]:
    """The names that an absent entry has, or those of the entries in a group without one."""
    for leaf in item.leaves():
        if leaf.name is not None:
            yield leaf.name
