"""What the entries of a class take and give, in all its uses at once: the graph says it, by the numbers of values.

A variable of ``forward`` has a value in each use: what its entry gives there or, where the entry is absent, what it
would have taken. What an entry takes is a variable that has the right values in all uses in which the entry is there.
So what is generated is what the graph is, in every use of the network, whatever led to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, count, islice
from typing import TypeAlias

from msgspec import Struct

from archcalc.network.graph import Part
from archcalc.spec.model import LayerSpec
from archcalc.targets.torch.slots import (
    Kind,
    Listed,
    NoCode,
    Slot,
    SlotCondition,
    has_holder,
    inner_lists,
    one_slot,
    slot,
    variants,
)

Needed: TypeAlias = Mapping[int, int]
"""By the place of a use, the number of the value that is needed there."""


class Op(Struct):
    """Something that ``forward`` does: a module called, or an expression. ``within`` are the groups it is in.

    ``sources``, ``out`` and ``others``, which it gives besides, are variables. ``stated`` says that its ``from`` is, or
    the one of what it is the first in. ``otherwise`` is the variable that stands in its place where it is not there, if
    that is not what it takes.
    """

    slot: Slot
    within: tuple[Slot, ...]
    stated: bool
    out: int
    sources: tuple[int, ...] = ()
    otherwise: int | None = None
    others: tuple[int, ...] = ()

    @property
    def gives(self) -> tuple[int, ...]:
        """The variables that it gives."""
        return (self.out, *self.others)

    @property
    def instead(self) -> tuple[int, ...]:
        """The variables that stand in their places where it is not there."""
        first = self.sources[0] if self.otherwise is None else self.otherwise
        rest = (
            self.sources[place] if place < len(self.sources) else self.sources[0]
            for place, _ in enumerate(self.others, 1)
        )
        return (first, *rest)

    @property
    def needs(self) -> tuple[int, ...]:
        """The variables that it may need."""
        return self.sources if self.otherwise is None else (*self.sources, self.otherwise)

    def by_use(self, uses: Mapping[int, int]) -> dict[int, Part]:
        """What it is, by the place of each use in which it is there."""
        return {uses[id(copy.use)]: copy.part for copy in self.slot.copies if copy.part is not None}


class Wiring:
    """The ``ops`` of a class, in order; ``inputs`` and ``outputs`` are variables.

    ``outputs`` are given as the numbers of values that each use gives. ``is_row`` says which groups are modules.
    """

    def __init__(
        self,
        entries: Sequence[LayerSpec],
        uses: Sequence[Part],
        lists: Sequence[Listed],
        outputs: Sequence[Sequence[int]],
        is_row: Callable[[Slot], bool],
    ) -> None:
        self._is_row = is_row
        self._places = {id(use): place for place, use in enumerate(uses)}
        every = range(len(uses))
        self.inputs = tuple(range(len(uses[0].sources)))
        self._numbers = count(len(self.inputs))
        self._given: list[tuple[int, ...]] = []
        self._chosen: dict[tuple[int, int], int] = {}
        ops = list(self._ops(entries, lists, (), (), False))
        # What is chosen for the sake of a later one serves those before it as well, the second time.
        for _ in range(2):
            self._given = [tuple(use.sources[place] for use in uses) for place in self.inputs]
            self._values: dict[int, tuple[int, ...]] = {}
            self._holding: dict[tuple[int, int], list[int]] = {}
            for place, values in enumerate(self._given):
                self._hold(place, values)
            self._above: list[Op] = []
            self._made: dict[int, Op] = {}
            for op in ops:
                self._wire(op)
            self.outputs = tuple(
                self._of({use: outputs[use][place] for use in every}, stated=True) for place in range(len(outputs[0]))
            )
        self.ops = self._needed()

    # What there is

    def _ops(
        self,
        entries: Sequence[LayerSpec],
        lists: Sequence[Listed],
        within: tuple[Slot, ...],
        conditions: tuple[SlotCondition, ...],
        stated: bool,
    ) -> Iterator[Op]:
        """The entries of a list, each copy by itself; groups that are no rows are opened."""
        for position, entry in enumerate(entries):
            here = stated or entry.sources is not None
            stated = False
            if has_holder(entry):
                held = slot(entry, position, lists)
                if held is None:
                    continue
                held.conditions = conditions
                if self._is_row(held):
                    yield self._op(held, within, here)
                else:
                    yield from self._copies(entry, 0, inner_lists(held), (*within, held), conditions, here)
            else:
                yield from self._copies(entry, position, lists, within, conditions, here)

    def _copies(
        self,
        entry: LayerSpec,
        position: int,
        lists: Sequence[Listed],
        within: tuple[Slot, ...],
        conditions: tuple[SlotCondition, ...],
        stated: bool,
    ) -> Iterator[Op]:
        rows = [one.copies(entry, position) for one in lists]
        counts = [len(row) for row in rows]
        for number in range(max(counts, default=0)):
            found = one_slot(entry, lists, [row[number : number + 1] for row in rows])
            if found is None:
                continue
            if entry.repeat is not None and min(counts) <= number:
                cases = [(one.within, count > number) for one, count in zip(lists, counts, strict=True)]
                found.conditions = (SlotCondition(entry.repeat, cases, number), *found.conditions)
            found.conditions = (*conditions, *found.conditions)
            for one in variants(found):
                if one.kind is Kind.SPLICE or (one.kind is Kind.GROUP and not self._is_row(one)):
                    groups = within if one.kind is Kind.SPLICE else (*within, one)
                    yield from self._ops(entry.children or (), inner_lists(one), groups, one.conditions, stated)
                else:
                    yield self._op(one, within, stated)

    def _op(self, found: Slot, within: tuple[Slot, ...], stated: bool) -> Op:
        out, *others = islice(self._numbers, len(found.parts[0].gives))
        return Op(found, within, stated, out, others=tuple(others))

    # What each takes

    def _wire(self, op: Op) -> None:
        there = op.by_use(self._places)
        taken = [{use: part.sources[place] for use, part in there.items()} for place in range(_arity(there))]
        op.sources = tuple(self._of(needed, op.stated, op) for needed in taken)
        self._note(op, there)
        for (of, other), out in [*self._chosen.items()]:
            if of == op.out:
                self._choose(op, other, out)

    def _note(self, op: Op, there: Mapping[int, Part]) -> None:
        """Note what a variable is in all uses."""
        for place, (out, instead) in enumerate(zip(op.gives, op.instead, strict=True)):
            otherwise = enumerate(self._values[instead])
            self._hold(out, tuple(there[use].gives[place] if use in there else n for use, n in otherwise))
            self._made[out] = op
        self._above.append(op)

    def _hold(self, out: int, values: tuple[int, ...]) -> None:
        """Say what a variable is, by the place of each use; and of a use's value, which variables are it."""
        self._values[out] = values
        for value in enumerate(values):
            self._holding.setdefault(value, []).append(out)

    def _choose(self, op: Op, other: int, out: int) -> None:
        choice = Slot(op.slot.entry, Kind.CHOICE, op.slot.copies, op.slot.conditions)
        there, otherwise = op.by_use(self._places), self._values[other]
        self._hold(out, tuple(there[use].output if use in there else n for use, n in enumerate(otherwise)))
        at = next(place for place, one in enumerate(self._above) if one.out == op.out)
        place = at + 1
        while place < len(self._above) and self._above[place].slot.kind is Kind.CHOICE:
            place += 1
        self._made[out] = Op(choice, op.within, False, out, (op.out, other))
        self._above.insert(place, self._made[out])

    def _of(self, needed: Needed, stated: bool, op: Op | None = None) -> int:
        """The variable with these values: of several the last one, or, where it is ``stated``, one that is there."""
        found = self._variable(needed, len(self._above), stated)
        if found is None:
            op = self._above[-1] if op is None else op
            whole = next((one for one in self._above if one.slot.kind is Kind.AGAIN and _is_inside(one, needed)), None)
            if whole is not None:
                message = f"`{op.slot.entry.written_path}` takes what is inside `{whole.slot.entry.written_path}`"
                message += ", which is applied again, and gives only what comes out of it"
                raise NoCode(op.slot.entry.span, message, "write the first as a block with `outputs`")
            message = (
                f"what `{op.slot.entry.written_path}` takes or gives differs from use to use in a way that has no code"
            )
            raise NoCode(op.slot.entry.span, message, "make a block of it for each case", self._silent(needed))
        return found

    def _silent(self, needed: Needed) -> int:
        """Copies of one name that are there in some of these uses, and in their ``nn.Sequential`` cannot say so."""
        held = (op for op in reversed(self._above) if op.slot.kind is Kind.COPIES)
        return next((op.slot.row for op in held if not needed.keys() <= op.by_use(self._places).keys()), 0)

    def _variable(self, needed: Needed, before: int, stated: bool) -> int | None:
        last: int | None = None
        for out in self._candidates(needed, before):
            if self._fits(out, needed):
                if not stated or self._is_there(out, needed):
                    return out
                last = out if last is None else last
        return self._choice(needed, before) if last is None else last

    def _candidates(self, needed: Needed, before: int) -> Iterable[int]:
        """The variables so far that may have these values, the last one first; of the inputs the first one first."""
        if needed and before == len(self._above):
            # Of thousands of layers that take the input, each would look at all above it.
            holding = self._holding.get(next(iter(needed.items())), [])
            if len(holding) < 2:
                return holding
        return chain((out for op in reversed(self._above[:before]) for out in op.gives), self.inputs)

    def _fits(self, out: int, needed: Needed) -> bool:
        values = self._values[out]
        return all(values[use] == number for use, number in needed.items())

    def _is_there(self, out: int, needed: Needed) -> bool:
        op = self._made.get(out)
        return op is None or needed.keys() <= op.by_use(self._places).keys()

    def _choice(self, needed: Needed, before: int) -> int | None:
        """A new variable: what an entry gives where it is there, and another variable where it is not."""
        for place in reversed(range(before)):
            op = self._above[place]
            there = op.by_use(self._places)
            met = needed.keys() & there.keys()
            if not met or not op.slot.conditions or op.slot.kind is Kind.CHOICE:
                continue
            if any(there[use].output != needed[use] for use in met):
                continue
            rest = {use: number for use, number in needed.items() if use not in met}
            other = self._variable(rest, place, False)
            if other is not None:
                return self._new_choice(op, other)
        return None

    def _new_choice(self, op: Op, other: int) -> int:
        key = (op.out, other)
        if key not in self._chosen:
            self._chosen[key] = next(self._numbers)
            self._choose(op, other, self._chosen[key])
        return self._chosen[key]

    def _needed(self) -> list[Op]:
        """The ops without the choices that nothing takes."""
        taken = {*self.outputs}
        found = []
        for op in reversed(self._above):
            if op.slot.kind is not Kind.CHOICE or op.out in taken:
                found.append(op)
                taken.update(op.sources)
        return found[::-1]


def _is_inside(op: Op, needed: Needed) -> bool:
    """Whether a value that is needed is made within a module that is called once more, and does not come out of it."""
    return any(below.output in needed.values() for part in op.slot.parts for below in _below(part))


def _below(part: Part) -> Iterator[Part]:
    for one in part.parts:
        yield one
        yield from _below(one)


def _arity(there: Mapping[int, Part]) -> int:
    return len(next(iter(there.values())).sources)
