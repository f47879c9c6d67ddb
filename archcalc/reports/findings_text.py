"""What a check found and nothing else, for people: of a gate, which is silent on what is right."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from archcalc.analysis.report import Report
from archcalc.reports.diagnostic_text import diagnostic_text
from archcalc.reports.gate.findings import found_in
from archcalc.reports.terminal_text import PLAIN, Style
from archcalc.reports.text import summary, verdict


def render(reports: Sequence[Report], style: Style = PLAIN) -> str:
    """Each diagnostic once, and a line on all that was checked, without a newline at its end."""
    read = [replace(report, diagnostics=tuple(error.as_read for error in report.diagnostics)) for report in reports]
    texts = [diagnostic_text(error, report.texts, report.file, style) for error, report in found_in(read)]
    last = verdict(reports[0], style) if len(reports) == 1 else summary(reports, style)
    return "\n\n".join([*texts, last])
