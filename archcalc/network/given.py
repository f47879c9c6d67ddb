"""What a network has from the start: its inputs; those that have names the first steps take out of the sample."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archcalc.language.identifiers import INPUT as INPUT_NAME
from archcalc.layers.input import Input
from archcalc.network.graph import INPUT, NamedInput, Part, Place, Step, Value, value_of
from archcalc.network.scope import Target
from archcalc.spec.model import InputSpec, LayerSpec


def named_inputs(inputs: Sequence[InputSpec]) -> tuple[NamedInput, ...]:
    """The inputs that have names, without what their whole numbers are below."""
    return tuple(NamedInput(one.name, one.axes) for one in inputs)


def given_steps(inputs: Sequence[InputSpec]) -> Iterator[Step]:
    """A step for each input that has a name."""
    for one in inputs:
        entry = LayerSpec(written_path=one.name, span=one.span, written_name=one.name, written_kind=Input.kind)
        yield Step(one.name, entry, Input(of=one.axes))


def given_parts(given: Sequence[Step]) -> Iterator[Part]:
    """What each of these steps is as a module of the network; no list has it."""
    for place, step in enumerate(given):
        yield Part(step.path, step.spec, step.sources, value_of(place), {}, (), Place(place))


def given_values(given: Sequence[Step]) -> tuple[Value, ...]:
    """The values of the network's inputs, before any other step is made."""
    return tuple(map(value_of, range(len(given)))) or (INPUT,)


def starting_names(given: Sequence[Step]) -> Iterator[tuple[str, Target]]:
    """What the names stand for that are there before any layer."""
    if not given:
        yield INPUT_NAME, Target(INPUT)
    for place, step in enumerate(given):
        yield step.path, Target(value_of(place))
