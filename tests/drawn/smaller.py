"""A spec that shows the same, and less: what can be left out of it is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from tests.drawn.documents import Drawn

Path = tuple[Any, ...]
NEEDED = frozenset({"archcalc", "name", "input", "layers", "kind"})


def smaller(drawn: Drawn, shows: Callable[[Drawn], bool]) -> Drawn:
    """The spec without everything that can be left out while it still ``shows`` what it is kept for."""
    changed = True
    while changed:
        changed = False
        for less in _less(drawn):
            if _holds(shows, less):
                drawn, changed = less, True
                break
    return drawn


def _holds(shows: Callable[[Drawn], bool], drawn: Drawn) -> bool:
    try:
        return shows(drawn)
    except Exception:
        # What the reader cannot read any more is no smaller example of anything.
        return False


def _less(drawn: Drawn) -> Iterator[Drawn]:
    """The spec with one thing less: large things first."""
    whole = {"document": drawn.document, "files": drawn.files}
    for path in sorted(_paths(whole, ()), key=len):
        copied = deepcopy(whole)
        holder: Any = copied
        for part in path[:-1]:
            holder = holder[part]
        if path[-1] == "layers" and len(holder["layers"]) > 0 and "args" not in holder and len(path) > 2:
            outer: Any = copied
            for part in path[:-2]:
                outer = outer[part]
            if isinstance(outer, list):
                outer[path[-2] : path[-2] + 1] = holder["layers"]
                yield Drawn(copied["document"], copied["files"])
            continue
        if path[-1] in NEEDED:
            continue
        del holder[path[-1]]
        yield Drawn(copied["document"], copied["files"])


def _paths(value: Any, path: Path) -> Iterator[Path]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        if len(path) > 0:
            yield (*path, key)
        yield from _paths(inner, (*path, key))
