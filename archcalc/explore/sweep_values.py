"""What a sweep varies, read from what was given: settings and axes of the input, as exact arrays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from msgspec import Struct

from archcalc.explore.exact_arrays import numbers
from archcalc.explore.ranges import RangeError
from archcalc.explore.table import BATCH
from archcalc.layers.size_fields import MAX_SIZE
from archcalc.sizes.columns import Array
from archcalc.spec.settings import SettingError, shown, whole_size


class VariedAxes(Struct, frozen=True):
    """Axes of the input that vary together: their letters and sizes."""

    letters: tuple[str, ...]
    sizes: Array


def by_name(values: object, what: str, example: str) -> Mapping[str, object]:
    """What is varied, by name. Raises SettingError."""
    if not isinstance(values, Mapping) or not all(isinstance(name, str) for name in values):
        raise SettingError(f"`{what}` takes values by name, {example}, not {shown(values)}")
    return values


def setting_values(name: str, values: object) -> Array:
    """The values of a name of ``let``, as ``numbers`` gives them. Raises SettingError."""
    try:
        return numbers(values)
    except RangeError as error:
        raise SettingError(f"`{name}` {error}" if str(error).startswith("takes") else f"`{name}`: {error}") from None


def varied_axes(label: str, values: object, letters: tuple[str, ...]) -> VariedAxes:
    """The sizes of one axis, of several alike, ``HW``, or of the batch. Raises SettingError."""
    named = (label,) if label in (*letters, BATCH) else tuple(label)
    if not named or not (set(named) <= set(letters) or label == BATCH):
        raise SettingError(f"the input has no axis `{label}`; it has {', '.join((*letters, BATCH))}")
    sizes = setting_values(label, values)
    if sizes.dtype != np.int64 or not 1 <= sizes.min() <= sizes.max() <= MAX_SIZE:
        raise SettingError(f"`{label}` takes whole numbers from 1 to {MAX_SIZE:,}, not {_no_size(values)}")
    return VariedAxes(named, sizes)


def _no_size(values: object) -> str:
    """The first of several values that is no size, as it was given, or all of a text."""
    if isinstance(values, str) or not isinstance(values, Iterable) or getattr(values, "shape", None) == ():
        return shown(values)
    return shown(next((one for one in values if whole_size(one) is None), values))
