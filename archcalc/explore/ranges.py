"""What a sweep varies: ranges and lists of numbers, and lists of truths, as arrays that are exact."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from archcalc.language.expressions import MAX_VALUE
from archcalc.spec.settings import exact_value, is_unordered, native, shown

Number: TypeAlias = int | Fraction
Array: TypeAlias = npt.NDArray[Any]

MAX_VALUES = 10**7
"""How many values a range may have."""


class RangeError(ValueError):
    """Values that cannot be read."""


def numbers(values: Any) -> Array:
    """``0.25:2:0.05`` with both ends, ``10,100,1000``, ``true,false``, or a list of such, as an array of at least one.

    The array is of int64, of float64 where every number is the decimal that its float prints as, of bool, or
    else of ints and fractions; ``number`` gives an element exactly. Each is read as a setting is (``settings``),
    and may be a text in a list. Raises RangeError.
    """
    if isinstance(values, np.ndarray) and values.ndim == 1 and len(values) and _is_exact(values.dtype):
        return _as_they_are(values)
    values = native(values)
    if isinstance(values, str):
        found = [number for part in values.split(",") for number in _range(part.strip())]
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


def _is_exact(kind: np.dtype[Any]) -> bool:
    """Whether such numbers are the same in 64 bits; what a float of fewer bits prints as is another number there."""
    return kind.kind == "i" or kind == np.float64


def _as_they_are(values: Array) -> Array:
    if np.ma.is_masked(values):
        raise RangeError("takes numbers, and some of these are masked")
    values = np.ma.getdata(values)
    if not np.isfinite(values).all():
        raise RangeError("takes numbers, not infinity or NaN")
    if not -MAX_VALUE <= values.min() <= values.max() <= MAX_VALUE:
        raise RangeError("takes numbers up to ±10**18, and some of these go beyond")
    return values.astype(np.int64, copy=False) if values.dtype.kind == "i" else values


def number(value: Any) -> Number | bool:
    """One number, or truth, exactly; a float is the decimal it prints as. Raises RangeError where it is neither."""
    read = exact_value(value)
    if read is None:
        raise RangeError(f"takes numbers up to ±10**18, or true and false, not {shown(value)}")
    return _plain(read) if isinstance(read, Fraction) else read


def _plain(value: Fraction) -> Number:
    return value.numerator if value.denominator == 1 else value


def _range(text: str) -> list[Number | bool]:
    parts = [exact_value(part) for part in text.split(":")]
    if len(parts) == 1 and isinstance(parts[0], bool):
        return [parts[0]]
    ends = [Fraction(part) for part in parts if part is not None and not isinstance(part, bool)]
    if len(ends) < len(parts) or len(ends) > 3:
        raise RangeError(f"`{text}` is not a range: write first:last:step, such as 128:320:32, or numbers, 10,100")
    first, last = ends[0], ends[min(1, len(ends) - 1)]
    step = ends[2] if len(ends) == 3 else Fraction(1)
    if step <= 0 or last < first:
        raise RangeError(f"`{text}` is empty: write the smaller number first, and a step above 0")
    count = (last - first) // step + 1
    if count > MAX_VALUES:
        raise RangeError(f"`{text}` has {count:,} values, more than {MAX_VALUES:,}")
    return [_plain(first + n * step) for n in range(count)]
