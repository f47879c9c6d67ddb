"""One network at many input sizes at once: the walk on columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
from msgspec import Struct

from archcalc.analysis.inplace import clashes
from archcalc.analysis.walk import infer
from archcalc.layers.contract import Layer
from archcalc.layers.outcome import MOST_VALUES, too_large
from archcalc.layers.tied_needs import again_needs
from archcalc.network.flow import arriving, feeding
from archcalc.network.graph import INPUT, Graph, Step, channel_axes, value_of
from archcalc.sizes.columns import Array, Column, Truths
from archcalc.sizes.rules import UNKNOWN, Dim, Shape, Truth, is_known, prod

Fits: TypeAlias = bool | Truths
"""In which rows something holds: ``True`` in all, ``False`` in none, or an array."""


class Batch(Struct, frozen=True):
    """Samples that are to go through at once: how many, an int or a column, and whether in training."""

    samples: Dim
    training: bool


class Refused(Struct, frozen=True):
    """The layer at a place that fails first in some rows, and the shapes that arrive at it.

    Of one that is applied again, ``first`` are those that arrive at its first place.
    """

    place: int
    rows: Truths
    arriving: tuple[Shape, ...]
    first: tuple[Shape, ...] = ()


class Rows(Struct):
    """What the walk found, an element for each row.

    ``fails`` is the place of the first layer that refuses its input, or so few samples, or that overwrites in place
    what is needed, -1 where none does; the other values mean something only there. But ``trunk`` does where ``mapped``
    is true: no layer up to it fails. A count or a size is an int where it is the same in all rows. ``output`` and
    ``trunk`` are ``None`` where no row gets so far. ``refused`` are the layers that fail, with their rows.
    """

    fails: Array
    params: Dim
    trainable_params: Dim
    active_params: Dim
    macs: Dim
    output: Shape | None
    trunk: Shape | None
    mapped: Truths
    refused: tuple[Refused, ...] = ()


def _own_params(step: Step, layer: Layer, xs: tuple[Shape, ...]) -> Iterator[Dim]:
    """The parameters of a layer, tensor by tensor, of all for which it stands."""
    own = layer.own_weights(*xs).values()
    return map(prod, own) if step.times == 1 else (prod((step.times, *shape)) for shape in own)


def walk(graph: Graph, x: Shape, rows: tuple[int, ...], trunk: int | None, batches: Sequence[Batch] = ()) -> Rows:
    """Walk the graph from an input whose sizes, like the layers' own, are ints or columns of this array shape.

    ``trunk`` is the place of the layer whose output is noted beside the last one's. All ``batches`` must be large
    enough; without one no layer is asked how many samples it needs. Raises TypeError or ValueError where a field that
    differs from row to row decides which layers lie in the same memory.
    """
    overwriting = {clash.place for clash in clashes(graph)}
    fails = np.full(rows, -1, np.int32)
    legal = np.ones(rows, bool)
    params: list[Dim] = []
    idle: list[Dim] = []
    frozen: list[Dim] = []
    macs: list[Dim] = []
    of_trunk: Shape | None = None
    mapped = np.zeros(rows, bool)
    refused_at: list[Refused] = []
    first: dict[int, tuple[Shape, ...]] = {step.again: () for step in graph.steps if step.again is not None}
    values = [x]
    for place, (step, xs) in enumerate(arriving(graph.steps, values)):
        layer = step.layer
        if place in first:
            first[place] = xs
        if step.in_training and layer is not None and not step.doubtful:
            # It runs in training only: its weights count, its sizes and its work are no matter of evaluation.
            own = [*_own_params(step, layer, xs)]
            (idle if step.idle else params).extend(own)
            frozen += own if step.frozen else ()
            values.append(layer.out(*xs))
            continue
        refused = layer is None or step.doubtful or place in overwriting
        fits, given = (False, ()) if layer is None or refused else _fits(layer, xs)
        if fits is not False and layer is not None:
            # Nobody but those who take the input asks whether its own bytes can be counted.
            counted = _counted(layer, xs, (*(xs if INPUT in step.sources and not step.is_given else ()), given))
            fits = counted if counted is False else fits if counted is True else _both(fits, counted)
        if fits is not False and layer is not None and step.again is not None:
            kept = _kept(layer, xs, first[step.again])
            fits = kept if kept is False else fits if kept is True else _both(fits, kept)
        if fits is not False and layer is not None and batches:
            enough = _enough(layer, xs, batches)
            fits = enough if enough is False else fits if enough is True else _both(fits, enough)
        if fits is not True:
            failing = legal & ~fits if fits is not False else legal.copy()
            fails[failing] = place
            refused_at.append(Refused(place, failing, xs, () if step.again is None else first[step.again]))
            legal &= fits
            if layer is None or not legal.any():
                return Rows(fails, 0, 0, 0, 0, None, of_trunk, mapped, tuple(refused_at))
        assert layer is not None
        own = [*_own_params(step, layer, xs)]
        (idle if step.idle else params).extend(own)
        frozen += own if step.frozen else ()
        if not step.idle:
            macs.append(layer.macs_giving(given, *xs))
        values.append(_as_it_arrived(given, xs[0]))
        if place == trunk:
            of_trunk, mapped = values[-1], legal.copy()
    active = _total(params)
    every = _total([active, *idle]) if idle else active
    trained = every - _total(frozen) if frozen else every
    return Rows(
        fails, every, trained, active, _total(macs), values[graph.outputs[0]], of_trunk, mapped, tuple(refused_at)
    )


def _total(terms: list[Dim]) -> Dim:
    """The sum, of what is the same in all rows first, so that as little as may be is added row by row."""
    columns = sorted((term for term in terms if isinstance(term, Column)), key=lambda column: column.values.size)
    return sum(columns, sum(term for term in terms if not isinstance(term, Column)))


def _fits(layer: Layer, xs: tuple[Shape, ...]) -> tuple[Fits, Shape]:
    """In which rows the layer takes its input and gives something: ``True`` in all, ``False`` in none, or an array.

    And what it gives, where there are such.
    """
    fits: Fits = True
    for need in layer.checks(*xs):
        if need.holds is True:
            continue
        if not isinstance(need.holds, np.ndarray):
            # Whether it is false or not decided: what the layer would say next may make no sense.
            return False, ()
        fits = _both(fits, need.holds)
    given = layer.out(*xs)
    for size in given:
        if isinstance(size, Column):
            fits = fits if size.low >= 1 else _both(fits, size >= 1)
        elif size < 1:
            return False, ()
    return fits, given


def _as_it_arrived(given: Shape, x: Shape) -> Shape:
    """What a layer gives, with the very column where a size stays: what was computed of that is remembered."""
    if len(given) != len(x):
        return given
    return tuple([n if _is_same(size, n) else size for size, n in zip(given, x, strict=True)])


def _is_same(one: Dim, other: Dim) -> bool:
    if not isinstance(one, Column) or not isinstance(other, Column) or one is other:
        return False
    return (one.low, one.high) == (other.low, other.high) and np.array_equal(one.values, other.values)


def _counted(layer: Layer, xs: tuple[Shape, ...], more: tuple[Shape, ...]) -> Fits:
    """Likewise, in which rows torch can count the bytes of its own tensors, and of ``more``."""
    fits: Fits = True
    for shape in (*more, *layer.weights(*xs).values(), *layer.buffers(*xs).values()):
        # Mostly the largest sizes of all rows are small enough together.
        if too_large(tuple([size.high if isinstance(size, Column) else size for size in shape])):
            here = prod(shape) <= MOST_VALUES
            if not isinstance(here, np.ndarray):
                return False
            fits = _both(fits, here)
    return fits


def _kept(layer: Layer, xs: tuple[Shape, ...], first: tuple[Shape, ...]) -> Fits:
    """Likewise, in which rows the weights of a layer that is applied again have the shapes of the first one's."""
    fits: Fits = True
    for need in again_needs(layer, xs, first, ""):
        if need.holds is True:
            continue
        if not isinstance(need.holds, np.ndarray):
            return False
        fits = _both(fits, need.holds)
    return fits


