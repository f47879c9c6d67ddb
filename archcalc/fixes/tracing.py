"""The walk on sizes that remember their origin (``traced``), of those sizes alone that are asked for.

From a layer up it is told which sizes of which values are needed for what arrives at it, and these are then followed
down. What a layer makes of the sizes that it is given is told once for all layers that are the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import TypeAlias

from msgspec import Struct

from archcalc.analysis.walk import LayerFacts
from archcalc.fixes.effect import WrongNetwork
from archcalc.layers.contract import Layer
from archcalc.network.flow import taken
from archcalc.network.graph import Value, place_of, value_of
from archcalc.sizes.rules import Dim, Shape, is_known
from archcalc.sizes.traced import Traced, TracedProduct, Unfoldable

TracedSize: TypeAlias = Traced | TracedProduct


class Origin(Struct, frozen=True):
    """The axis of a shape that a size comes from: of the input, or of what the layer at a place gives."""

    place: int | None
    axis: int
    claimed: bool = False


class _Asked(Struct, frozen=True):
    """An axis of what a layer takes, of each of its sources, in place of what the size will be."""

    axis: int


SAME = (0, 1, 0, 1)
"""The form of a size that is the one that it is made of."""

Arriving: TypeAlias = dict[tuple[int, int], TracedSize]
"""Sizes that arrive at a layer, by the number of the source and the axis."""


def traced(network: WrongNetwork, at: int, asked: Iterable[tuple[int, int]] | None = None) -> Arriving | None:
    """The sizes that arrive at a place, all or those that are asked for; ``None`` where what arrives is not known."""
    xs = network.facts.layers[at].arriving
    if xs is None or not all(is_known(*x) for x in xs):
        return None
    every = ((index, axis) for index, x in enumerate(xs) for axis in range(len(x)))
    return _Tracing(network).arriving(at, list(every if asked is None else asked))


class _Tracing:
    def __init__(self, network: WrongNetwork) -> None:
        self.network = network
        self.steps = network.graph.steps
        self.shapes: list[Shape] = [network.facts.input, *map(network.passed, network.facts.layers)]
        self.forms: dict[int, tuple[object, ...] | None] = {}
        # What a layer makes of a shape, in the axes of that; nothing where that cannot be told.
        self.made: dict[tuple[int, tuple[Shape, ...]], tuple[object, ...]] = {}

    def arriving(self, at: int, asked: list[tuple[int, int]]) -> Arriving:
        """The sizes that are asked for of what arrives at a place."""
        sources = self.steps[at].sources
        needed: dict[Value, set[int]] = {}
        for index, axis in asked:
            needed.setdefault(sources[index], set()).add(axis)
        # What a value is made of stands above it, and is met later.
        for value in map(Value, range(at, 0, -1)):
            for source, axes in self._asked(value, needed[value]) if value in needed else ():
                if axes:
                    needed.setdefault(source, set()).update(axes)
        found: dict[int, dict[int, TracedSize]] = {}
        for value in sorted(needed):
            found[value] = self._found(value, needed[value], found)
        return {(index, axis): found[sources[index]][axis] for index, axis in asked}

    def _asked(self, value: Value, axes: set[int]) -> list[tuple[Value, set[int]]]:
        """Which axes of which values these axes of a value are made of."""
        place = place_of(value)
        step = self.steps[place]
        form = self.forms[value] = self._form(place)
        if form is None:
            return []
        if form:
            wanted = {one for axis in axes for one in _axes(form[axis])}
            return [(source, wanted) for source in step.sources]
        return [(source, set(range(len(self.shapes[source])))) for source in step.sources]

    def _found(self, value: int, axes: set[int], found: dict[int, dict[int, TracedSize]]) -> dict[int, TracedSize]:
        place = place_of(value) if value else None
        if place is None:
            return {axis: size for axis, size in enumerate(_begun(self.shapes[0], None)) if axis in axes}
        form, facts, sources = self.forms[value], self.network.facts.layers[place], self.steps[place].sources
        if form is None:
            return {axis: _begun(self.shapes[value], place, facts.output != self.shapes[value])[axis] for axis in axes}
        ways = {axis: way.axis for axis in axes if form and isinstance(way := form[axis], _Asked)}
        if len(ways) == len(axes):
            first, *others = [found[source] for source in sources]
            if all(other.get(way) == first[way] for other in others for way in ways.values()):
                return {axis: first[way] for axis, way in ways.items()}
        if len(sources) > 1:
            xs = tuple(
                tuple(found.get(source, {}).get(axis, size) for axis, size in enumerate(self.shapes[source]))
                for source in sources
            )
            sizes = passed(facts, xs, self.shapes[value], place)
            return {axis: sizes[axis] for axis in axes}
        x = found.get(sources[0], {})
        made = {axis: _of_form(form[axis], x, place) for axis in axes}
        return {axis: size or _begun(self.shapes[value], place)[axis] for axis, size in made.items()}

    def _form(self, place: int) -> tuple[object, ...] | None:
        """What a layer makes of the axes of its sources; nothing where that cannot be told, or is of other axes.

        ``None`` where no size that it passes on is one that arrives at it.
        """
        found, step, given = self.network.facts.layers[place], self.steps[place], self.shapes[value_of(place)]
        xs = taken(step, self.shapes)
        if step.layer is None or step.lost or found.output != given or not all(xs):
            return None
        form = self._made_of(step.layer, xs, len(given))
        return form if form or len(xs) > 1 else None

    def _made_of(self, layer: Layer, xs: tuple[Shape, ...], rank: int) -> tuple[object, ...]:
        key = (id(layer), xs)
        if key not in self.made:
            asked = tuple(
                tuple(Traced(_Asked(axis), size if isinstance(size, int) else 0) for axis, size in enumerate(x))
                for x in xs
            )
            given = _given(layer, asked)
            # Most layers pass most sizes on, which is seen once for all of them.
            self.made[key] = tuple(map(_as_it_arrives, given)) if len(given) == rank else ()
        return self.made[key]


def _axes(size: object) -> list[int]:
    """Which axes a size is made of."""
    if isinstance(size, _Asked):
        return [size.axis]
    parts = size.parts if isinstance(size, TracedProduct) else (size,) if isinstance(size, Traced) else ()
    return [part.origin.axis for part in parts if isinstance(part.origin, _Asked)]


def _of_form(size: object, x: dict[int, TracedSize], place: int) -> TracedSize | None:
    """What a size is that is made of those of ``x``; ``None`` where it is new, or cannot be traced."""
    if isinstance(size, _Asked):
        return x[size.axis]
    with suppress(Unfoldable):
        if isinstance(size, TracedProduct):
            product = TracedProduct(size.coefficient, ())
            for part in size.parts:
                product = product * _applied(part, x)
            return product
        if isinstance(size, Traced):
            (axis,) = _axes(size)
            return _changed(_applied(size, x), (x[axis],), place)
    return None


def _as_it_arrives(size: object) -> object:
    """The axis asked for, in place of a size that is the one that arrives along it."""
    return size.origin if isinstance(size, Traced) and size.form == SAME else size


def _applied(form: Traced, x: dict[int, TracedSize]) -> TracedSize:
    """A function of one size, of the one that arrives. Raises Unfoldable."""
    (axis,) = _axes(form)
    n: TracedSize = x[axis]
    if form.form == SAME:
        return n
    return (n + form.b) // form.c * form.m + form.d


def _begun(shape: Shape, place: int | None, claimed: bool = False) -> tuple[TracedSize, ...]:
    """Sizes that begin at the input, or at what a layer gives. One not known counts as nothing."""
    known = [size if isinstance(size, int) else 0 for size in shape]
    return tuple(Traced(Origin(place, axis, claimed), size) for axis, size in enumerate(known))


def passed(found: LayerFacts, xs: tuple[Shape, ...], following: Shape, place: int) -> tuple[TracedSize, ...]:
    """What a layer passes on of traced sizes; sizes that are new, or cannot be traced, begin here."""
    fresh = _begun(following, place, found.output != following)
    if found.step.layer is None or found.step.lost or found.output != following or not all(xs):
        return fresh
    given = _given(found.step.layer, xs)
    if len(given) != len(following):
        return fresh
    old = tuple(size for x in xs for size in x)
    return tuple(_changed(size, old, place) or begun for size, begun in zip(given, fresh, strict=True))


def _given(layer: Layer, xs: tuple[Shape, ...]) -> tuple[object, ...]:
    """The traced sizes that a layer gives, or none. What it adds up along one axis leaves the others traced.

    Where several values arrive, a size of 1 may be stretched to another's, and the other is the one that is passed on.
    """
    stretched = [tuple(_plain(size) if _plain(size) == 1 else size for size in x) for x in xs] if len(xs) > 1 else xs
    for axis in (None, *range(max(map(len, xs), default=0) if len(xs) > 1 else 0)):
        plain = [tuple(_plain(size) if i == axis else size for i, size in enumerate(x)) for x in stretched]
        with suppress(Unfoldable, ValueError, TypeError):
            return layer.out(*plain)
    return ()


def _plain(size: Dim) -> Dim:
    return size.value if isinstance(size, (Traced, TracedProduct)) else size


def _changed(size: object, x: Shape, place: int) -> TracedSize | None:
    if isinstance(size, Traced):
        same = any(isinstance(old, Traced) and (old.origin, old.form) == (size.origin, size.form) for old in x)
        return size if same else size.at(place)
    return size if isinstance(size, TracedProduct) else None
