"""How deep a network may be, and of what one entry may make copies; how large it may be is a matter of its budget."""

from __future__ import annotations

from archcalc.diagnostics.model import Span

MAX_COPIES = 100_000
"""How many copies one ``repeat`` may state."""

MOST_IDLE = 64
"""How many experts beyond those that one token takes are layers of their own; of more, the first stands for all."""

MOST_IDLE_IN_ALL = 2_000
"""And how many in all copies of their block: so a network that is not too large is none with fewer experts, either."""

MAX_NESTED = 64
"""How deep blocks and groups may be in one another."""


class TooLarge(Exception):
    """A network that is larger than one may be; it is not read further."""

    def __init__(self, message: str, span: Span, help: str) -> None:
        super().__init__(message)
        self.span = span
        self.help = help


def refuse_deeper(prefix: str, span: Span) -> None:
    """Raises TooLarge for a block or group in a list whose paths begin so, if that is nested too deeply."""
    if prefix.count(".") >= MAX_NESTED:
        message = f"blocks and groups are nested deeper than {MAX_NESTED} levels"
        raise TooLarge(message, span, "nest them less deeply")
