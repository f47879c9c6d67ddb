"""Where a reshape leaves out an axis of a single place, of which other sizes of the input have several.

A recogniser of text that asks for "height 1" is such a network: at another height its reshape lays several rows into
one axis, and nothing refuses that. It is a condition on the data, which no spec can break.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod

from msgspec import Struct

from archcalc.analysis.axis_ways import Passage
from archcalc.sizes.axis_products import AxisProduct
from archcalc.sizes.periodic import AxisFunction, SizeSet
from archcalc.sizes.rules import Dim, Shape, known_sizes


class SinglePlace(Struct, frozen=True):
    """At which legal ``sizes`` of an input axis a ``layer`` finds a single place along it, as at the stated one."""

    layer: str
    axis: str
    sizes: SizeSet


def single_places(
    passages: list[Passage], stated: Mapping[str, int], legal: Mapping[str, SizeSet]
) -> Iterator[SinglePlace]:
    """Where single places are left out that need not be single, of a walk on functions of the input's axes."""
    seen: set[tuple[str, tuple[bool, ...]]] = set()
    for passage in passages:
        layer, (x, *others) = passage.layer, passage.xs
        if not layer.turns_axes or layer.names_axes or others or len(passage.given) >= len(x):
            continue
        here = tuple(_at(size, stated) for size in x)
        if max(here[1:], default=1) == 1:
            continue
        for place, size in enumerate(x[1:], 1):
            if here[place] != 1 or not isinstance(size, AxisFunction) or not _joins(passage, here, place):
                continue
            sizes = size.equals(1) & legal[size.axis]
            key = (size.axis, sizes.holds)
            if sizes != legal[size.axis] and key not in seen:
                seen.add(key)
                yield SinglePlace(passage.step.path, size.axis, sizes)


def _at(size: Dim, stated: Mapping[str, int]) -> int:
    """A size at the stated input."""
    if isinstance(size, AxisFunction):
        return size(stated[size.axis])
    if isinstance(size, AxisProduct):
        return size.coefficient * prod(f(stated[axis]) for axis, f in size.factors.items()) + size.offset
    assert isinstance(size, int)
    return size


def _joins(passage: Passage, here: tuple[int, ...], place: int) -> bool:
    """Whether two places along an axis would be taken too, and kept, in fewer axes."""
    two: Shape = (*here[:place], 2, *here[place + 1 :])
    if any(need.holds is False for need in passage.layer.checks(two)):
        return False
    given = passage.layer.out(two)
    return len(given) < len(two) and prod(known_sizes(given)) == prod(known_sizes(two))
