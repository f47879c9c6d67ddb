"""The entries of one list in order: copies made, conditions decided, groups without a name opened, names filled in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from re import Match
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from archcalc.diagnostics.budget import Work
from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Span
from archcalc.language.arithmetic import ExprError
from archcalc.language.expressions import evaluate
from archcalc.language.identifiers import TEMPLATE, Called
from archcalc.language.nodes import ListNode, Node, ScalarNode
from archcalc.layers.fields import Flag
from archcalc.layers.size_fields import Size
from archcalc.network.graph import Bindings, Position
from archcalc.network.limits import MAX_COPIES, TooLarge
from archcalc.network.rows import gone_through, names_of_row
from archcalc.sizes.rules import UNKNOWN, PerRow, is_array, is_symbolic
from archcalc.spec.field_values import Unreadable, read_value
from archcalc.spec.let import names_in
from archcalc.spec.model import LayerSpec, called
from archcalc.spec.unused_names import asked


class Expanded(Struct, frozen=True, gc=False):
    """An entry that is there, or is not, in one of its copies. ``begins`` marks the start of a group without a name.

    ``named`` is its name with what stands in braces filled in, if it has one. ``copies`` are those for all of
    which this name stands. ``doubtful`` says that an error hides whether it is there, or how often.
    ``frozen`` is what it says of its parameters, or a group without a name around it. ``times`` is how many copies it
    stands for, of which it is the first.
    """

    entry: LayerSpec
    bindings: Bindings
    position: Position
    named: str | None = None
    there: bool = True
    begins: bool = False
    copies: tuple[Expanded, ...] | None = None
    doubtful: bool = False
    frozen: bool | None = None
    times: int = 1

    @property
    def called(self) -> Called:
        return called(self.entry, self.named)

    @property
    def often(self) -> int:
        """How often it stands in its list, with the copies of the groups without a name that it is in."""
        return prod(self.position[2::3])

    def positions(self) -> Iterator[Position]:
        """Where it stands, or all copies for which its name stands."""
        if self.copies is None:
            yield self.position
        elif not self.copies:
            yield (*self.position, 0, 0, 0)
        else:
            yield from ((*self.position, *copy.position) for copy in self.copies)


class Expander:
    """Expands lists; its errors go to a log, in whose budget what it looks at is counted."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._budget = log.budget

    def entries(
        self,
        entries: Sequence[LayerSpec],
        bindings: Bindings,
        doubtful: bool = False,
        within: Position = (),
        frozen: bool | None = None,
    ) -> list[Expanded]:
        """The entries of a list as they are there, and those that are not. Raises TooLarge and TooMuchWork."""
        found: list[Expanded] = []
        if entries:
            self._budget.spend(Work.ENTRIES, len(entries), entries[0].span)
        for position, entry in enumerate(entries):
            at = (*within, position)
            if entry.repeat is None:
                found += self._copy(entry, bindings, (*at, 0, 1), self._is_there(entry, bindings), doubtful, frozen)
                continue
            counted = self._rows(entry, entry.repeat, bindings)
            rows, unsure = self._unknown(entry, bindings) if counted is None else counted, doubtful or counted is None
            copies = len(rows)
            self._budget.spend(Work.ENTRIES, copies, entry.span)
            if entry.written_name is not None and not TEMPLATE.search(entry.written_name):
                made = tuple(self._of_one_name(entry, bindings, rows, unsure, frozen))
                there = any(copy.there for copy in made)
                found.append(
                    Expanded(entry, bindings, (*at, 0, 1), entry.written_name, there, copies=made, doubtful=unsure)
                )
                continue
            for index, here, holds in self._copies(entry, bindings, rows):
                found += self._copy(entry, here, (*at, index, copies), holds, unsure, frozen)
            if not copies:
                named = None if TEMPLATE.search(entry.written_name or "") else entry.written_name
                # What it would take, were it there, may have the number of a copy in its name.
                found.append(Expanded(entry, bindings | {"index": 0}, (*at, 0, 0), named, False))
        return found

    def _copies(
        self, entry: LayerSpec, bindings: Bindings, rows: Sequence[Bindings]
    ) -> Iterator[tuple[int, Bindings, bool | None]]:
        """The number of each copy of a repeat, what its expressions see, and whether it is there."""
        holds: bool | None = True
        # What says neither `index` nor a name of the rows is the same in all copies.
        differs = entry.when is not None and not names_in(entry.when).isdisjoint({"index"}.union(*rows[:1]))
        for index, row in enumerate(rows):
            here = {**bindings, "index": index, **row}
            if differs or not index:
                holds = self._is_there(entry, here)
            yield index, here, holds

    def _copy(
        self,
        entry: LayerSpec,
        bindings: Bindings,
        position: Position,
        holds: bool | None,
        doubtful: bool,
        frozen: bool | None,
    ) -> list[Expanded]:
        """One copy of an entry, or all that is in it: that there ``holds``, or ``None`` where an error hides it."""
        there, doubtful = holds is not False, doubtful or holds is None
        frozen = self._frozen(entry, bindings, frozen) if there else frozen
        if entry.children is None or entry.written_name is not None or not there:
            named = self.filled(entry.written_name, entry.name_span, bindings)
            return [Expanded(entry, bindings, position, named, there, doubtful=doubtful, frozen=frozen)]
        inner = self.entries(entry.children, bindings, doubtful, position, frozen)
        return [Expanded(entry, bindings, position, begins=True), *inner]

    def _of_one_name(
        self, entry: LayerSpec, bindings: Bindings, rows: Sequence[Bindings], doubtful: bool, frozen: bool | None
    ) -> Iterator[Expanded]:
        """The copies of an entry with one name for all: a row, of which the first takes what its ``from`` says.

        Those that tokens are routed to stand side by side, and each takes it.
        """
        first = replace(entry, repeat=None, claims=(), route=None)
        others = first if entry.route is not None else replace(first, sources=None)
        for index, here, holds in self._copies(entry, bindings, rows):
            there, unsure = holds is not False, doubtful or holds is None
            # What is applied again is no module, and yet has its number here.
            named = None if entry.again is None else str(index)
            held, at = self._frozen(entry, here, frozen) if there else frozen, (0, index, len(rows))
            yield Expanded(others if index else first, here, at, named, there, doubtful=unsure, frozen=held)

    def _frozen(self, entry: LayerSpec, bindings: Bindings, around: bool | None) -> bool | None:
        """Whether its parameters are kept as they start, if it says so, or what is around it."""
        if entry.frozen is None:
            return around
        try:
            value = read_value(_FROZEN, entry.frozen, "frozen", 1, bindings, self._log)
        except Unreadable as error:
            return error.meant if isinstance(error.meant, bool) else around
        return bool(value)

    def _is_there(self, entry: LayerSpec, bindings: Bindings) -> bool | None:
        return True if entry.when is None else self._holds(entry.when, bindings)

    def _holds(self, node: Node, bindings: Bindings) -> bool | None:
        """Whether a condition holds; ``None`` where an error hides it."""
        try:
            value = read_value(_CONDITION, node, "when", 1, bindings, self._log)
        except Unreadable as error:
            return error.meant if isinstance(error.meant, bool) else None
        if isinstance(value, bool):
            return value
        if _differs(value):
            raise TypeError("a condition that differs from row to row")
        self._log.error("A316", node.span, "whether it is there cannot be decided", "give its names values")
        return None

    def _rows(self, entry: LayerSpec, node: Node, bindings: Bindings) -> Sequence[Bindings] | None:
        """The names that each copy sees of its row, where there are rows; ``None`` where an error hides how many."""
        entries = gone_through(node, bindings)
        if entries is None:
            copies = self._count(node, bindings, _COUNT if entry.route is None else _EXPERTS)
            return None if copies is None else ({},) * copies
        _refuse_more(len(entries), node)
        rows, said = [names_of_row(one) for one in entries], node.text if isinstance(node, ScalarNode) else ""
        for name in [name for name in rows[0] if name in bindings] if rows else []:
            message = f"the rows of `{said}` have `{name}`, which is the name of something else here already"
            self._log.error("A302", node.span, message, f"name it `{name}_1` in the rows")
        return rows

    def _unknown(self, entry: LayerSpec, bindings: Bindings) -> Sequence[Bindings]:
        """The names that a copy may see of a row that an error hides: all that its expressions use."""
        return [dict.fromkeys(asked([entry]) - bindings.keys() - {"index"}, UNKNOWN)]

    def _count(self, node: Node, bindings: Bindings, field: Size) -> int | None:
        """How many copies there are; ``None`` where an error hides it."""
        if isinstance(node, ListNode):
            message = f"`repeat` takes {field.describe()}, or the name of a list, not a list"
            help = "put it into `let`, `let: {rows: [{width: 64}, …]}`, and write `repeat: rows`"
            self._log.error("A111", node.span, message, help)
            return None
        try:
            value = read_value(field, node, "repeat", 1, bindings, self._log)
        except Unreadable as error:
            return error.meant if type(error.meant) is int and error.meant <= MAX_COPIES else None
        if type(value) is int:
            _refuse_more(value, node)
            return value
        if _differs(value):
            raise TypeError("a number of copies that differs from row to row")
        self._log.error("A316", node.span, "how many copies there are cannot be decided", "give its names numbers")
        return None

    def filled(self, text: str | None, span: Span | None, bindings: Bindings) -> str | None:
        """A name with the expressions in its braces computed."""
        if text is None or "{" not in text:
            return text

        def value(found: Match[str]) -> str:
            wrong, help = f"the braces of `{text}` are empty", "write an expression in them, such as `{index + 1}`"
            number: object = None
            if found[1].strip():
                try:
                    number = evaluate(found[1], bindings)
                    wrong, help = f"`{found[0]}` is {number}, and a name takes a whole number from 0 up", ""
                except ExprError as error:
                    wrong = f"`{found[1]}` cannot be computed: {error}"
                    help = "`index` numbers the copies of a `repeat`" if error.unknown else ""
            if type(number) is int and number >= 0:
                return str(number)
            if number is not UNKNOWN:
                self._log.error("A116", span, wrong, help)
            if span is not None:
                self._log.settle(span)
            return "0"

        return TEMPLATE.sub(value, text)


class _Condition(Flag, frozen=True):
    """What ``when`` can say. A truth that differs from row to row, or that symbols leave open, is passed on."""

    def describe(self) -> str:
        return "a condition such as `stride > 1`, or true or false"

    def read(self, value: Any, axes: int) -> Any:
        return value if is_symbolic(value) or _differs(value) else super().read(value, axes)


class _Frozen(Flag, frozen=True):
    """What ``frozen`` can say."""

    def describe(self) -> str:
        return "true or false, or a condition such as `index < 2`"


def _refuse_more(copies: int, node: Node) -> None:
    if copies > MAX_COPIES:
        raise TooLarge(f"`repeat` takes at most {MAX_COPIES:,}, not {copies:,}", node.span, "")


def _differs(value: object) -> bool:
    """Whether a value is one for each row of a sweep."""
    return isinstance(value, PerRow) or is_array(value)


_CONDITION = _Condition()
_FROZEN = _Frozen()
_COUNT = Size(at_least=0)
_EXPERTS = Size()
