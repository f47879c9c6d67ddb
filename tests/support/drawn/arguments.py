"""A block that is being written: its arguments, under drawn names, and what they may hold."""

from __future__ import annotations

from random import Random
from typing import Any, NamedTuple

from tests.support.drawn.items import Document
from tests.support.drawn.sizes import Names, drawn, literal
from tests.support.drawn.values import names_in

CALLED = {
    "width": ("width", "out", "w", "a", "b", "channels"),
    "stride": ("stride", "s", "a", "b"),
    "kernel": ("k", "kernel_size", "size", "b"),
    "kernels": ("k", "kernel_size", "shape"),
    "count": ("depth", "n", "times", "a"),
    "mode": ("mode", "which", "n", "b"),
    "flag": ("norm", "act", "on", "p", "bias", "a", "b"),
    "ratio": ("ratio", "r", "expand", "b"),
    "slope": ("slope", "alpha", "a", "b"),
}
"""What arguments of a kind are called: in different blocks the same name is something else."""


class Block(NamedTuple):
    """A block as it is written, what its arguments hold, and how it may be used.

    ``changes`` says that it may give a map of another size; ``gives`` what is known of the channels that it
    gives: the name of the argument that says it, ``input`` where they are those that arrive, or nothing.
    """

    written: Document
    holds: dict[str, str]
    changes: bool = False
    gives: str | None = None

    @property
    def inputs(self) -> int:
        return len(self.written.get("inputs", [""]))


class Arguments:
    """The arguments of a block that is being written."""

    def __init__(self, random: Random, let: dict[str, str]) -> None:
        self.random, self.let = random, let
        self.holds: dict[str, str] = {}
        self.defaults: dict[str, Any] = {}
        self.own: dict[str, Any] = {}

    def add(self, kind: str, must: bool = False) -> str:
        """Another argument: its name. Its default is a value, or an expression over those before it and the ``let``."""
        free = [name for name in CALLED[kind] if name not in self.holds]
        name = self.random.choice(free[:3]) if free else f"{kind}{len(self.holds)}"
        seen = Names({**self.let, **self.holds})
        self.defaults[name] = None if must else drawn(self.random, kind, seen)
        if not must and self.random.random() < 0.5:
            self.defaults[name] = literal(self.random, kind)
        self.holds[name] = kind
        return name

    def names(self, *found: str) -> Names:
        return Names({**self.let, **self.holds}, found or ("in_channels",))

    def block(self, layers: list[Document], **rest: Any) -> Block:
        while unused := [name for name in self.defaults if name not in self._seen(layers)]:
            for name in unused:
                del self.defaults[name], self.holds[name]
        for place, name in enumerate(self.defaults):
            if names_in(self.defaults[name]) & {*[*self.defaults][place:]}:
                self.defaults[name] = literal(self.random, self.holds[name])
        written: Document = {"args": self.defaults}
        if "inputs" in rest:
            written["inputs"] = rest.pop("inputs")
        if self.own:
            written["let"] = self.own
        return Block({**written, "layers": layers}, dict(self.holds), **rest)

    def _seen(self, layers: list[Document]) -> set[str]:
        return names_of(layers) | names_in([*self.own.values(), *self.defaults.values()])


def names_of(entries: list[Document]) -> set[str]:
    """The names that expressions in the entries of a list are over."""
    found: set[str] = set()
    for entry in entries:
        written = [one for key, one in entry.items() if key not in ("name", "kind", "from", "layers")]
        found |= names_in(written) | names_of(entry.get("layers", []))
    return found
