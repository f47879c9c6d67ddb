"""The use of a block: what the names in it stand for, and what it has become once, made again elsewhere.

A deep network repeats a few blocks. Each is elaborated once for the same arguments and channels; another use is the
same layers under other names, from other sources.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from archcalc.diagnostics.log import Log
from archcalc.network.expand import Expanded
from archcalc.network.graph import Bindings, Part, Place, Step, Use, Value, use_labels
from archcalc.sizes.rules import UNKNOWN, Dim
from archcalc.spec.let import argument_value, let_values, told_apart
from archcalc.spec.model import BlockSpec, Claim, LayerSpec


class Standing(Struct, frozen=True, gc=False):
    """An entry where it stands: its path, the values that it takes, the uses of blocks that it is in."""

    item: Expanded
    path: str
    sources: tuple[Value, ...]
    uses: tuple[Use, ...]


def given_arguments(block: BlockSpec, entry: LayerSpec, bindings: Bindings, log: Log) -> Bindings:
    """The arguments that a use gives, computed where it stands; one that it must give and does not is unknown."""
    given: Bindings = {}
    for name, default in block.args.items():
        if name in entry.values:
            given[name] = argument_value(name, entry.values[name], bindings, log)
        elif default is None:
            given[name] = UNKNOWN
    return given


def inner_bindings(block: BlockSpec, around: Bindings, given: Bindings, uses: tuple[Use, ...], log: Log) -> Bindings:
    """What the expressions in a block see: the names ``around`` it, its channels and arguments, its own names.

    ``given`` are its channels and the arguments that a use gives; the others are their defaults, computed in the block.
    """
    known = around | given
    with log.labelled(use_labels(uses)):
        for name, default in block.args.items():
            if name not in given and default is not None:
                known[name] = argument_value(name, default, known, log)
        if block.let:
            known |= let_values(block.let, {}, known, log)
    return known


def use_key(block: BlockSpec, given: Bindings, channels: Iterable[Dim]) -> tuple[Any, ...] | None:
    """What two uses of a block have in common if they become the same; ``None`` where that cannot be told."""
    key = (block.id, *channels, *given, *map(told_apart, given.values()))
    try:
        hash(key)
    except TypeError:  # columns
        return None
    return key


class RecordedUse(Struct, frozen=True):
    """One use of a block as it was elaborated: its part, its steps from the place ``first`` on, and their claims.

    ``depth`` is how many blocks it is in.
    """

    part: Part
    first: Place
    steps: tuple[Step, ...]
    claims: tuple[tuple[Claim, Part], ...]
    depth: int


class ReplayedUse:
    """A recorded use made again elsewhere, from step ``place`` on.

    ``part``, ``steps`` and ``claims`` are as they would have been elaborated.
    """

    def __init__(self, recorded: RecordedUse, here: Standing, place: int) -> None:
        item = here.item
        self._first = recorded.first
        self._shift = place - recorded.first
        self._path = here.path
        self._cut = len(recorded.part.path)
        self._outside = dict(zip(recorded.part.sources, here.sources, strict=True))
        self._above = (*here.uses, Use(here.path, item.entry))
        self._depth = recorded.depth + 1
        self._uses: dict[int, tuple[Use, ...]] = {}
        self._made: dict[int, Part] = {}
        self.steps = self._steps(recorded.steps)
        self.part = replace(self._of(recorded.part), spec=item.entry, bindings=item.bindings, position=item.position)
        self.claims = [
            (replace(claim, of=self._named(claim.of or "")), self._made[id(part)]) for claim, part in recorded.claims
        ]

    def _named(self, path: str) -> str:
        return self._path + path[self._cut :]

    def _value(self, value: Value) -> Value:
        # Of what is lost the input stands for what it takes.
        return Value(value + self._shift) if value > self._first else self._outside.get(value, value)

    def _steps(self, steps: tuple[Step, ...]) -> list[Step]:
        named, value, within = self._named, self._value, self._within
        return [
            Step(
                named(step.path),
                step.spec,
                step.layer,
                step.doubtful,
                tuple([value(source) for source in step.sources]),
                within(step.uses),
                step.lost,
            )
            for step in steps
        ]

    def _within(self, uses: tuple[Use, ...]) -> tuple[Use, ...]:
        found = self._uses.get(id(uses))
        if found is None:
            below = [Use(self._named(use.path), use.spec) for use in uses[self._depth :]]
            found = self._uses[id(uses)] = (*self._above, *below)
        return found

    def _of(self, part: Part) -> Part:
        made = self._made[id(part)] = Part(
            self._named(part.path),
            part.spec,
            tuple([self._value(source) for source in part.sources]),
            self._value(part.output),
            part.bindings,
            tuple([self._of(inner) for inner in part.parts]),
            None if part.step is None else Place(part.step + self._shift),
            part.block,
            part.inner_bindings,
            part.copies,
            part.position,
            part.absent,
        )
        return made
