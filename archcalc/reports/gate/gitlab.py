"""GitLab's report of code quality. See https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable

from archcalc.analysis.report import Report
from archcalc.reports.gate.findings import findings, in_words, relative


def render(reports: Iterable[Report]) -> str:
    """An array with an object for each finding."""
    again: Counter[str] = Counter()
    rows = []
    for error in findings(reports):
        # Without the line, so that a finding stays the same one when lines are added above it.
        said = f"{relative(error.file)}\n{error.code}\n{error.message}"
        again[said] += 1
        fingerprint = hashlib.sha256(f"{said}\n{again[said]}".encode("utf-8", "backslashreplace")).hexdigest()
        lines = {"begin": error.span.line, "end": error.span.end_line} if error.span is not None else {"begin": 1}
        rows.append(
            {
                "description": in_words(error),
                "check_name": error.code,
                "fingerprint": fingerprint,
                "severity": "major" if error.severity == "error" else "minor",
                "location": {"path": relative(error.file), "lines": lines},
            }
        )
    return json.dumps(rows, indent=2)
