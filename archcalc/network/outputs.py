"""What the network and the uses of blocks give: the values that ``outputs`` names, and what runs in training alone."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from archcalc.diagnostics.log import Log
from archcalc.network.flow import feeding
from archcalc.network.graph import INPUT, NOWHERE, Part, Step, Value
from archcalc.network.scope import Scope, Target
from archcalc.spec.model import BlockSpec, OutputName

Given = tuple[tuple[Value, ...], tuple[OutputName, ...]]
"""The values that a network gives, and what the spec says of each; nothing where it has no ``outputs``."""


def given(names: Sequence[OutputName], scope: Scope, last: Value, log: Log) -> Given:
    """The outputs that are there; without ``outputs`` what the last layer gives."""
    sought = [name for name in names if not scope.may_be_a_copy(name.name)]
    targets = [scope.resolve(name.name, name.span) for name in sought]
    pairs = zip(sought, targets, strict=True)
    found = [(name, target.output) for name, target in pairs if target is not None and target.there]
    if names and None not in targets and (not found or found[0][0].training):
        what = (
            "the first of the `outputs` that are there is given in training only"
            if found
            else ("none of the `outputs` is there")
        )
        log.error("A310", names[0].span, what, "name one that is there whatever the conditions are")
    found = [(name, value) for name, value in found if value != NOWHERE]
    return tuple(value for _, value in found) or (max(last, INPUT),), tuple(name for name, _ in found)


def of_block(block: BlockSpec, scope: Scope, last: Value) -> tuple[Value, ...]:
    """What the use of a block gives, the main output first: without ``outputs`` what its last layer gives."""
    found = [scope.resolve(one.name, one.span) for one in block.outputs]
    return tuple(NOWHERE if target is None else target.output for target in found) or (last,)


def named(block: BlockSpec | None, part: Part) -> dict[str, Target]:
    """What can be named of the use of a block besides itself: its other outputs."""
    if block is None:
        return {}
    return {name: Target(value) for name, value in zip(block.others, part.others, strict=False)}


def left_out(block: BlockSpec | None, sources: Sequence[Value]) -> dict[str, Target]:
    """The same of a use that is not there: each other output is what the use would have taken in its place."""
    names = () if block is None else block.others
    taken = (sources[place] if place < len(sources) else sources[0] for place, _ in enumerate(names, 1))
    return {name: Target(value, there=False) for name, value in zip(names, taken, strict=True)}


def handed_on(block: BlockSpec | None, part: Part, taken: tuple[Value, ...]) -> tuple[Value, ...] | None:
    """What the next copy of a use takes where the block has several inputs; ``None`` where it takes what stands above.

    Each output goes to the input in its place, and what has none in its place stays.
    """
    if block is None or len(block.inputs) < 2:
        return None
    if len(taken) != len(block.inputs):
        return (NOWHERE,) * len(block.inputs)
    return (*part.gives[: len(taken)], *taken[len(part.gives) :])


def marked(steps: Sequence[Step], outputs: Given) -> tuple[Step, ...]:
    """The steps; those that only training needs say so."""
    if not any(name.training for name in outputs[1]):
        return tuple(steps)
    pairs = [*zip(*outputs, strict=True)]
    always = {place for value, name in pairs if not name.training for place in feeding(steps, value)}
    also = {place for value, name in pairs if name.training for place in feeding(steps, value)} - always
    return tuple(replace(step, in_training=True) if place in also else step for place, step in enumerate(steps))
