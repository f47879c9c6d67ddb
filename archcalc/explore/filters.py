"""Conditions on the rows of a sweep, ``macs <= 600M``, by the whitelist of ``expressions``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from archcalc.diagnostics.spelling import did_you_mean
from archcalc.language.expressions import ExprError, evaluate, names
from archcalc.language.printed_numbers import written_out
from archcalc.sizes.columns import Array


class FilterError(ValueError):
    """A condition that cannot be read or computed."""


class Filter:
    """A condition on named columns, read once and asked of many rows."""

    def __init__(self, text: str, known: Sequence[str]) -> None:
        self.text = text
        self._code = written_out(text)
        try:
            self.names = tuple(names(self._code))
        except ExprError as fault:
            raise FilterError(f"`{text}`: {fault}") from None
        for name in self.names:
            if name not in known:
                guess = did_you_mean(name, known) or f"there are {', '.join(known)}"
                raise FilterError(f"`{text}`: `{name}` is not a column; {guess}")

    def rows(self, values: Mapping[str, Any], count: int) -> Array:
        """In which rows it holds, of values that are columns, exact numbers, or arrays of them."""
        try:
            found = evaluate(self._code, values)
        except ExprError as fault:
            raise FilterError(f"`{self.text}`: {fault}") from None
        except (TypeError, ValueError, AttributeError, ArithmeticError):
            raise FilterError(f"`{self.text}`: this cannot be computed for many rows") from None
        if not (isinstance(found, bool) or (isinstance(found, np.ndarray) and found.dtype in (bool, object))):
            raise FilterError(f"`{self.text}` is not a condition: write one with <=, <, >=, >, == or !=")
        return np.broadcast_to(np.asarray(found, dtype=bool), (count,))