def _enough(layer: Layer, xs: tuple[Shape, ...], batches: Sequence[Batch]) -> Fits:
    """Likewise, in which rows the samples are enough for the layer."""
    fits: Fits = True
    for need in layer.batch_needs(*xs):
        for batch in batches:
            here = True if need.only_in_training and not batch.training else need.each * batch.samples >= need.least
            if here is False:
                return False
            fits = fits if here is True else _both(fits, here)
    return fits


def _both(one: Fits, other: Truth) -> Fits:
    assert isinstance(other, np.ndarray)
    return one if other.all() else other if one is True else one & other


def trunk_of(graph: Graph) -> int | None:
    """The place of the last layer whose output still has the input's axes and follows their sizes.

    ``None`` where there is none, or where it is the last layer of all.
    """
    x = graph.input
    ranks = {len(one.axes) for one in graph.inputs} or {len(x)}
    if max(ranks) < 2:
        return None
    channels = channel_axes(graph.inputs, len(x))
    facts = infer(graph, shape=tuple(n if axis in channels else UNKNOWN for axis, n in enumerate(x)))
    places = []
    for place in sorted(feeding(graph.steps, graph.outputs[0])):
        output = facts.layers[place].output
        if graph.steps[place].is_given or output is None:
            continue
        if len(output) in ranks and len(output) > 1 and not is_known(*output[1:]):
            places.append(place)
    return places[-1] if places and value_of(places[-1]) != graph.outputs[0] else None
