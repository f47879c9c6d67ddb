"""What a block has become once, made again elsewhere: the same layers under other names, from other sources.

A deep network repeats a few blocks; each is bound once for the same arguments and channels.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from archcalc.network.graph import Part, Place, Step
from archcalc.spec.model import Claim, LayerSpec


class Recorded(Struct, frozen=True):
    """One use of a block as it was bound: its part, its steps from place ``first`` on, and what is claimed of them.

    ``depth`` is how many blocks it is in.
    """

    part: Part
    first: int
    steps: tuple[Step, ...]
    claims: tuple[tuple[Claim, Part], ...]
    depth: int


class Copy:
    """A recorded use made again, from step ``place`` on, as ``entry`` has it at ``path``, within the blocks ``uses``.

    ``part``, ``steps`` and ``claims`` are as they would have been bound.
    """

    def __init__(
        self,
        recorded: Recorded,
        entry: LayerSpec,
        path: str,
        uses: tuple[LayerSpec, ...],
        known: dict[str, Any],
        place: int,
        sources: tuple[int, ...],
        at: Place,
    ) -> None:
        self._first = recorded.first
        self._shift = place - recorded.first
        self._path = path
        self._cut = len(recorded.part.path)
        self._outside = dict(zip(recorded.part.sources, sources, strict=True))
        self._uses: dict[int, tuple[LayerSpec, ...]] = {}
        self._inner: dict[int, LayerSpec] = {}
        self._above = (*uses, replace(entry, path=path))
        self._depth = recorded.depth + 1
        self._made: dict[int, Part] = {}
        self.steps = [self._step(step) for step in recorded.steps]
        self.part = replace(self._of(recorded.part), spec=entry, bindings=known, place=at)
        self.claims = [
            (replace(claim, of=self._named(claim.of or "")), self._made[id(part)]) for claim, part in recorded.claims
        ]

    def _named(self, path: str) -> str:
        return self._path + path[self._cut :]

    def _value(self, number: int) -> int:
        return number + self._shift if number > self._first else self._outside[number]

    def _step(self, step: Step) -> Step:
        spec = replace(step.spec, path=self._named(step.spec.path))
        uses = self._uses.get(id(step.uses))
        if uses is None:
            uses = self._uses[id(step.uses)] = (*self._above, *map(self._below, step.uses[self._depth :]))
        return Step(spec, step.layer, step.doubtful, tuple([self._value(source) for source in step.sources]), uses)

    def _below(self, use: LayerSpec) -> LayerSpec:
        found = self._inner.get(id(use))
        if found is None:
            found = self._inner[id(use)] = replace(use, path=self._named(use.path))
        return found

    def _of(self, part: Part) -> Part:
        made = self._made[id(part)] = Part(
            self._named(part.path),
            part.spec,
            tuple([self._value(source) for source in part.sources]),
            self._value(part.output),
            part.bindings,
            tuple([self._of(inner) for inner in part.parts]),
            None if part.step is None else part.step + self._shift,
            part.block,
            part.inner_bindings,
            part.copies,
            part.place,
            part.absent,
        )
        return made
