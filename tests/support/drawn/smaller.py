"""A spec that shows the same, and less: what can be left out of it is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from tests.support.drawn.documents import Drawn

Path = tuple[Any, ...]
NEEDED = frozenset({"archcalc", "name", "input", "layers", "kind"})


def smaller(drawn: Drawn, shows: Callable[[Drawn], bool]) -> Drawn:
    """The spec without everything that can be left out while it still ``shows`` what it is kept for."""
    place = 0
    while (less := _less(drawn, place)) is not None:
        if less != drawn and _holds(shows, less):
            drawn = less
        else:
            place += 1
    return drawn


def _holds(shows: Callable[[Drawn], bool], drawn: Drawn) -> bool:
    try:
        return shows(drawn)
    except Exception:
        # What the reader cannot read any more is no smaller example of anything.
        return False


def _less(drawn: Drawn, place: int) -> Drawn | None:
    """The spec without the thing at that place, of all that it is made of, large things first; ``None`` at the end."""
    whole = deepcopy({"document": drawn.document, "files": drawn.files})
    paths = sorted(_paths(whole, ()), key=len)
    if place >= len(paths):
        return None
    *path, last = paths[place]
    holder: Any = whole
    outer: Any = None
    for part in path:
        holder, outer = holder[part], holder
    if last == "layers" and isinstance(outer, list):
        # A group becomes what is in it.
        at = path[-1]
        outer[at : at + 1] = holder["layers"]
    elif last not in NEEDED:
        del holder[last]
    return Drawn(whole["document"], whole["files"])


def _paths(value: Any, path: Path) -> Iterator[Path]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        if len(path) > 0:
            yield (*path, key)
        yield from _paths(inner, (*path, key))
