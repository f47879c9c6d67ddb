"""What a sweep varies: ranges and lists of numbers, as arrays that are exact."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from archcalc.values import exact

Number: TypeAlias = int | Fraction
Array: TypeAlias = npt.NDArray[Any]

MAX_VALUES = 10**7
"""How many values a range may have."""


class RangeError(ValueError):
    """Values that cannot be read."""


def numbers(values: Any) -> Array:
    """``0.25:2:0.05`` with both ends, ``10,100,1000``, or numbers, as an array of at least one.

    The array is of int64, of float64 where every number is the decimal that its float prints as, or
    else of ints and fractions; ``number`` gives an element exactly. Raises RangeError.
    """
    if isinstance(values, np.ndarray) and values.ndim == 1 and values.dtype.kind in "if" and len(values):
        if not np.isfinite(values).all():
            raise RangeError("takes numbers, not infinity or NaN")
        return values.astype(np.int64 if values.dtype.kind == "i" else np.float64, copy=False)
    if isinstance(values, str):
        found = [number for part in values.split(",") for number in _range(part.strip())]
    else:
        found = [number(value) for value in (values if isinstance(values, Iterable) else [values])]
    if not found:
        raise RangeError("takes one number at least")
    if all(type(value) is int and abs(value) < 2**63 for value in found):
        return np.array(found, dtype=np.int64)
    floats = np.array([float(value) for value in found])
    return floats if all(number(f) == n for f, n in zip(floats, found, strict=True)) else np.array(found, dtype=object)


def number(value: Any) -> Number:
    """One number exactly; a float is the decimal it prints as. Raises RangeError where it is none."""
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else value
    if isinstance(value, float):
        read = exact(repr(float(value)))
        if read is not None:
            return number(Fraction(read))
    elif hasattr(value, "__index__") and not isinstance(value, bool):
        return int(value)
    raise RangeError(f"takes numbers up to ±10**18, not {value!r}")


def _range(text: str) -> list[Number]:
    parts = [exact(part.strip()) for part in text.split(":")]
    ends = [Fraction(part) for part in parts if part is not None]
    if len(ends) < len(parts) or len(ends) > 3:
        raise RangeError(f"`{text}` is no range: write first:last:step, such as 128:320:32, or numbers, 10,100")
    first, last = ends[0], ends[min(1, len(ends) - 1)]
    step = ends[2] if len(ends) == 3 else Fraction(1)
    if step <= 0 or last < first:
        raise RangeError(f"`{text}` is empty: write the smaller number first, and a step above 0")
    count = (last - first) // step + 1
    if count > MAX_VALUES:
        raise RangeError(f"`{text}` has {count:,} values, more than {MAX_VALUES:,}")
    return [number(first + n * step) for n in range(count)]
