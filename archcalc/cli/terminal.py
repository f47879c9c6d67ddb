"""The terminal that the command line prints to: how wide it is."""

from __future__ import annotations

import os
import sys

from archcalc.reports.terminal_text import Style

NARROWEST = 40
"""So many columns are taken to be there, at least."""


def style() -> Style:
    """How a text is set for it. click takes the colours out again where they are not wanted."""
    return Style(_columns(), colours=True)


def _columns() -> int | None:
    """What ``COLUMNS`` says, or else the terminal; ``None`` where the output is none."""
    stated = os.environ.get("COLUMNS", "")
    if stated.isdecimal() and int(stated) > 0:
        return max(NARROWEST, int(stated))
    try:
        return max(NARROWEST, os.get_terminal_size(sys.stdout.fileno()).columns) if sys.stdout.isatty() else None
    except (OSError, ValueError, AttributeError):
        return None
