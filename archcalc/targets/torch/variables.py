"""What the values in a ``forward`` are called.

What leads to the main output is the trunk, ``x`` from line to line, or ``out`` where the input is needed later. What is
needed more than once has its module's name, and a branch has what the names of its modules share.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile

from archcalc.targets.torch.slots import Kind
from archcalc.targets.torch.wiring import Op

_JOINS = (Kind.JOIN, Kind.CHOICE)


class Variables:
    """``names`` are those of the values of a class: of what it takes, ``arguments``, and of what its ops give.

    ``called`` says what a module is called, ``others`` the outputs of a use besides the main one.
    """

    def __init__(
        self,
        ops: Sequence[Op],
        inputs: Sequence[int],
        outputs: Sequence[int],
        arguments: Sequence[str],
        called: Callable[[Op], str],
        others: Callable[[Op], Sequence[str]],
    ) -> None:
        self._ops = ops
        self._made = {out: op for op in ops for out in op.gives}
        self._called = called
        self._takers: dict[int, list[int]] = {}
        for place, op in enumerate(ops):
            for source in dict.fromkeys(op.needs):
                self._takers.setdefault(source, []).append(place)
        for output in outputs:
            self._takers.setdefault(output, []).append(len(ops))
        self._above = self._dominators(inputs)
        trunk = self._trunk(outputs[0])
        names = dict(zip(inputs, arguments, strict=True))
        flows = trunk and any(names.get(source) == "x" and self._passes(source) for source in trunk[-1].sources)
        branches = self._branches({op.out for op in trunk})
        wanted = {
            op.out: ("x" if flows else "out") if self._passes(op.out) else self._own(op) for op in trunk
        } | branches
        for op in ops:
            wanted |= dict(zip(op.others, others(op), strict=True)) if op.others else {}
            wanted |= {out: _UNTAKEN for out in op.gives if op.others and out not in self._takers}
        self.names = self._without_clashes(names, wanted)

    def _passes(self, value: int) -> bool:
        """Whether a value is taken once."""
        return len(self._takers.get(value, ())) == 1

    # The trunk

    def _dominators(self, inputs: Sequence[int]) -> dict[int, tuple[int, int]]:
        """For each value the last one that all ways to it lead through, and how many of these there are."""
        found = dict.fromkeys(inputs, (_NOTHING, 1)) | {_NOTHING: (_NOTHING, 0)}
        for op in self._ops:
            common = op.sources[0]
            for source in op.sources[1:]:
                common = _meeting(found, common, source)
            found[op.out] = common, found[common][1] + 1
            # The others come with it, and so by way of it.
            found |= dict.fromkeys(op.others, (op.out, found[op.out][1] + 1))
        return found

    def _trunk(self, output: int) -> list[Op]:
        """The ops whose values lead to the main output, the last one first."""
        found = []
        while output in self._made:
            op = self._made[output]
            found.append(op)
            output = self._before(op)
        return found

    def _before(self, op: Op) -> int:
        """Of what an op takes what leads to it: the longer of two ways, or what several have in common."""
        made = [source for source in dict.fromkeys(op.sources) if source in self._made]
        if not made:
            return _NOTHING
        if op.slot.kind is Kind.ROUTED:
            # The tokens, and not their scores.
            return op.sources[0] if op.sources[0] in self._made else _NOTHING
        if len(made) == 1 or op.slot.kind is Kind.USE:
            return made[0]
        if len(made) == 2:
            one, other = map(self._length, made)
            if one != other:
                return made[0] if one > other else made[1]
        common = made[0]
        for source in made[1:]:
            common = _meeting(self._above, common, source)
        return common

    def _length(self, value: int) -> int:
        """How many ops in a row lead to a value and nowhere else."""
        length = 0
        while value in self._made and self._passes(value) and len(self._made[value].sources) == 1:
            length, value = length + 1, self._made[value].sources[0]
        return length

    # Branches

    def _branches(self, trunk: set[int]) -> dict[int, str]:
        """What the values off the trunk are called."""
        rows: dict[int, list[Op]] = {}
        for op in self._ops:
            if op.out not in trunk:
                goes_on = [rows[source] for source in op.sources if source in rows and self._passes(source)]
                row = goes_on[0] if len(goes_on) == 1 else []
                row.append(op)
                rows[op.out] = row
        return {out: self._shared(row) for out, row in rows.items()}

    def _shared(self, row: Sequence[Op]) -> str:
        """What the names of a row share, as ``branch5x5_1`` and ``branch5x5_2`` do; else the name of the last."""
        names = [self._called(op) for op in row if op.slot.kind not in _JOINS]
        alike = takewhile(lambda signs: len(set(signs)) == 1, zip(*names, strict=False))
        shared = "".join(signs[0] for signs in alike).rstrip("_")
        rests = [name[len(shared) :] for name in names]
        cut = shared[-1:].isdecimal() and any(rest[:1].isdecimal() for rest in rests)
        whole = all(re.fullmatch(r"(_\w+|\d+[a-z]?)?", rest) for rest in rests)
        return shared if len(names) > 1 and len(shared) > 1 and whole and not cut else self._own(row[-1])

    def _own(self, op: Op) -> str:
        name = re.sub(r"\W", "_", self._called(op))
        return name if name.isidentifier() else f"{op.slot.entry.kind or 'out'}_{name}"

    # All of them

    def _without_clashes(self, names: dict[int, str], wanted: dict[int, str]) -> dict[int, str]:
        """The names that are wanted, with numbers where one is that of a value which is still needed."""
        names = dict(names)
        held = {name: value for value, name in names.items()}
        for place, out in ((place, out) for place, op in enumerate(self._ops) for out in op.gives):
            for name in numbered(wanted[out]):
                other = held.get(name)
                if name not in _TAKEN and (other is None or self._takers.get(other, [-1])[-1] <= place):
                    break
            names[out] = name
            held[name] = out
        return names


_NOTHING = -1
_TAKEN = ("self", "nn", "torch")
_UNTAKEN = "_"


def _meeting(above: dict[int, tuple[int, int]], one: int, other: int) -> int:
    """The last value that all ways to two others lead through."""
    while one != other:
        if above[one][1] < above[other][1]:
            one, other = other, one
        one = above[one][0]
    return one


def numbered(base: str) -> Iterator[str]:
    """A name, and others like it: ``conv``, ``conv_2``, ``conv_3``."""
    yield base
    yield from (f"{base}_{number}" for number in range(2, 100_000))
