"""Random specs of blocks that take and give several values: in blocks, in rows of copies, conditionally, once more.

Some of their layers are kept together with others, under names with dots.

All values have one shape, so that whatever takes whatever is a network; what each takes is said, so that nothing is
open.
"""

from __future__ import annotations

from random import Random
from typing import Any

from tests.support.drawn.documents import Drawn
from tests.support.drawn.items import Document


class _Lines:
    """A list to which entries are added, each from what ``known`` names above it."""

    def __init__(self, random: Random, known: list[str], flags: list[str], blocks: dict[str, Document]) -> None:
        self.random, self.known, self.flags, self.blocks = random, known, flags, blocks
        self.entries: list[Document] = []
        self.uses: list[str] = []

    def add(self) -> None:
        moves = [self.layer, self.layer, self.join, self.group, *[self.use] * (4 if self.blocks else 0)]
        self.random.choice(moves)()

    def taken(self, count: int) -> Any:
        if count == 1 and self.random.random() < 0.5:
            return self.known[-1]
        names = [self.random.choice(self.known) for _ in range(count)]
        return names[0] if count == 1 else names

    def name(self, prefix: str) -> str:
        return f"{prefix}{len(self.entries)}"

    def put(self, entry: Document, *inner: str) -> None:
        if self.flags and self.random.random() < 0.3:
            flag = self.random.choice(self.flags)
            entry["when"] = flag if self.random.random() < 0.5 else f"not {flag}"
        self.entries.append(entry)
        self.known += [entry["name"], *(f"{entry['name']}.{name}" for name in inner)]

    def layer(self) -> None:
        conv: Document = {"kind": "conv2d", "out_channels": 2, "kernel_size": 1}
        simple = conv if self.random.random() < 0.5 else {"kind": "sigmoid"}
        kept = "kept." if self.random.random() < 0.3 else ""
        self.put({"name": kept + self.name("c"), **simple, "from": self.taken(1)})

    def join(self) -> None:
        self.put({"name": self.name("j"), "kind": self.random.choice(["add", "multiply"]), "from": self.taken(2)})

    def group(self) -> None:
        inner = [
            {"name": "first", "kind": "conv2d", "out_channels": 2, "kernel_size": 1},
            {"name": "second", "kind": "tanh"},
        ]
        self.put({"name": self.name("g"), "from": self.taken(1), "layers": inner}, "first")

    def use(self) -> None:
        random = self.random
        kind = random.choice([*self.blocks])
        block = self.blocks[kind]
        others = [name.split(".")[-1] for name in block.get("outputs", [])[1:]]
        entry: Document = {"name": self.name("u"), "kind": kind, "from": self.taken(len(block.get("inputs", ["x"])))}
        for flag in block["args"]:
            if random.random() < 0.5:
                entry[flag] = random.choice([True, False, *self.flags])
        if random.random() < 0.3:
            entry["repeat"] = random.choice([1, 2, 3])
            if random.random() < 0.3:
                entry["when"] = f"index != {random.randint(0, 2)}"
                self.entries.append(entry)
                self.known += [entry["name"], *(f"{entry['name']}.{name}" for name in others)]
                return
        elif random.random() < 0.2 and self.uses:
            of = random.choice(self.uses)
            first = next(one for one in self.entries if one["name"] == of)
            others = [name.split(".")[-1] for name in self.blocks[first["kind"]].get("outputs", [])[1:]]
            several = first["from"] if isinstance(first["from"], list) else [first["from"]]
            entry = {"name": entry["name"], "again": of, "from": self.taken(len(several))}
            self.entries.append(entry)
            self.known += [entry["name"], *(f"{entry['name']}.{name}" for name in others)]
            return
        self.put(entry, *others)
        several = entry["from"] if isinstance(entry["from"], list) else [entry["from"]]
        # Of what takes one value twice, another use cannot tell which is which: each is to be a layer's own.
        own = {one["name"] for one in self.entries if "again" not in one and one.get("kind") not in self.blocks}
        own -= {one["name"] for one in self.entries if "when" in one or "layers" in one}
        if not {"when", "repeat"} & entry.keys() and len({*several} & own) == len(several):
            self.uses.append(entry["name"])


def draw_several(random: Random) -> Drawn:
    """A spec whose blocks take and give several values."""
    blocks: dict[str, Document] = {}
    for number in range(random.randint(1, 3)):
        blocks[f"block{number}"] = _block(random, dict(blocks))
    lines = _Lines(random, ["input"], ["on"], blocks)
    for _ in range(random.randint(3, 7)):
        lines.add()
    lines.use()
    lines.entries.append({"name": "last", "kind": "add", "from": lines.taken(2)})
    outputs = ["last", *random.sample(lines.known, min(len(lines.known), random.randint(0, 2)))]
    used = _reached(lines.entries, blocks)
    document: Document = {"archcalc": 1, "name": "Drawn", "input": [2, 3, 4], "let": {"on": random.random() < 0.5}}
    document |= {"blocks": {name: block for name, block in blocks.items() if name in used}}
    document |= {"layers": lines.entries, "outputs": [*dict.fromkeys(outputs)]}
    return Drawn(document, {})


def _block(random: Random, blocks: dict[str, Document]) -> Document:
    inputs = ["a", "b", "c"][: random.randint(1, 3)]
    flags = ["p", "q"][: random.randint(0, 2)]
    lines = _Lines(random, [*inputs] if len(inputs) > 1 else ["input"], flags, blocks)
    for _ in range(random.randint(2, 5)):
        lines.add()
    joined = random.random() < 0.6
    end: Document = {"kind": "add", "from": lines.taken(2)} if joined else {"kind": "relu", "from": lines.known[-1]}
    lines.entries.append({"name": "end", **end})
    found: Document = {"args": {flag: random.random() < 0.5 for flag in flags}}
    if len(inputs) > 1:
        found["inputs"] = inputs
    if random.random() < 0.85:
        offered = ["end", *lines.known]
        by_last = {name.split(".")[-1]: name for name in offered}
        found["outputs"] = random.sample([*by_last.values()], min(len(by_last), random.randint(1, 3)))
    return {**found, "layers": lines.entries}


def _reached(entries: list[Document], blocks: dict[str, Document]) -> set[str]:
    found = {entry["kind"] for entry in entries if entry.get("kind") in blocks}
    for name in [*found]:
        found |= _reached(blocks[name]["layers"], blocks)
    return found
