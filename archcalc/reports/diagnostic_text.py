"""A diagnostic as a person reads it: the message, the line it is about with a caret, the ways out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archcalc.diagnostics.model import Diagnostic
from archcalc.reports.excerpt import SourceMark, excerpt
from archcalc.reports.terminal_text import BLUE, BOLD, CYAN, PLAIN, RED, YELLOW, Style, printable


def diagnostic_text(error: Diagnostic, texts: Mapping[str, str], spec: str = "the spec", style: Style = PLAIN) -> str:
    """The diagnostic over several lines.

    ``texts`` are the sources that its spans point into, by their ``file``, which is empty for that of ``spec``.
    """
    colour = RED if error.severity == "error" else YELLOW
    head = style.paint(colour, f"{error.severity}[{error.code}]")
    lines = [head + style.paint(BOLD, f": {printable(error.message)}")]
    if error.span is None:
        lines.append(f"{style.paint(BLUE, ' -->')} {printable(error.file)}")
        margin = " "
    else:
        # What is said of the very place of the error stands behind its own mark.
        note = "; ".join(label.text for label in error.labels if label.span == error.span)
        others = [SourceMark(label.span, "-", label.text, BLUE) for label in error.labels if label.span != error.span]
        here = sorted(
            [mark for mark in others if mark.span.file == error.span.file] + [SourceMark(error.span, "^", note, colour)]
        )
        files = dict.fromkeys(mark.span.file for mark in others if mark.span.file != error.span.file)
        margin = " " * len(str(max(mark.span.line for mark in [*here, *others])))
        at = f"{printable(error.file)}:{error.span.line}:{error.span.column}"
        lines.append(f"{style.paint(BLUE, f'{margin}-->')} {at}")
        lines += _quoted(here, texts, margin, style)
        for file in files:
            there = sorted(mark for mark in others if mark.span.file == file)
            first = there[0].span
            lines.append(f"{style.paint(BLUE, f'{margin}:::')} {printable(file or spec)}:{first.line}:{first.column}")
            lines += _quoted(there, texts, margin, style)
    help = f"{style.paint(BLUE, f'{margin} =')} {style.paint(CYAN, 'help:')}"
    lines += [f"{help} {printable(line)}" for line in error.help]
    return "\n".join(lines)


def _quoted(marks: Sequence[SourceMark], texts: Mapping[str, str], margin: str, style: Style) -> list[str]:
    """The lines of one file that have marks."""
    text = texts.get(marks[0].span.file)
    bar = style.paint(BLUE, f"{margin} |")
    return [bar, *excerpt(marks, text.splitlines(), margin, style)] if text else []
