"""A diagnostic as a person reads it: the message, the line it is about with a caret, the ways out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby

from archcalc.diagnostics.model import Diagnostic, Span

MAX_WIDTH = 120
"""The longest piece of a source line that is shown."""


def diagnostic_text(fault: Diagnostic, texts: Mapping[str, str], spec: str = "the spec") -> str:
    """The diagnostic over several lines.

    ``texts`` are the sources that its spans point into, by their ``file``, which is empty for that of ``spec``.
    """
    lines = [f"{fault.severity}[{fault.code}]: {printable(fault.message)}"]
    if fault.span is None:
        lines.append(f" --> {printable(fault.file)}")
        margin = " "
    else:
        # What is said of the very place of the fault stands behind its own mark.
        note = "; ".join(label.text for label in fault.labels if label.span == fault.span)
        others = [(label.span, "-", label.text) for label in fault.labels if label.span != fault.span]
        here = sorted([mark for mark in others if mark[0].file == fault.span.file] + [(fault.span, "^", note)])
        files = dict.fromkeys(span.file for span, _, _ in others if span.file != fault.span.file)
        margin = " " * len(str(max(mark[0].line for mark in [*here, *others])))
        lines.append(f"{margin}--> {printable(fault.file)}:{fault.span.line}:{fault.span.column}")
        lines += _quoted(here, texts, margin)
        for file in files:
            there = sorted(mark for mark in others if mark[0].file == file)
            lines.append(f"{margin}::: {printable(file or spec)}:{there[0][0].line}:{there[0][0].column}")
            lines += _quoted(there, texts, margin)
    lines += [f"{margin} = help: {printable(line)}" for line in fault.help]
    return "\n".join(lines)


def _quoted(marks: list[tuple[Span, str, str]], texts: Mapping[str, str], margin: str) -> list[str]:
    """The lines of one file that have marks."""
    text = texts.get(marks[0][0].file)
    return [f"{margin} |", *_excerpt(marks, text.splitlines(), margin)] if text else []


def _excerpt(marks: list[tuple[Span, str, str]], source: list[str], margin: str) -> Iterator[str]:
    """Each source line that has marks, with its number, and the marks below it."""
    for number, group in groupby(marks, key=lambda mark: mark[0].line):
        line = source[number - 1] if number <= len(source) else ""
        on_line = list(group)
        first = 0
        if len(line) > MAX_WIDTH:
            column = next((span.column for span, sign, _ in on_line if sign == "^"), on_line[0][0].column)
            first = max(0, min(column - 1 - MAX_WIDTH // 3, len(line) - MAX_WIDTH))
        shown = printable(line[first : first + MAX_WIDTH])
        yield f"{str(number).rjust(len(margin))} | {shown}".rstrip()
        for span, sign, note in on_line:
            yield f"{margin} | {_underline(span, line, first, sign)} {printable(note)}".rstrip()


def _underline(span: Span, line: str, first: int, sign: str) -> str:
    """The mark below a stretch of a line of which the part from ``first`` on is shown."""
    start = max(first, min(span.column - 1, len(line)))
    end = span.end_column - 1 if span.end_line == span.line else len(line)
    end = min(end, len(line), first + MAX_WIDTH)
    return " " * width(line[first:start]) + sign * max(1, width(line[start:end]))


def printable(text: str) -> str:
    """A text with nothing in it that moves the cursor or colours a terminal; a tab shows as one."""
    return text if text.isprintable() else "".join(_printable(character) for character in text)


def _printable(character: str) -> str:
    if character == "\t":
        return "→"
    return character if character.isprintable() else "\N{REPLACEMENT CHARACTER}"


def width(text: str) -> int:
    """How many terminal columns a text takes."""
    if text.isascii():
        return len(text)
    import unicodedata

    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )
