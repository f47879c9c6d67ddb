"""What a file's own comments say: YAML's reader drops them, and code that is generated keeps some."""

from __future__ import annotations

import re

from archcalc.diagnostics.model import Span

_COMMENT = re.compile(r"[\s\]},]*#(.*)")


def comment_behind(text: str, span: Span) -> str:
    """The comment in the line in which a stretch of a text ends, if nothing but brackets stands between them."""
    lines = text.splitlines()
    line = lines[span.end_line - 1] if span.end_line <= len(lines) else ""
    found = _COMMENT.match(line, span.end_column - 1)
    return found[1].strip() if found is not None else ""
