"""The entries of a list in all uses of a block at once: how often each is there, and as what, read from the graph.

Nothing is evaluated here, and no name looked up: ``network`` has decided what there is, and every part says where in
its list it stands. Entries that are there in no use are left out.
"""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Iterator, Sequence
from enum import Enum

from msgspec import Struct

from archcalc.diagnostics.model import Span
from archcalc.language.identifiers import TEMPLATE
from archcalc.language.nodes import Node
from archcalc.layers.contract import KINDS
from archcalc.network.graph import Bindings, Part, Position
from archcalc.network.rows import gone_through, names_of_row
from archcalc.spec.model import LayerSpec


class NoCode(Exception):
    """A network that the language can say and generated code cannot: ``span`` is where, ``help`` a way out.

    ``row`` is what was to be written as one ``nn.Sequential``: a part, by its identity, or 0.
    """

    def __init__(self, span: Span, message: str, help: str, row: int = 0) -> None:
        super().__init__(message)
        self.span = span
        self.help = help
        self.row = row


class Kind(Enum):
    """What becomes of an entry in code."""

    LEAF = "a module of one class"
    JOIN = "an expression"
    PARAMETER = "a parameter and an expression"
    USE = "a module of a block's class"
    GROUP = "a group with a name"
    COPIES = "a group of copies with one name"
    ROUTED = "copies with one name, of which each token takes some"
    SPLICE = "a group without a name"
    AGAIN = "a module that is called once more"
    CHOICE = "of two values the one that is there"


class Within(Struct, frozen=True):
    """Where something stands: in a ``use``, and in copies.

    ``names`` are what expressions see of these, ``index`` and the names of rows; ``at`` are their numbers, by the
    identity of the entries that are repeated.
    """

    use: Part
    names: Bindings = {}
    at: dict[int, int] = {}

    def copy(self, entry: LayerSpec, number: int) -> Within:
        """In one of the copies of an entry that stands there."""
        own = self.use.bindings if self.use.block is None else self.use.inner_bindings
        rows = gone_through(entry.repeat, ChainMap(self.names, own))
        row = {} if rows is None else names_of_row(rows[number])
        return Within(self.use, {**self.names, "index": number, **row}, {**self.at, id(entry): number})


class Listed(Struct):
    """A list in one use: what is there in it, ``parts``, and what is ``absent``, by the entries' positions."""

    within: Within
    parts: dict[int, list[tuple[Position, Part]]]
    absent: dict[int, list[Position]]

    def copies(self, entry: LayerSpec, position: int) -> list[Copy]:
        """The copies of an entry, those among them that are not there; of an entry without ``repeat`` it is one."""
        parts, absent = self.parts.get(position, []), self.absent.get(position, [])
        count = parts[0][0][2] if parts else absent[0][2] if absent else 0
        mine: list[list[tuple[Position, Part]]] = [[] for _ in range(count)]
        gone: list[list[Position]] = [[] for _ in range(count)]
        for place, part in parts:
            mine[place[1]].append((place[3:], part))
        for place in absent:
            # Of a repeat that has no copies it is the place of the first.
            if place[1] < count:
                gone[place[1]].append(place[3:])
        return [self._copy(entry, number, *both) for number, both in enumerate(zip(mine, gone, strict=True))]

    def _copy(self, entry: LayerSpec, number: int, mine: list[tuple[Position, Part]], gone: list[Position]) -> Copy:
        """One of the copies, of what is there and is not in it."""
        within = self.within if entry.repeat is None else self.within.copy(entry, number)
        if () in gone:
            return Copy(within, False)
        if entry.children is not None and entry.written_name is None:
            return Copy(within, True, None, listed(within, mine, gone))
        part = mine[0][1]
        return Copy(within, True, part, None if entry.children is None else inside(part, within))

    def holder(self, position: int) -> Copy:
        """What holds all copies of an entry, which have one name; where none is there, it is not there either."""
        for _, part in self.parts.get(position, []):
            return Copy(self.within, True, part, inside(part, self.within))
        gone = [place[3:] for place in self.absent.get(position, [])]
        return Copy(self.within, False, None, listed(self.within, [], gone))


class Copy(Struct):
    """An entry in one copy and one use: the module that it is, ``part``, where it is ``there``, and what is in it."""

    within: Within
    there: bool
    part: Part | None = None
    inner: Listed | None = None

    @property
    def use(self) -> Part:
        """The use that it is in."""
        return self.within.use


class SlotCondition(Struct):
    """What decides whether something is there: a ``when``, or that there are more copies than ``copy``.

    ``cases`` are where it was decided, and how. Without a ``node`` nothing else is known.
    """

    node: Node | None
    cases: list[tuple[Within, bool]]
    copy: int | None = None


class Slot(Struct):
    """An entry with all its copies, or in one of them, in all uses.

    ``conditions`` say when it is there, where that is not always. ``counts`` are where its copies were counted, and how
    many there are; ``None`` where it is no repeat.
    """

    entry: LayerSpec
    kind: Kind
    copies: list[Copy]
    conditions: tuple[SlotCondition, ...] = ()
    counts: list[tuple[Within, int]] | None = None
    children: list[Slot] = []

    @property
    def parts(self) -> list[Part]:
        """What it becomes, in all its copies and uses."""
        return [copy.part for copy in self.copies if copy.part is not None]

    @property
    def identifier(self) -> str:
        """What a name that speaks of it calls it."""
        name = re.sub(r"\W", "_", self.parts[0].name if self.parts else "group")
        return name if name.isidentifier() else f"{self.entry.kind or 'group'}_{name}"

    @property
    def row(self) -> int:
        """What tells a group from others, however often it is read."""
        return id(self.parts[0])

    @property
    def count(self) -> int | None:
        """How many copies there are: 0 where uses differ in it, ``None`` where it is no repeat."""
        numbers = None if self.counts is None else {count for _, count in self.counts}
        return None if numbers is None else numbers.pop() if len(numbers) == 1 else 0

    def all(self) -> Iterator[Slot]:
        """It, and what is in it."""
        yield self
        for child in self.children:
            yield from child.all()


def inside(part: Part, within: Within) -> Listed:
    """The list that a group, a block or the network is."""
    return listed(within, [(inner.position, inner) for inner in part.parts], part.absent)


def listed(within: Within, parts: Sequence[tuple[Position, Part]], absent: Sequence[Position]) -> Listed:
    """What is in a list, and what is not, by the positions of its entries."""
    found = Listed(within, {}, {})
    for place, part in parts:
        found.parts.setdefault(place[0], []).append((place, part))
    for place in absent:
        found.absent.setdefault(place[0], []).append(place)
    return found


def slots(entries: Sequence[LayerSpec], lists: Sequence[Listed]) -> list[Slot]:
    """The entries of a list, given the list in all uses."""
    found = (slot(entry, position, lists) for position, entry in enumerate(entries))
    return [one for one in found if one is not None]


def slot(entry: LayerSpec, position: int, lists: Sequence[Listed]) -> Slot | None:
    """An entry with all its copies; ``None`` where it is there in no use, or nothing is in it."""
    if not has_holder(entry):
        return one_slot(entry, lists, [one.copies(entry, position) for one in lists], counted=entry.repeat is not None)
    holders = [one.holder(position) for one in lists]
    inner = [holder.inner for holder in holders if holder.inner is not None]
    copies = one_slot(entry, inner, [one.copies(entry, 0) for one in inner], counted=True)
    kind = Kind.COPIES if entry.route is None else Kind.ROUTED
    return None if copies is None else Slot(entry, kind, holders, children=[copies])


def one_slot(
    entry: LayerSpec, lists: Sequence[Listed], rows: Sequence[Sequence[Copy]], *, counted: bool = False
) -> Slot | None:
    """An entry with these copies of it in each list."""
    copies = [copy for row in rows for copy in row]
    if not any(copy.there for copy in copies):
        return None
    conditions: tuple[SlotCondition, ...] = ()
    if entry.when is not None and not all(copy.there for copy in copies):
        conditions = (SlotCondition(entry.when, [(copy.within, copy.there) for copy in copies]),)
    counts = [(one.within, len(row)) for one, row in zip(lists, rows, strict=True)] if counted else None
    found = Slot(entry, _kind(entry), copies, conditions, counts)
    if entry.children is not None:
        found.children = slots(entry.children, inner_lists(found))
        if not found.children:
            return None
    return found


def variants(found: Slot) -> list[Slot]:
    """An entry as one that has the same name wherever it is there: one for each of its names."""
    names = dict.fromkeys(part.name for part in found.parts)
    if len(names) < 2 or found.kind in (Kind.JOIN, Kind.SPLICE, Kind.AGAIN):
        return [found]
    there = [(copy, copy.part) for copy in found.copies if copy.part is not None]
    several = []
    for name in names:
        cases = [(copy.within, part.name == name) for copy, part in there]
        one = Slot(found.entry, found.kind, [copy for copy, part in there if part.name == name])
        one.conditions = (*found.conditions, SlotCondition(None, cases))
        one.children = slots(found.entry.children or (), inner_lists(one))
        several.append(one)
    return several


def inner_lists(group: Slot) -> list[Listed]:
    """What is in a group, in each of its copies that is there."""
    return [copy.inner for copy in group.copies if copy.inner is not None]


def has_holder(entry: LayerSpec) -> bool:
    """Whether its copies have one name for all of them, and so stand in a group of their own."""
    return entry.repeat is not None and entry.written_name is not None and not TEMPLATE.search(entry.written_name)


def _kind(entry: LayerSpec) -> Kind:
    if entry.children is not None:
        return Kind.SPLICE if entry.written_name is None else Kind.GROUP
    if entry.again is not None:
        return Kind.AGAIN
    if entry.block is not None:
        return Kind.USE
    kind = KINDS[entry.kind or ""]
    return Kind.JOIN if kind.joins else Kind.PARAMETER if kind.own_parameter else Kind.LEAF
