"""Why rows of a sweep are not legal: in each, what the check of its network says of the layer that fails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any, cast

import numpy as np

from archcalc.analysis.inplace import clash_message, clashes
from archcalc.explore.row_walk import Batch, Refused
from archcalc.layers.contract import Layer
from archcalc.layers.outcome import infer_layer
from archcalc.layers.tied_needs import again_needs
from archcalc.network.graph import Graph
from archcalc.sizes.columns import Array, Column, Quotient
from archcalc.sizes.distinct_rows import distinct
from archcalc.sizes.rules import Shape, known_size

TOO_MANY = "makes more values than torch can count"
"""What is said where a layer is refused for no need of its own: the bytes of a tensor are too many."""


def reasons(graph: Graph, refused: Sequence[Refused], rows: tuple[int, ...], batches: Sequence[Batch]) -> Array:
    """A sentence for each row that is not legal, in an array of this shape; an empty text where a row is.

    Where the same arrives at the same layer, the same is said, and it is found once.
    """
    said = np.full(rows, "", dtype=object).reshape(-1)
    overwriting = {clash.place: clash_message(graph, clash) for clash in clashes(graph)}
    for one in refused:
        step, where = graph.steps[one.place], np.flatnonzero(np.broadcast_to(one.rows, rows))
        if one.place in overwriting:
            said[where] = overwriting[one.place]
        elif step.layer is not None and len(where):
            # What a layer is made of, what arrives, and how many samples: whatever differs from row to row.
            first = "" if step.again is None else graph.steps[step.again].path
            asked = (step.layer, one.arriving, tuple(batches), one.first, first)
            columns = [np.broadcast_to(column.values, rows).reshape(-1)[where] for column in _columns(asked)]
            places, examples = distinct(columns, len(where))
            texts = [f"`{step.path}` {_why(*_at(asked, int(where[example]), rows))}" for example in examples]
            said[where] = np.array(texts, dtype=object)[places]
    return said


def _why(
    layer: Layer, xs: tuple[Shape, ...], batches: tuple[Batch, ...], first: tuple[Shape, ...], first_name: str
) -> str:
    """Why a layer refuses these inputs, or so few samples, or, where it is applied again, other inputs than first."""
    found = infer_layer(layer, xs)
    again = again_needs(layer, xs, first, first_name) if first and not found.failed else ()
    for failed in (*found.failed, *(need for need in again if need.holds is not True)):
        return failed.why()
    for need in found.batch:
        given = [batch.samples for batch in batches if batch.training or not need.only_in_training]
        few = [samples for samples in given if known_size(samples) < known_size(need.samples)]
        if few:
            return f"takes {need.samples} samples or more at once, not {few[0]}: {need.why()}"
    return TOO_MANY


def _columns(value: object) -> Iterator[Column]:
    """The columns in a layer's fields, in shapes and in batches."""
    if isinstance(value, Column):
        yield value
    elif isinstance(value, Quotient):
        yield from _columns(value.as_numer_denom())
    elif isinstance(value, tuple):
        for one in value:
            yield from _columns(one)
    elif isinstance(value, (Layer, Batch)):
        for name in value.__struct_fields__:
            yield from _columns(getattr(value, name))


def _at(value: Any, row: int, rows: tuple[int, ...]) -> Any:
    """The same in one row, with numbers in place of columns."""
    if isinstance(value, Column):
        return int(np.broadcast_to(value.values, rows).flat[row])
    if isinstance(value, Quotient):
        above, below = (_at(part, row, rows) for part in value.as_numer_denom())
        return Fraction(above, below)
    if isinstance(value, tuple):
        return tuple(_at(one, row, rows) for one in value)
    if isinstance(value, (Layer, Batch)) and next(_columns(value), None) is not None:
        fields = {name: _at(getattr(value, name), row, rows) for name in value.__struct_fields__}
        return cast("Any", type(value))(**fields)
    return value
