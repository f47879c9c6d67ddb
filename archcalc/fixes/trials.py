"""How much may be tried in search of edits."""

from __future__ import annotations

from archcalc.diagnostics.budget import Budget, TooMuchWork, Work

TRIED_FOR_ONE = 20_000
"""How many times a layer is looked at in search of edits for one error, so that something is left for the others."""


class Exhausted(Exception):
    """Enough has been tried."""


class Trials:
    """How much more may be tried for one error, of what is left in the budget of all."""

    def __init__(self, budget: Budget) -> None:
        self.left = TRIED_FOR_ONE
        self._budget = budget
        # What is found is checked again, which takes its part.
        self._kept = budget.left // 2

    def spend(self, layers: int = 1) -> None:
        """Count a layer, or some. Raises Exhausted when there is nothing left."""
        self.left -= layers
        if self.left < 0:
            raise Exhausted
        self._take(Work.TRIED, layers)

    def pass_by(self, layers: int = 1) -> None:
        """Count layers of which nothing new is found. Raises Exhausted when there is nothing left."""
        self._take(Work.REACHED, layers)

    def _take(self, work: int, layers: int) -> None:
        if self._budget.left < self._kept:
            raise Exhausted
        try:
            self._budget.spend(work, layers)
        except TooMuchWork:
            raise Exhausted from None
