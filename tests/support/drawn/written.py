"""A list that is being written: what stands in it, what may be taken, and the layers that it is made of."""

from __future__ import annotations

from random import Random
from typing import Any, NamedTuple

from tests.support.drawn.arguments import Block
from tests.support.drawn.items import Document
from tests.support.drawn.sizes import Names, condition, drawn

ACTIVATIONS: list[Document] = [
    {"kind": "relu"},
    {"kind": "silu"},
    {"kind": "gelu", "approximate": "tanh"},
    {"kind": "hardswish"},
    {"kind": "tanh"},
    {"kind": "prelu"},
    {"kind": "identity"},
    {"kind": "dropout", "p": 0.25},
    {"kind": "batch_norm2d"},
    {"kind": "batch_norm2d", "eps": 0.001},
    {"kind": "max_pool2d", "kernel_size": 3, "stride": 1, "padding": 1},
    {"kind": "layer_scale", "init_value": 0.1},
]


class Flow(NamedTuple):
    """What is known of a value: its channels, where an expression says them, and which size of map it has."""

    channels: Any
    scale: int


class Written:
    """A list that is being written. ``named`` are the names that may be taken, with what is known of them."""

    def __init__(
        self,
        random: Random,
        names: Names,
        blocks: dict[str, Block],
        *,
        where: str,
        depth: int,
        begins: Flow,
        outside: dict[str, Flow] | None = None,
        counts: list[int] | None = None,
    ) -> None:
        self.random, self.names, self.blocks, self.where, self.depth = random, names, blocks, where, depth
        self.entries: list[Document] = []
        self.flow = begins
        self.outside = dict(outside or {}) if where == "group" else {"input": begins}
        self.named: dict[str, Flow] = {}
        self.counts = counts if counts is not None else [0, 0]
        self.is_named = random.random() < 0.6

    @property
    def fitting(self) -> list[str]:
        """The names whose maps are as large as what arrives here."""
        return [name for name, flow in {**self.outside, **self.named}.items() if flow.scale == self.flow.scale]

    def name(self, prefix: str) -> str:
        self.counts[1] += 1
        return f"{prefix}{self.counts[1]}"

    def add(
        self, entry: Document, flow: Flow | None = None, *, named: bool | None = None, prefix: str = "x"
    ) -> str | None:
        """Put an entry below the others, with a name or without, and sometimes with a condition."""
        called = self.is_named if named is None else named
        name = entry.get("name") or (self.name(prefix) if called or self.random.random() < 0.15 else None)
        placed = {"name": name, **entry} if name else dict(entry)
        after = flow or self.flow
        if "when" in entry or "repeat" in entry:
            after = Flow(after.channels if after.channels == self.flow.channels else None, after.scale)
        self.entries.append(placed)
        self.flow = after
        if name and "{" not in name:
            self.named[name] = after
        return name

    def maybe(self, entry: Document, odds: float = 0.25, names: Names | None = None) -> Document:
        if "when" not in entry and self.random.random() < odds:
            return {**entry, "when": condition(self.random, names or self.names)}
        return entry

    def simple(self, names: Names | None = None, channels: Any = None) -> tuple[Document, Flow]:
        """A layer that keeps the map's size."""
        if self.random.random() < 0.5 and channels is None:
            return dict(self.random.choice(ACTIVATIONS)), self.flow
        names = names or self.names
        width = drawn(self.random, "width", names) if channels is None else channels
        size: Any = self.random.choice([1, 1, 3, [1, 3], [3, 1]])
        entry: Document = {"kind": "conv2d", "out_channels": width, "kernel_size": size}
        entry["padding"] = "same" if isinstance(size, list) else size // 2
        if self.random.random() < 0.4:
            entry["bias"] = condition(self.random, names)
        items = [*entry.items()]
        if self.random.random() < 0.3:
            items = self.random.sample(items, len(items))
        return dict(items), Flow(width, self.flow.scale)

    def _scale(self) -> int:
        self.counts[0] += 1
        return self.counts[0]
