"""How much work one check may take, counted as it is done: whatever a spec says, the check comes to an end.

A price is what a thing takes beside the others, measured (``benchmarks/limits.py``): about a microsecond on one core.
They fill half of the second that a check may last. To start and to print the result take a part of the other half.
"""

from __future__ import annotations

from typing import Final

from archcalc.diagnostics.model import Span

MOST = 500_000
"""How many steps of work one check may take."""

MOST_OF_A_FAMILY = 2 * MOST
"""How many those of all members of a family may take, one after the other."""

WORTH_SAYING = 100
"""Of how many parts of it one is worth to be said."""


class Work:
    """What steps are spent on: numbers, since an enum would take as long again wherever a step is counted."""

    VALUES: Final = 0
    EXPRESSIONS: Final = 1
    NAMES: Final = 2
    ENTRIES: Final = 3
    LAYERS: Final = 4
    KINDS: Final = 5
    SOURCES: Final = 6
    USES: Final = 7
    TRIED: Final = 8
    NETWORKS: Final = 9
    REACHED: Final = 10
    GROUPS: Final = 11
    TOLD: Final = 12


KNOWN: dict[int, tuple[int, str]] = {
    Work.VALUES: (8, "values of the file"),
    Work.EXPRESSIONS: (2, "characters of expressions and texts"),
    Work.NAMES: (40, "named sizes"),
    Work.ENTRIES: (4, "entries and copies"),
    Work.LAYERS: (18, "layers"),
    Work.KINDS: (16, "layers unlike those before"),
    Work.SOURCES: (4, "sources of layers"),
    Work.USES: (40, "uses of blocks unlike those before"),
    Work.TRIED: (20, "layers tried with an edit"),
    Work.NETWORKS: (1000, "networks"),
    Work.REACHED: (4, "layers that an edit reaches"),
    Work.GROUPS: (16, "groups and copies of them"),
    Work.TOLD: (6, "receptive fields of layers and of those above them"),
}
"""The price of each, and what it is called, in their order."""

_PRICES = tuple(price for price, _ in KNOWN.values())


class TooMuchWork(Exception):
    """A check that takes more work than one may; ``span`` is where the last of it was for."""

    def __init__(self, message: str, span: Span | None) -> None:
        super().__init__(message)
        self.span = span


class Budget:
    """The steps that are left to one check, and what the others went into."""

    __slots__ = ("left", "spent")

    def __init__(self, most: int = MOST) -> None:
        self.left = most
        self.spent = [0] * len(KNOWN)

    def spend(self, work: int, times: int = 1, span: Span | None = None) -> None:
        """Take the steps of some work, done so many times, for what stands at a place. Raises TooMuchWork."""
        self.spent[work] += times
        self.left -= times * _PRICES[work]
        if self.left < 0:
            raise TooMuchWork(f"this takes more than the {MOST:,} steps of work that a check may take: {self}", span)

    def rest(self) -> Budget:
        """Another with as much left, for one of several that go on from here."""
        other = Budget(self.left)
        other.spent = [*self.spent]
        return other

    def __str__(self) -> str:
        """What was spent on what, the dearest first."""
        by_cost = sorted(KNOWN, key=lambda work: -self.spent[work] * _PRICES[work])
        said = [
            f"{self.spent[work] * _PRICES[work]:,} for {self.spent[work]:,} {KNOWN[work][1]}"
            for work in by_cost
            if self.spent[work] * _PRICES[work] * WORTH_SAYING > MOST
        ]
        return ", ".join(said[:4])
