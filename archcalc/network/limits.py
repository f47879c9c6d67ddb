"""How large a network may be, and how deep."""

from __future__ import annotations

from collections.abc import Sized

from archcalc.diagnostics.model import Span
from archcalc.spec.model import LayerSpec

MAX_STEPS = 100_000
"""How many layers a network may have."""

MAX_LOOKED = 4 * MAX_STEPS
"""How many entries may be looked at to find them: a network of as many layers as may be needs about half of it."""

MAX_NESTED = 64
"""How deep blocks and groups may be in one another."""


class TooLarge(Exception):
    """A network that is larger than one may be; it is not read further."""

    def __init__(self, message: str, span: Span, help: str) -> None:
        super().__init__(message)
        self.span = span
        self.help = help


class Budget:
    """How many more entries may be looked at, and layers made, of which ``steps`` are there.

    ``looked`` is how many were, each use of a block counted like its first.
    """

    def __init__(self, steps: Sized) -> None:
        self._steps = steps
        self.looked = 0

    def spend(self, entry: LayerSpec, times: int = 1, layers: int = 0) -> None:
        """Count an entry that is looked at, or some, and the ``layers`` that will come of it. Raises TooLarge."""
        self.looked += times
        help = "lower the `repeat`s, or nest less deeply"
        if len(self._steps) + layers > MAX_STEPS:
            raise TooLarge(f"the network has more than {MAX_STEPS:,} layers", entry.span, help)
        if self.looked > MAX_LOOKED:
            raise TooLarge(f"more than {MAX_LOOKED:,} entries would have to be read", entry.span, help)
