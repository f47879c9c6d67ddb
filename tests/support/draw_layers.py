"""Layers of one kind and inputs for them, drawn from the kind's fields; how many are drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from archcalc.layers.contract import KINDS, Layer
from archcalc.layers.need import Need
from archcalc.layers.record import defaults_of, fields_of
from archcalc.layers.size_fields import PerAxis, Place, Size
from archcalc.sizes.rules import Shape

ONE_INPUT = {name: kind for name, kind in KINDS.items() if kind.arity == (1, 1)}
"""The kinds that this module draws; joins are drawn in ``joins``."""

_RANKS = (1, 2, 3, 4, 5)
"""How many axes an input has where a kind takes any number."""

_LARGEST = {1: 40, 2: 32, 3: 14, 4: 9}
"""The largest size of an axis, by the number of axes: all reach past any kernel drawn, none is slow."""


Case: TypeAlias = tuple[Layer, tuple[int, ...]]
"""A layer and its input's shape, without the batch."""


def failing(layer: Layer, x: Shape) -> list[Need]:
    """The needs that do not hold."""
    return [need for need in layer.checks(x) if not need.holds]


@st.composite
def cases(draw: st.DrawFn, kind: type[Layer]) -> Case:
    """A layer of this kind and an input for it: one that the kind takes, or one a change or two away.

    A third each are taken, changed until they are not, and on the edge of what is taken; for it is at
    the edges that two rules differ.
    """
    x, values = _drawn(draw, kind)
    for _ in range(12):
        failed = next(iter(failing(kind(**values), x)), None)
        if failed is None:
            break
        if failed.field in values and draw(_flips):
            values[failed.field] = draw(field_values(kind, failed.field))
        else:
            x, values = _drawn(draw, kind)
    sort = draw(_sorts)
    if sort == "edge":
        x = _on_the_edge(draw, kind(**values), x)
    values |= {name: arriving for name, arriving in kind(**values).infers(x).items() if draw(_flips)}
    for _ in range(6 if sort == "changed" else 0):
        change = draw(_changes(kind))
        if change:
            values[change] = draw(field_values(kind, change))
        else:
            x = draw(shapes(draw(_ranks_around(kind))))
        if failing(kind(**values), x):
            break
    return kind(**values), x


def _on_the_edge(draw: st.DrawFn, layer: Layer, x: tuple[int, ...]) -> tuple[int, ...]:
    """The input with one axis as small as the layer takes it, or smaller by one."""
    axis = draw(st.integers(0, len(x) - 1))
    smaller = [(*x[:axis], size, *x[axis + 1 :]) for size in range(1, x[axis] + 1)]
    smallest = next((index for index, y in enumerate(smaller) if not failing(layer, y)), len(smaller) - 1)
    return smaller[max(smallest - draw(_flips), 0)]


def _drawn(draw: st.DrawFn, kind: type[Layer]) -> tuple[tuple[int, ...], dict[str, Any]]:
    """An input, and the fields but for those that the input tells."""
    x = draw(shapes(draw(_ranks(kind))))
    required = [name for name in fields_of(kind) if name not in defaults_of(kind)]
    told = kind(**dict.fromkeys(required, 1)).infers(x)
    values = {
        name: draw(field_values(kind, name))
        for name in fields_of(kind)
        if name in required or (name not in told and draw(_mostly))
    }
    return x, values


# Strategies are kept, since Hypothesis takes longer to look at a new one than to draw from it.

_flips = st.booleans()
_mostly = st.sampled_from((True, True, False))
_sorts = st.sampled_from(("taken", "changed", "edge"))


@cache
def field_values(kind: type[Layer], field: str) -> st.SearchStrategy[Any]:
    """What a field of a kind may be."""
    return fields_of(kind)[field].values(kind.axes)


@cache
def _changes(kind: type[Layer]) -> st.SearchStrategy[str]:
    return st.sampled_from(["", *fields_of(kind)])


@cache
def _ranks(kind: type[Layer]) -> st.SearchStrategy[int]:
    return st.sampled_from(kind.ranks or _RANKS)


@cache
def _ranks_around(kind: type[Layer]) -> st.SearchStrategy[int]:
    ranks = kind.ranks or _RANKS
    # Legal ones more often, so that other changes to the input are not lost among these.
    return st.sampled_from([*range(max(1, min(ranks) - 1), max(ranks) + 2), *ranks * 3])


@cache
def shapes(rank: int) -> st.SearchStrategy[tuple[int, ...]]:
    # Small ones more often, since that is where windows stop to fit, and channels that groups divide.
    size = st.integers(1, 3) | st.integers(1, _LARGEST.get(rank, 5))
    channels = st.sampled_from((1, 2, 3, 4, 6, 8, 12)) | size
    return st.tuples(channels, *[size] * (rank - 1))


@dataclass(frozen=True)
class Sizes:
    """A layer, inputs that differ along some axes, and what of the layer is hidden too.

    ``open`` says whether symbols keep their comparisons open, as on the walk that finds closed forms.
    """

    layer: Layer
    inputs: tuple[tuple[int, ...], ...]
    axes: tuple[bool, ...]
    fields: frozenset[str]
    open: bool


@st.composite
def sizes(draw: st.DrawFn, kind: type[Layer]) -> Sizes:
    """A layer and inputs for it, some of whose sizes ``check_sizes`` asks for as something else than ints."""
    layer, x = draw(cases(kind))
    varied = draw(st.tuples(*[st.booleans()] * len(x)))
    others = [draw(shapes(len(x))) for _ in range(3)]
    inputs = [tuple(new if vary else old for new, old, vary in zip(y, x, varied, strict=True)) for y in others]
    names = [name for name, field in fields_of(kind).items() if isinstance(field, Size | PerAxis | Place)]
    names = [name for name in names if getattr(layer, name) is not None]
    fields = draw(st.frozensets(st.sampled_from(names))) if names else frozenset()
    return Sizes(layer, (x, *inputs), varied, fields, draw(_flips))


def thorough(kind: type[Layer], *, slow: bool = False) -> settings:
    """How many examples the profile asks for; more for a kind with more fields, which has more corners."""
    examples = settings().max_examples * (2 + len(fields_of(kind))) // (8 if slow else 4)
    return settings(settings(), max_examples=examples, database=None, deadline=None)


def steady(examples: int) -> settings:
    """The same examples every time, up to the first that fails."""
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )


def for_each(strategy: st.SearchStrategy[Any], check: Callable[[Any], None], chosen: settings) -> None:
    @chosen
    @given(strategy)
    def run(case: Any) -> None:
        check(case)

    run()
