"""Text in Markdown."""

from __future__ import annotations

import re

from archcalc.reports.terminal_text import printable

_MARKUP = re.compile(r"[\\`*{}\[\]<>#|~&!$]|(?<![^\W_])_|_(?![^\W_])")


def in_markdown(text: str) -> str:
    """A text that Markdown shows as it stands. An underscore within a word is none of its signs."""
    return _MARKUP.sub(r"\\\g<0>", printable(text))


def code_in_markdown(text: str, *, cell: bool = False) -> str:
    """A name as code, between as many backticks as it needs. In a ``cell`` of a table a bar would end it."""
    shown = printable(text)
    fence = "`" * (1 + max(map(len, re.findall("`+", shown)), default=0))
    apart = " " if len(fence) > 1 else ""
    return f"{fence}{apart}{shown.replace('|', chr(92) + '|') if cell else shown}{apart}{fence}"
