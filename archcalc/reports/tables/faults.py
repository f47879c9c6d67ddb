"""What a table says of a network that has errors, so that nobody takes its numbers for those of a sound one."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.analysis.report import Report
from archcalc.reports.tables.model import Column

MARK = "†"
"""What stands behind the name of a line with an error."""

ERRORS = Column("errors", "errors", right=True)
"""How many errors a network has, in a table where one has some."""


def fault(report: Report, name: str) -> tuple[str, ...]:
    """A sentence for the notes of a table: that this network has errors, and the first; nothing of one without."""
    count = len(report.errors)
    if not count:
        return ()
    what = (
        "its sizes fit, and more is claimed or asked of it than it meets"
        if report.sound and report.layers
        else "its numbers are what the errors leave"
    )
    return (f"{name} has {count} error{'s' * (count != 1)}: {what}. {report.first_error}",)


def at_fault(report: Report, lines: Sequence[int]) -> bool:
    """Whether an error is at one of the layers that these lines of the spec begin."""
    wrong = {error.span.line for error in report.errors if error.span is not None and not error.span.file}
    return not wrong.isdisjoint(lines)
