"""A diagnostic as a person reads it: the message, the line it is about with a caret, the ways out."""

from __future__ import annotations

import unicodedata

from archcalc.diagnostics import Diagnostic, Span

MAX_WIDTH = 120
"""The longest piece of a source line that is shown."""


def diagnostic_text(fault: Diagnostic, text: str) -> str:
    """The diagnostic over several lines. ``text`` is the source that its spans point into."""
    lines = [f"{fault.severity}[{fault.code}]: {fault.message}"]
    if fault.span is None:
        lines.append(f" --> {fault.file}")
        margin = " "
    else:
        marks = sorted(
            [(label.span, "-", label.text) for label in fault.labels] + [(fault.span, "^", "")],
            key=lambda mark: (mark[0].line, mark[0].column),
        )
        margin = " " * len(str(marks[-1][0].line))
        lines.append(f"{margin}--> {fault.file}:{fault.span.line}:{fault.span.column}")
        lines.append(f"{margin} |")
        source = text.splitlines()
        for span, sign, note in marks:
            lines += _marked(span, sign, note, source, margin)
    lines += [f"{margin} = help: {line}" for line in fault.help]
    return "\n".join(lines)


def _marked(span: Span, sign: str, note: str, source: list[str], margin: str) -> list[str]:
    """A source line with its number, and below it the marks."""
    line = source[span.line - 1] if span.line <= len(source) else ""
    start = min(span.column - 1, len(line))
    end = span.end_column - 1 if span.end_line == span.line else len(line)
    end = max(min(end, len(line)), start + 1)
    first = 0
    if len(line) > MAX_WIDTH:
        first = max(0, min(start - MAX_WIDTH // 3, len(line) - MAX_WIDTH))
    shown = "".join(_printable(character) for character in line[first : first + MAX_WIDTH])
    before = _width(line[first:start])
    under = sign * max(1, min(_width(line[start:end]) or 1, MAX_WIDTH))
    number = str(span.line).rjust(len(margin))
    marked = f"{margin} | {' ' * before}{under} {note}".rstrip()
    return [f"{number} | {shown}".rstrip(), marked]


def _printable(character: str) -> str:
    return character if character.isprintable() else " "


def _width(text: str) -> int:
    """How many terminal columns a text takes."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )
