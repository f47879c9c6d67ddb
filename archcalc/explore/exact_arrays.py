"""Numbers and truths as arrays that are exact, and their elements as exact numbers."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import numpy as np

from archcalc.explore.ranges import RangeError, Rational, expanded, no_range, plain
from archcalc.language.expressions import MAX_VALUE
from archcalc.sizes.columns import Array
from archcalc.spec.settings import exact_value, is_unordered, native, shown

MAX_VALUES = 10**7
"""How many values a range may have."""


def numbers(values: object) -> Array:
    """``0.25:2:0.05`` with both ends, ``10,100,1000``, ``true,false``, or a list of such, as an array of at least one.

    The array is of int64, of float64 where every number is the decimal that its float prints as, of bool, or
    else of ints and fractions; ``number`` gives an element exactly. Each is read as a setting is (``settings``),
    and may be a text in a list. Raises RangeError.
    """
    if isinstance(values, np.ndarray) and values.ndim == 1 and len(values) and _is_exact(values):
        return _as_they_are(values)
    values = native(values)
    if isinstance(values, str):
        found = [_spelt(one) if isinstance(one, str) else one for one in expanded(values, MAX_VALUES)]
    elif isinstance(values, Iterable) and not is_unordered(values):
        found = [number(value) for value in values]
    else:
        found = [number(values)]
    if not found:
        raise RangeError("takes one number at least")
    truths = sum(isinstance(value, bool) for value in found)
    if truths:
        if truths < len(found):
            raise RangeError("takes numbers, or true and false, and not both")
        return np.array(found, dtype=bool)
    if all(type(value) is int and abs(value) < 2**63 for value in found):
        return np.array(found, dtype=np.int64)
    floats = np.array([float(value) for value in found])
    return floats if all(number(f) == n for f, n in zip(floats, found, strict=True)) else np.array(found, dtype=object)


def _spelt(text: str) -> Rational | bool:
    """The number or the truth that a word of a range spells. Raises RangeError."""
    if exact_value(text) is None:
        raise no_range(text)
    return number(text)


def _is_exact(values: Array) -> bool:
    """Whether such numbers are the same in 64 bits; what a float of fewer bits prints as is another number there."""
    return bool(values.dtype.kind == "i" or values.dtype == np.float64)


def _as_they_are(values: Array) -> Array:
    if np.ma.is_masked(values):
        raise RangeError("takes numbers, and some of these are masked")
    values = np.ma.getdata(values)
    if not np.isfinite(values).all():
        raise RangeError("takes numbers, not infinity or NaN")
    if not -MAX_VALUE <= values.min() <= values.max() <= MAX_VALUE:
        raise RangeError("takes numbers up to ±10**18, and some of these go beyond")
    return values.astype(np.int64, copy=False) if values.dtype.kind == "i" else values


def number(value: object) -> Rational | bool:
    """One number, or truth, exactly; a float is the decimal it prints as. Raises RangeError where it is neither."""
    read = exact_value(value)
    if read is None:
        raise RangeError(f"takes numbers up to ±10**18, or true and false, not {shown(value)}")
    return plain(read) if isinstance(read, Fraction) else read


def text_of(value: object) -> str:
    """A number of a sweep as it is written in a table: 0.25, 3, 1/3; a truth as in a spec."""
    if isinstance(value, (bool, np.bool_)):
        return str(value).lower()
    return repr(float(value)).removesuffix(".0") if isinstance(value, float) else str(number(value))


def joined(parts: list[Array]) -> Array:
    """Arrays one after the other; rows without a number stay so."""
    if len(parts) == 1:
        return parts[0]
    joined: Array = (np.ma if isinstance(parts[0], np.ma.MaskedArray) else np).concatenate(parts)
    return joined


def masked(values: Array, hidden: Array) -> Array:
    """The numbers of the rows that have one, in int64 where they fit."""
    if values.dtype == object:
        there = values[~hidden]
        if not len(there) or -(2**63) <= there.min() <= there.max() < 2**63:
            values = np.where(hidden, 0, values).astype(np.int64)
    masked: Array = np.ma.MaskedArray(values, mask=hidden)
    return masked
