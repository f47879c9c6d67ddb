"""Text in Markdown."""

from __future__ import annotations

from archcalc.reports.terminal_text import printable


def in_markdown(text: str) -> str:
    """A text that Markdown shows as it stands."""
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]<>#|~&!" else sign for sign in printable(text))
