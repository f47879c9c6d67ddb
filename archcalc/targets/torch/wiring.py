"""How the entries of a list are wired, for all uses of a block at once: what a class's ``forward`` follows.

Entries that are there in no use are left out. One that is there in some uses only keeps its condition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, TypeAlias

from msgspec import Struct

from archcalc.diagnostics.model import Log, Span
from archcalc.language.identifiers import TEMPLATE
from archcalc.language.yaml_reader import Node
from archcalc.layers.contract import KINDS
from archcalc.spec.model import LayerSpec
from archcalc.spec.scope import Scope, Target

Env: TypeAlias = Mapping[str, Any]
"""The names that expressions see in one use, with their values."""


class NoCode(Exception):
    """A network that the language can say and generated code cannot: ``span`` is where, ``help`` a way out."""

    def __init__(self, span: Span, message: str, help: str) -> None:
        super().__init__(message)
        self.span = span
        self.help = help


class Kind(Enum):
    """What becomes of an entry in code."""

    LEAF = "a module of one class"
    JOIN = "an expression"
    PARAMETER = "a parameter and an expression"
    USE = "a module of a block's class"
    GROUP = "a group with a name"
    COPIES = "a group of copies with one name"
    SPLICE = "a group without a name"
    CHOICE = "of two values the one that is there"


class Wired(Struct):
    """An entry with its wires: the numbers of the values it takes and gives.

    ``conditions`` say when it is there, where that is not always. ``count`` is how many copies there are,
    0 where uses differ in it, ``None`` where it is no repeat. ``arrives`` is what its own list begins with: of copies
    that is another value for each. ``index`` is the number of the only copy that it is in. ``beside`` says that its
    copies stand side by side, all from the same sources.
    """

    entry: LayerSpec
    kind: Kind
    sources: tuple[int, ...]
    out: int
    children: list[Wired] = []
    conditions: tuple[Node, ...] = ()
    count: int | None = None
    arrives: int = -1
    index: int | None = None
    beside: bool = False

    @property
    def may_be_absent(self) -> bool:
        """Whether it is there in some uses and not in others."""
        within = self.children[0] if self.kind is Kind.COPIES else self
        return bool(within.conditions) or 0 in (self.count, within.count)

    def all(self) -> Iterator[Wired]:
        """It, and what is in it."""
        yield self
        for child in self.children:
            yield from child.all()


class Wiring(Struct):
    """A list with its wires. ``inputs`` and ``outputs`` are numbers of values."""

    nodes: list[Wired]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    _takers: dict[int, list[Wired]] = {}

    def takers(self) -> dict[int, list[Wired]]:
        """For each value, what takes it."""
        if not self._takers:
            for node in (inner for top in self.nodes for inner in top.all()):
                for source in node.sources:
                    self._takers.setdefault(source, []).append(node)
        return self._takers

    def chained(self, nodes: Sequence[Wired], arriving: int) -> bool:
        """Whether each takes what the one before it gives and nothing else, and is one module."""
        takers = self.takers()
        within = {id(inner) for node in nodes for inner in node.all()}
        for place, node in enumerate(nodes):
            if node.sources != (arriving,) or node.beside or node.kind in (Kind.JOIN, Kind.PARAMETER, Kind.CHOICE):
                return False
            if node.children and not self.chained(node.children, node.arrives):
                return False
            last = place == len(nodes) - 1
            taken = [taker for taker in takers.get(node.out, ()) if id(taker) in within and taker is not node]
            if not last and (len(takers.get(node.out, ())) != len(taken) or node.out in self.outputs):
                return False
            inside = {inner.out for inner in node.all()} - {node.out, arriving}
            outside = [taker for value in inside for taker in takers.get(value, ()) if id(taker) not in within]
            if outside or inside & set(self.outputs):
                return False
            arriving = node.out
        return True


class Wirer:
    """Wires the lists of one class. ``named`` tells the name that an entry has in all uses, if it has one."""

    def __init__(
        self,
        holds: Callable[[Node, Env], bool],
        count: Callable[[Node, Env], int],
        named: Callable[[LayerSpec], str | None],
    ) -> None:
        self._holds = holds
        self._count = count
        self._named = named
        self._last = -1
        self._inner: dict[int, dict[str, Target]] = {}
        self._given: set[int] = set()

    def wire(
        self, entries: Sequence[LayerSpec], inputs: Sequence[str], envs: Sequence[Env], outputs: Sequence[str]
    ) -> Wiring:
        """The list of a block with these inputs, or of the network, which may have several outputs."""
        values = tuple(self._new() for _ in inputs)
        targets = {name: Target(value) for name, value in zip(inputs, values, strict=True)}
        scope = Scope(targets, None, Log(""))
        nodes, out = self._list(entries, envs, scope, values[0], None)
        found = [scope.target(name, Span(0, 0, 0, 0)) for name in outputs]
        given = tuple(target.output for target in found if target is not None and target.there)
        self._drop_choices(nodes, {*given})
        return Wiring(nodes, values, given or (out,))

    def _drop_choices(self, nodes: list[Wired], taken: set[int]) -> None:
        """Leave out choices of which nothing takes what they give."""
        every = [inner for top in nodes for inner in top.all()]
        for node in reversed(every):
            if node.kind is not Kind.CHOICE or node.out in taken | self._given:
                taken.update(node.sources)
        for holder in [nodes, *(node.children for node in every)]:
            holder[:] = [one for one in holder if one.kind is not Kind.CHOICE or one.out in taken | self._given]

    def _new(self) -> int:
        self._last += 1
        return self._last

    def _list(
        self, entries: Sequence[LayerSpec], envs: Sequence[Env], scope: Scope, arriving: int, index: int | None
    ) -> tuple[list[Wired], int]:
        nodes: list[Wired] = []
        for entry in entries:
            sources = self._sources(entry, scope, arriving)
            found = self._entry(entry, envs, scope, sources, index)
            name = self._named(entry) or entry.named
            if found is None:
                scope.leave_out(entry, name, sources[0])
                continue
            nodes.append(found)
            before, arriving = arriving, found.out
            if found.may_be_absent and sources[0] != before:
                nodes.append(self._choice(found, before))
                arriving = nodes[-1].out
            if name is not None and not TEMPLATE.search(name):
                other = scope.names.get(name)
                if other is not None and found.may_be_absent and other.output != before:
                    nodes.append(self._choice(found, other.output))
                inner = self._inner.get(id(found), {}) if found.kind is not Kind.COPIES else {}
                value = found.out if other is None or not found.may_be_absent else nodes[-1].out
                scope.names[name] = Target(value, inner)
        self._given.add(arriving)
        return nodes, arriving

    def _choice(self, node: Wired, other: int) -> Wired:
        """What an entry gives where it is there, and another value where it is not."""
        if not node.conditions:
            help = "write `when` in place of a `repeat` that may be 0"
            raise NoCode(node.entry.span, f"code cannot tell when `{node.entry.path}` is there", help)
        return Wired(node.entry, Kind.CHOICE, (node.out, other), self._new(), [], node.conditions, index=node.index)

    def _sources(self, entry: LayerSpec, scope: Scope, arriving: int) -> tuple[int, ...]:
        if entry.sources is None:
            return (arriving,)
        found = []
        for source in entry.sources:
            target = None if TEMPLATE.search(source.name) else scope.target(source.name, source.span)
            if target is None:
                raise NoCode(source.span, f"code cannot follow the source `{source.name}`", "write the copies out")
            found.append(target.output)
        return tuple(found)

    def _entry(
        self, entry: LayerSpec, envs: Sequence[Env], scope: Scope, sources: tuple[int, ...], index: int | None
    ) -> Wired | None:
        """An entry with its wires; ``None`` where it is there in no use."""
        count: int | None = None
        if entry.repeat is not None:
            counts = [self._count(entry.repeat, env) for env in envs]
            count = counts[0] if len(set(counts)) == 1 else 0
            envs = [{**env, "index": i} for env, n in zip(envs, counts, strict=True) for i in range(n)]
            index = 0 if count == 1 else None
        conditions: tuple[Node, ...] = ()
        if entry.when is not None:
            holding = [env for env in envs if self._holds(entry.when, env)]
            conditions = () if len(holding) == len(envs) else (entry.when,)
            envs = holding
        if not envs:
            return None
        kind, out = _kind(entry), self._new()
        arrives = sources[0] if count in (None, 1) else self._new()
        in_a_row = entry.named is not None and not TEMPLATE.search(entry.named)
        beside = count not in (None, 1) and entry.sources is not None and not in_a_row
        node = Wired(entry, kind, sources, out, [], conditions, count, arrives, index, beside)
        if entry.children is not None:
            inner = scope if kind is Kind.SPLICE else Scope({}, scope, Log(""))
            node.children, node.out = self._list(entry.children, envs, inner, arrives, index)
            self._inner[id(node)] = inner.names
            if not node.children:
                # It holds nothing: what arrives goes on, and there is no module.
                node.kind, node.out = Kind.SPLICE, sources[0]
                return node
        if entry.repeat is not None and in_a_row:
            return Wired(entry, Kind.COPIES, sources, self._new(), [node], arrives=sources[0])
        if count not in (None, 1):
            # What a copy gives is taken by the next one; only the last one's can be taken from outside.
            node.out = self._new()
        return node


def _kind(entry: LayerSpec) -> Kind:
    if entry.children is not None:
        return Kind.SPLICE if entry.named is None else Kind.GROUP
    if entry.block is not None:
        return Kind.USE
    kind = KINDS[entry.kind or ""]
    return Kind.JOIN if kind.arity[1] != 1 else Kind.PARAMETER if kind.own_parameter else Kind.LEAF
