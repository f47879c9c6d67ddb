"""A part of a network that is drawn alone: found by its name, with what it takes from outside and gives there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archcalc.analysis.experts import standing_for
from archcalc.analysis.plain_network import parts
from archcalc.diagnostics.spelling import did_you_mean
from archcalc.network.flow import users
from archcalc.network.graph import Graph, Part, Value, place_of, value_of


def part_named(graph: Graph, name: str) -> Part | str:
    """The group, the use of a block or the repeat of this dotted path, or why there is none and what there is."""
    groups, name = groups_of(graph), standing_for(graph, name, by_itself=True)
    for part in groups:
        if part.path == name:
            return part
    if any(step.path == name for step in graph.steps):
        return f"`{name}` is a layer, and only a group, block or repeat is drawn alone: `explain` has a layer's numbers"
    used = next((part.path for part in groups if part.block == name or _without_numbers(part.path) == name), None)
    guess = f"did you mean `{used}`?" if used else did_you_mean(name, [part.path for part in groups])
    return f"there is no group, block or repeat `{name}`: {guess or _outermost(groups)}"


def _outermost(groups: Sequence[Part]) -> str:
    names = [f"`{part.path}`" for part in groups if "." not in part.path]
    return f"there are {', '.join(names[:MOST_NAMED])}" if names else "all layers stand by themselves"


MOST_NAMED = 10
"""How many groups are named where one is not found."""


def groups_of(graph: Graph) -> list[Part]:
    """The groups, uses of blocks and repeats, outer ones first."""
    return [part for part in parts(graph) if part.step is None]


def taken(graph: Graph, part: Part) -> Iterator[tuple[str, Value]]:
    """The values that its layers take from outside, in their order, by the names of what gives them."""
    inside = {*part.steps()}
    sources = (value for place in sorted(inside) for value in graph.steps[place].sources)
    for value in dict.fromkeys(sources):
        if value >= 0 and (value == 0 or place_of(value) not in inside):
            yield _giver(graph, part, value), value


def given(graph: Graph, part: Part) -> Iterator[tuple[str, Value]]:
    """The values that others take from it, or the network gives; several by the names of what gives them."""
    inside, takers = {*part.steps()}, users(graph.steps)
    values = [
        value
        for value in map(value_of, sorted(inside))
        if value in graph.outputs or not inside.issuperset(takers[value])
    ]
    for value in values:
        yield "output" if len(values) == 1 else _giver(graph, part, value), value


def _giver(graph: Graph, part: Part, value: Value) -> str:
    """The name of the outermost thing that gives a value and is neither the part nor around it."""
    if value == 0:
        return "input"
    place, around = place_of(value), graph.root
    while around is not None:
        around = next((inner for inner in around.parts if place in inner.steps()), None)
        if around is not None and around.output == value and not f"{part.path}.".startswith(f"{around.path}."):
            return around.path
    return graph.steps[place].path


def _without_numbers(path: str) -> str:
    return ".".join(name for name in path.split(".") if not name.isdigit())
