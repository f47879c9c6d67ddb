"""JUnit's XML, in the dialect that Jenkins and GitLab read: a test case for each network."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree

from archcalc.analysis.report import Report
from archcalc.diagnostics.model import Diagnostic
from archcalc.reports.diagnostic_text import diagnostic_text
from archcalc.reports.gate.findings import relative
from archcalc.reports.visible import visible


def render(reports: Sequence[Report]) -> str:
    """A suite of the networks. An error is a failure; what could not be read is an error of the test."""
    unread = sum(not report.readable for report in reports)
    failed = sum(not report.ok for report in reports) - unread
    counts = {"tests": str(len(reports)), "failures": str(failed), "errors": str(unread)}
    suites = ElementTree.Element("testsuites", counts)
    suite = ElementTree.SubElement(suites, "testsuite", {"name": "archcalc"} | counts)
    for report in reports:
        file = visible(relative(report.file))
        case = ElementTree.SubElement(suite, "testcase", {"classname": file, "name": report.preset or file})
        for error in report.errors:
            kind = {"type": error.code, "message": visible(error.message)}
            ElementTree.SubElement(case, "failure" if report.readable else "error", kind).text = _told(error, report)
        warnings = [error for error in report.diagnostics if error.severity == "warning"]
        if warnings:
            text = "\n\n".join(_told(error, report) for error in warnings)
            ElementTree.SubElement(case, "system-out").text = text
    ElementTree.indent(suites)
    written: bytes = ElementTree.tostring(suites, encoding="us-ascii")
    return written.decode("ascii")


def _told(error: Diagnostic, report: Report) -> str:
    # XML has no control characters, not even escaped.
    return visible(diagnostic_text(error, report.texts, report.file))
