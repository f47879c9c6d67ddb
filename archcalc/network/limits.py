"""How large a network may be, and how deep."""

from __future__ import annotations

from collections.abc import Sized

from archcalc.diagnostics.model import Span
from archcalc.spec.model import LayerSpec

MAX_STEPS = 100_000
"""How many layers a network may have, and how many entries may be looked at to find them."""

MAX_NESTED = 64
"""How deep blocks and groups may be in one another."""


class TooLarge(Exception):
    """A network that is larger than one may be; it is not read further."""

    def __init__(self, message: str, span: Span, help: str) -> None:
        super().__init__(message)
        self.span = span
        self.help = help


class Budget:
    """How many more entries may be looked at, and layers made, of which ``steps`` are there."""

    def __init__(self, steps: Sized) -> None:
        self._steps = steps
        self._looked = 0

    def spend(self, entry: LayerSpec, times: int = 1) -> None:
        """Count an entry that is looked at, or some. Raises TooLarge."""
        self._looked += times
        if self._looked > 2 * MAX_STEPS or len(self._steps) > MAX_STEPS:
            message, help = (
                f"the network has more than {MAX_STEPS:,} layers",
                "lower the `repeat`s, or nest less deeply",
            )
            raise TooLarge(message, entry.span, help)
