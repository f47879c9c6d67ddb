"""Of sizes that would do, the one that people choose."""

from __future__ import annotations

from collections.abc import Callable, Iterable

FAR = 4096
"""How far from the size stated one that fits is looked for."""

ROUND = 32
"""What a size is a multiple of that is round enough."""


PUBLISHED = (112,)
"""The sides of clips that published networks are fed: as round as any other."""


def roundest(sizes: Iterable[int], stated: int) -> int:
    """Of some sizes the one that people choose: a multiple of 32, else of 16 and so on, the nearest to one stated."""
    return max(sizes, key=lambda n: by_choice_of(n, stated))


def by_choice_of(n: int, stated: int) -> tuple[int, int]:
    """How round a size is, and how near: the largest is chosen."""
    return ROUND if n in PUBLISHED else min(n & -n, ROUND), -abs(n - stated)


def nearest_to(stated: int, fits: Callable[[int], bool], among: range | None = None) -> int | None:
    """The number nearest to one stated that fits."""
    for distance in range(FAR + 1):
        for n in (stated - distance, stated + distance):
            if n >= 1 and (among is None or n in among) and fits(n):
                return n
    return None
