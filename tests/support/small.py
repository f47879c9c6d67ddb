"""The report of a few layers on a small picture."""

from __future__ import annotations

from archcalc.analysis.report import Report
from archcalc.pipeline import check_text

HEAD = "archcalc: 1\nname: Small\ninput: [3, 32, 32]\nlayers:\n"


def checked(*layers: str, head: str = HEAD, foot: str = "") -> Report:
    return check_text(head + "".join(f"  - {layer}\n" for layer in layers) + foot)


def codes(report: Report) -> list[str]:
    return [error.code for error in report.diagnostics]
