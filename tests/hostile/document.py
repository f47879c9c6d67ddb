"""A document that uses all of the language, and every slot in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any, TypeAlias

import yaml

from tests.support.everything import EVERYTHING

Fill: TypeAlias = Callable[[object], object]
"""Gives the document with a value in a slot."""

_WHOLE = yaml.safe_load(EVERYTHING)


def replaced() -> Iterator[tuple[str, Fill]]:
    """Every slot that holds a value, with what puts another one there."""
    for path in _paths(_WHOLE):
        yield ".".join(map(str, path)), _filling(path)


def renamed() -> Iterator[tuple[str, Fill]]:
    """Every key, with what puts another one there."""
    for path in _paths(_WHOLE):
        if isinstance(path[-1], str):
            yield f"{'.'.join(map(str, path))}:", _renaming(path)


def _paths(tree: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    keys = tree if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ()
    for key in keys:
        yield (*before, key)
        yield from _paths(tree[key], (*before, key))


def _at(path: tuple[Any, ...]) -> tuple[Any, Any]:
    whole = deepcopy(_WHOLE)
    place = whole
    for key in path[:-1]:
        place = place[key]
    return whole, place


def _filling(path: tuple[Any, ...]) -> Fill:
    def fill(value: object) -> object:
        whole, place = _at(path)
        place[path[-1]] = value
        return whole

    return fill


def _renaming(path: tuple[Any, ...]) -> Fill:
    def fill(value: object) -> object:
        whole, place = _at(path)
        kept = dict(place)
        place.clear()
        place.update({value if key == path[-1] else key: inner for key, inner in kept.items()})
        return whole

    return fill
