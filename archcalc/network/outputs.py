"""What the network gives: the values that ``outputs`` names, and the layers that run for those of training alone."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from archcalc.diagnostics.log import Log
from archcalc.network.flow import feeding
from archcalc.network.graph import INPUT, NOWHERE, Step, Value
from archcalc.network.scope import Scope
from archcalc.spec.model import OutputName

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


def marked(steps: Sequence[Step], outputs: Given) -> tuple[Step, ...]:
    """The steps; those that only training needs say so."""
    if not any(name.training for name in outputs[1]):
        return tuple(steps)
    pairs = [*zip(*outputs, strict=True)]
    always = {place for value, name in pairs if not name.training for place in feeding(steps, value)}
    also = {place for value, name in pairs if name.training for place in feeding(steps, value)} - always
    return tuple(replace(step, in_training=True) if place in also else step for place, step in enumerate(steps))
