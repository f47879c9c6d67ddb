"""Results for tools: an array of objects in ASCII, so that no terminal or pipe can spoil it.

``schemas/`` has the contract of each command, in a file of its name.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Protocol

from archcalc.diagnostics.json_object import JsonObject


class Result(Protocol):
    """Whatever can be given as plain values."""

    def to_dict(self) -> JsonObject:
        """It as plain values."""


def render(results: Iterable[Result]) -> str:
    """An array with an object for each."""
    return json.dumps([one.to_dict() for one in results], indent=2)


def render_one(result: Result) -> str:
    """One object."""
    return json.dumps(result.to_dict(), indent=2)
