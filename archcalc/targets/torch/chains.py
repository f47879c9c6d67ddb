"""Which lists are rows of modules, so that an ``nn.Sequential`` does what they do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archcalc.layers.contract import KINDS
from archcalc.network.graph import Part
from archcalc.targets.torch.slots import Slot


class Chains:
    """Which lists are rows, each of whose modules takes what the one before it gives, in all uses."""

    def __init__(self, uses: Sequence[Part], outputs: Sequence[Sequence[int]]) -> None:
        self._takers: list[dict[int, list[int]]] = []
        for use, given in zip(uses, outputs, strict=True):
            takers: dict[int, list[int]] = {number: [-1] for number in given}
            for part in leaves(use.parts):
                for source in part.sources:
                    takers.setdefault(source, []).append(id(part))
            self._takers.append(takers)
        self._place = {id(use): place for place, use in enumerate(uses)}

    def whole(self, uses: Sequence[Part]) -> bool:
        """Whether the whole list is a row."""
        return all(len(use.sources) == 1 and not use.others and self._row(use, use) for use in uses)

    def holds(self, group: Slot) -> bool:
        """Whether a group is a row wherever it is there, and nothing else takes what is inside."""
        return all(copy.part is None or self._row(copy.part, copy.use) for copy in group.copies)

    def _row(self, group: Part, use: Part) -> bool:
        arriving = group.sources[0]
        given = _through(group.parts, arriving)
        if given is None or given != group.output:
            return False
        inner = [*leaves(group.parts)]
        own = {id(part) for part in inner}
        hidden = {part.output for part in inner} - {given, arriving}
        takers = self._takers[self._place[id(use)]]
        return all(taker in own for value in hidden for taker in takers.get(value, ()))


def _through(parts: Sequence[Part], arriving: int) -> int | None:
    """What a row of modules gives; ``None`` where they are none."""
    for part in parts:
        if part.sources != (arriving,) or part.others or part.again is not None or "." in part.name:
            return None
        if part.step is not None:
            kind = KINDS[(part.spec and part.spec.kind) or ""]
            if kind.arity[1] != 1 or kind.own_parameter:
                return None
        elif part.block is None and _through(part.parts, arriving) != part.output:
            return None
        arriving = part.output
    return arriving


def leaves(parts: Sequence[Part]) -> Iterator[Part]:
    """The layers in a list and its groups, the uses of blocks and what is applied again, which are not opened."""
    for part in parts:
        if part.step is not None or part.block is not None or part.again is not None:
            yield part
        else:
            yield from leaves(part.parts)
