"""The core, and the sample of its changes that a seed draws."""

from __future__ import annotations

import ast
import hashlib
from typing import NamedTuple

from tests.mutation.changes import Change, changes
from tests.mutation.forks import ARCHCALC

CORE = ("layers", "sizes", "network", "analysis", "fixes", "targets/torch", "spec/claims.py")
"""What decides whether a network is right and what is written of it, below archcalc/."""


class Sample(NamedTuple):
    """Some changes with their files, in the order in which they were drawn, and of how many."""

    drawn: list[tuple[str, Change]]
    changes: int


def sample(number: int, seed: int) -> Sample:
    """So many changes of the core.

    Each is drawn by a number that follows from the seed and its key, so that an edit leaves the other draws as they
    are, and a smaller sample is the first part of a larger one.
    """
    found = sorted(
        ((path, change) for path in files() for change in changes(ast.parse(ARCHCALC.text(path)), path)),
        key=lambda one: hashlib.sha256(f"{seed}:{one[1].key}".encode()).hexdigest(),
    )
    return Sample(found[:number], len(found))


def files() -> list[str]:
    """The files of the core, as paths below the root."""
    places = (ARCHCALC.root / "archcalc" / part for part in CORE)
    paths = (path for place in places for path in ([place] if place.suffix else sorted(place.rglob("*.py"))))
    return [path.relative_to(ARCHCALC.root).as_posix() for path in paths]
