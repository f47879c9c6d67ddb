"""Conditions on the columns of a sweep: which rows meet one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from archcalc.explore.conditions import Condition, ConditionError
from archcalc.language.arithmetic import Bound
from archcalc.sizes.columns import Array
from archcalc.spec.settings import SettingError


def condition_on(text: str, known: Sequence[str]) -> Condition:
    """A condition on columns. Raises SettingError for what is none."""
    try:
        return Condition(text, known, f"there are {', '.join(known)}")
    except ConditionError as error:
        raise SettingError(str(error)) from None


def rows_where(condition: Condition, values: Mapping[str, Bound], count: int) -> Array:
    """In which rows a condition holds, of values that are columns, exact numbers, or arrays of them."""
    try:
        found = condition.value(values)
    except ConditionError as error:
        raise SettingError(str(error)) from None
    except (TypeError, ValueError, AttributeError, ArithmeticError):
        raise SettingError(f"`{condition.text}`: this cannot be computed for many rows") from None
    if not (isinstance(found, bool) or (isinstance(found, np.ndarray) and found.dtype in (bool, object))):
        raise SettingError(f"`{condition.text}` is not a condition: write one with <=, <, >=, >, == or !=")
    return np.broadcast_to(np.asarray(found, dtype=bool), (count,))
