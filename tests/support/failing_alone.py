"""Layers and inputs at which one need of a kind fails and no other.

Such are nearly always one change away from what is accepted. There they are looked for first: to draw until one comes
takes up to a hundred times as long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from random import Random
from typing import Any

from hypothesis import find
from msgspec.structs import replace

from archcalc.layers.contract import Layer
from archcalc.layers.record import fields_of
from tests.support.draw_layers import Case, cases, failing, field_values, for_each, steady
from tests.support.torch_oracle import Site, accepted, runs, site_of


def failing_alone(kind: type[Layer], site: Site) -> Case:
    """A layer and an input that torch refuses for this need alone; NoSuchExample if there is none."""

    def shows(case: Case) -> bool:
        failed = failing(*case)
        return {site_of(need) for need in failed} == {site} and not all(need.beyond_torch for need in failed)

    return _first(kind, shows)


def taken_by_torch_alone(kind: type[Layer], site: Site) -> Case:
    """A layer and an input that are refused for this need alone, which torch does not have; or NoSuchExample."""

    def shows(case: Case) -> bool:
        return {site_of(need) for need in failing(*case) if need.beyond_torch} == {site} and runs(*case)

    return _first(kind, shows)


def _first(kind: type[Layer], shows: Callable[[Case], bool]) -> Case:
    near = next(filter(shows, _near(kind)), None)
    return near or find(cases(kind), shows, settings=steady(5_000), random=Random(0))


def _near(kind: type[Layer]) -> Iterator[Case]:
    """What is accepted, with one axis smaller, one field otherwise, or as if its first axis were the batch."""
    for layer, x in accepted(kind):
        yield replace(layer, **layer.infers(x)), x[1:]
        for axis, size in enumerate(x):
            yield from ((layer, (*x[:axis], smaller, *x[axis + 1 :])) for smaller in range(1, size))
        for name in fields_of(kind):
            yield from ((replace(layer, **{name: value}), x) for value in _some_values(kind, name))


@cache
def _some_values(kind: type[Layer], field: str) -> list[Any]:
    found: list[Any] = []
    for_each(field_values(kind, field), found.append, steady(12))
    return found
