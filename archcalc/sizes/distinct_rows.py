"""The distinct rows of a table, in linear time where its numbers are close together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from archcalc.sizes.columns import Array

ROOM = 4
"""How many times the rows the numbers may spread before they are sorted instead of looked up."""


def distinct(columns: Sequence[Array], rows: int) -> tuple[Array, Array]:
    """Each row's place among the distinct rows, in the order of the columns, and a row for each of these."""
    codes, spread = np.zeros(rows, np.int64), 1
    for column in columns:
        digits, base = _digits(column)
        if spread * base >= 2**62:
            codes, spread = _packed(codes, spread)
        codes, spread = codes * base + digits if spread > 1 else digits, spread * base
    places, count = _packed(codes, spread)
    examples = np.zeros(count, np.int64)
    examples[places] = np.arange(rows)
    return places, examples


def _digits(column: Array) -> tuple[Array, int]:
    """Numbers from 0 that are ordered and equal as the column's are, and one more than the largest."""
    if column.dtype == np.int64:
        low, high = int(column.min()), int(column.max())
        if high - low < ROOM * len(column):
            return column - low, high - low + 1
    values = np.unique(column)
    return np.searchsorted(values, column), len(values)


def _packed(codes: Array, spread: int) -> tuple[Array, int]:
    """The codes without those that do not occur, and how many are left."""
    if spread <= ROOM * len(codes):
        used = np.zeros(spread, bool)
        used[codes] = True
        if used.all():
            return codes, spread
        places = np.cumsum(used) - 1
        return places[codes], int(places[-1]) + 1
    values, places = np.unique(codes, return_inverse=True)
    return places, len(values)
