"""Annotations that GitHub shows beside the changed lines of a pull request.

See https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions. A line that begins with ``::`` is
a command to the runner: nothing of a spec may begin one, or leave its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.analysis.report import Report
from archcalc.diagnostics.codes import CODES
from archcalc.diagnostics.model import Diagnostic
from archcalc.reports.gate.findings import findings, in_words, relative
from archcalc.reports.visible import in_one_line, visible


def render(reports: Sequence[Report]) -> str:
    """A line for each finding, and one with their number and that of what was checked, for the job's log."""
    found = findings(reports)
    errors = sum(error.severity == "error" for error in found)
    counts = ((errors, "error"), (len(found) - errors, "warning"))
    checked = ((len({report.file for report in reports}), "spec"), (len(reports), "network"))
    said, of = (", ".join(f"{count} {word}{'s' * (count != 1)}" for count, word in one) for one in (counts, checked))
    return "\n".join([*map(_annotation, found), f"archcalc: {said} in {of}"])


def _annotation(error: Diagnostic) -> str:
    properties = {"file": relative(error.file), "title": f"{error.code}: {CODES[error.code]}"}
    if error.span is not None:
        properties |= {"line": str(error.span.line), "endLine": str(error.span.end_line)}
        # GitHub takes columns of a single line only, and counts the last one in.
        if error.span.line == error.span.end_line:
            properties |= {"col": str(error.span.column), "endColumn": str(error.span.end_column - 1)}
    given = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{error.severity} {given}::{_data(in_words(error))}"


def _data(text: str) -> str:
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(in_one_line(text)).replace(":", "%3A").replace(",", "%2C")
