"""The use of a block: what the names in it stand for, and what it has become once, made again elsewhere.

A deep network repeats a few blocks. Each is elaborated once for the same arguments and channels; another use is the
same layers under other names, from other sources.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import cast

from msgspec import Struct
from msgspec.structs import replace

from archcalc.diagnostics.log import Log
from archcalc.layers.contract import Layer
from archcalc.network.expand import Expanded
from archcalc.network.flow import taken
from archcalc.network.graph import (
    INPUT,
    NOWHERE,
    Bindings,
    Part,
    Place,
    Position,
    Step,
    Use,
    UsedHere,
    Value,
    known_values,
    value_of,
)
from archcalc.sizes.rules import UNKNOWN, Dim
from archcalc.spec.let import argument_value, let_values, told_apart
from archcalc.spec.model import BlockSpec, Claim, LayerSpec


class Standing(Struct, frozen=True, gc=False):
    """An entry where it stands: its path, the values that it takes, the uses of blocks that it is in.

    ``frozen`` says that training changes no parameter of it, unless something in it says otherwise. ``many`` is how
    often it stands in the copies that it is in.
    """

    item: Expanded
    path: str
    sources: tuple[Value, ...]
    uses: tuple[Use, ...]
    frozen: bool = False
    many: int = 1


class Around(Struct, frozen=True):
    """Where a list stands: what its paths begin with, the names its expressions see, the blocks it is in.

    ``numbered`` says that layers without a name are called by their numbers, ``doubtful`` that an error hides
    whether the list is there, ``beside`` that what is in it stands side by side: each takes what arrives. ``in_a_row``
    says that these are the copies of one entry, of which each takes what the one before it gives. ``frozen`` says that
    training changes no parameter in it, where nothing in it says otherwise. ``many`` is how often it stands in the
    copies that it is in.
    """

    prefix: str
    bindings: Bindings
    uses: tuple[Use, ...] = ()
    numbered: bool = True
    doubtful: bool = False
    beside: bool = False
    in_a_row: bool = False
    frozen: bool = False
    many: int = 1


class Made(Struct, frozen=True):
    """What has become of a list: the value that it gives, its parts, and where what is absent stands."""

    output: Value
    parts: tuple[Part, ...]
    absent: tuple[Position, ...]


def holding(
    here: Standing,
    made: Made,
    block: str | None = None,
    seen: Bindings | None = None,
    others: tuple[Value, ...] = (),
) -> Part:
    """The part that holds what has become of a list, as the use of a ``block`` which sees its own names."""
    item, output = here.item, max(made.output, INPUT)
    return Part(
        path=here.path,
        spec=item.entry,
        sources=known_values(here.sources),
        output=output,
        bindings=item.bindings,
        parts=made.parts,
        block=block,
        inner_bindings=seen or {},
        copies=item.copies is not None,
        position=item.position,
        absent=made.absent,
        others=others,
        times=item.times,
    )


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
    with log.labelled(UsedHere(uses)):
        for name, default in block.args.items():
            if name not in given and default is not None:
                known[name] = argument_value(name, default, known, log)
        if block.let:
            known |= let_values(block.let, {}, known, log)
    return known


def use_key(
    block: BlockSpec, here: Standing, given: Bindings, channels: Iterable[Dim], routes: bool
) -> tuple[object, ...] | None:
    """What two uses of a block have in common if they become the same; ``None`` where that cannot be told.

    Where it ``routes``, how often it stands there decides whether one of its experts stands for others.
    """
    if here.item.doubtful or NOWHERE in here.sources or len(set(here.sources)) < len(here.sources):
        return None
    try:
        key = (block.id, here.frozen, here.many if routes else 1, *channels, *given, *map(told_apart, given.values()))
        hash(key)
    except TypeError:  # columns
        return None
    return key


class RecordedUse(Struct, frozen=True):
    """One use of a block as it was elaborated: its part, its steps from the place ``first`` on, and their claims.

    ``layers`` are the parts that the steps are; ``depth`` is how many blocks it is in, and ``entries`` how many
    entries were looked at.
    """

    part: Part
    first: Place
    steps: tuple[Step, ...]
    layers: tuple[Part, ...]
    claims: tuple[tuple[Claim, Part], ...]
    depth: int
    entries: int


class ReplayedUse:
    """A recorded use made again elsewhere, from step ``place`` on.

    ``part``, ``steps``, ``layers`` and ``claims`` are as they would have been elaborated. Where its layers are to have
    the weights of the recorded ones, ``applied`` says what each is where it has none of its own.
    """

    def __init__(
        self, recorded: RecordedUse, here: Standing, place: int, applied: Callable[[Layer], Layer] | None = None
    ) -> None:
        item = here.item
        self._recorded = recorded
        self._applied = applied
        self._path = here.path
        self._cut = len(recorded.part.path)
        self._shift = place - recorded.first
        self._values = self._renumbered(here.sources)
        self._above = (*here.uses, Use(here.path, item.entry))
        self.steps: list[Step] = []
        self.layers: list[Part] = []
        self._lay()
        self._made: dict[int, Part] = {}
        self.part = self._of(recorded.part, item.entry, item.bindings, item.position, item.times)
        self.claims = [
            (replace(claim, of=self._named(claim.of or "")), self.standing_for(part)) for claim, part in recorded.claims
        ]

    def _named(self, path: str) -> str:
        return self._path + path[self._cut :]

    def value(self, value: Value) -> Value:
        """What a value of the recorded use is here."""
        return self._values[value]

    def _renumbered(self, sources: tuple[Value, ...]) -> dict[int, Value]:
        """Each value that the use takes or makes, with the one in its place here.

        The input stands for what is lost, and stays.
        """
        first, shift = value_of(self._recorded.first), self._shift
        found: dict[int, Value] = dict(zip((INPUT, *self._recorded.part.sources), (INPUT, *sources), strict=True))
        values = range(first, first + len(self._recorded.steps))
        found.update(zip(values, cast("Iterable[Value]", range(first + shift, values.stop + shift)), strict=True))
        return found

    def _lay(self) -> None:
        """Make the steps, and the parts that they are: for a deep network nearly all that there is to make."""
        path, cut, values = self._path, self._cut, self._values
        steps, layers, recorded = self.steps, self.layers, self._recorded
        first = recorded.first + self._shift
        places = cast("Iterable[Place]", range(first, first + len(recorded.steps)))
        above: tuple[Use, ...] | None = None
        for step, part, at in zip(recorded.steps, recorded.layers, places, strict=True):
            if step.uses is not above:
                above, uses = step.uses, self._within(step.uses)
            named, spec = path + step.path[cut:], step.spec
            sources = (values[step.sources[0]],) if len(step.sources) == 1 else taken(step, values)
            tied = None if step.tied is None else values[step.tied]
            again = None if step.again is None else Place(step.again + self._shift)
            layer = step.layer
            if self._applied is not None:
                tied, again = None, Place(at - self._shift) if step.again is None else step.again
                layer = None if layer is None else self._applied(layer)
            steps.append(
                Step(
                    named,
                    spec,
                    layer,
                    step.doubtful,
                    sources,
                    uses,
                    step.lost,
                    False,
                    tied,
                    step.idle,
                    again,
                    step.frozen,
                    step.times,
                )
            )
            output, bindings, block, inner = values[part.output], part.bindings, part.block, part.inner_bindings
            is_again, where, many = self._first(part), part.position, part.times
            layers.append(
                Part(named, spec, sources, output, bindings, (), at, block, inner, False, where, (), is_again, (), many)
            )

    def _within(self, uses: tuple[Use, ...]) -> tuple[Use, ...]:
        return (*self._above, *[Use(self._named(use.path), use.spec) for use in uses[self._recorded.depth + 1 :]])

    def standing_for(self, part: Part) -> Part:
        """What a part of the recorded use is here."""
        return self._made[id(part)] if part.step is None else self.layers[part.step - self._recorded.first]

    def _of(self, part: Part, spec: LayerSpec | None, bindings: Bindings, position: Position, times: int) -> Part:
        """What a use or a group is here, as an entry that sees these names, in this place of its list; so often."""
        layers, first, values = self.layers, self._recorded.first, self._values
        made = self._made[id(part)] = Part(
            self._named(part.path),
            spec,
            tuple([values[source] for source in part.sources]),
            values[part.output],
            bindings,
            tuple(
                [
                    layers[inner.step - first]
                    if inner.step is not None
                    else self._of(inner, inner.spec, inner.bindings, inner.position, inner.times)
                    for inner in part.parts
                ]
            ),
            None,
            part.block,
            part.inner_bindings,
            part.copies,
            position,
            part.absent,
            self._first(part),
            tuple([values.get(other, NOWHERE) for other in part.others]),
            times,
        )
        return made

    def _first(self, part: Part) -> str | None:
        """The path of the module that a part is, if that is another's."""
        if self._applied is not None:
            return part.again or part.path
        return None if part.again is None else self._named(part.again)
