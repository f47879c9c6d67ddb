"""SARIF 2.1.0, which code scanning reads. See https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html."""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib.metadata import version

from archcalc.analysis.report import Report
from archcalc.diagnostics.codes import CODES
from archcalc.diagnostics.json_object import JsonObject
from archcalc.diagnostics.model import Diagnostic, Span, TextFix
from archcalc.diagnostics.pages import explain_code
from archcalc.reports.gate.findings import findings, in_words, uri

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def render(reports: Iterable[Report]) -> str:
    """A log with one run, whose rules are the codes that were found."""
    found = findings(reports)
    codes = sorted({error.code for error in found})
    driver = {"name": "archcalc", "version": version("archcalc"), "rules": [_rule(code) for code in codes]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(error, codes.index(error.code)) for error in found],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(code: str) -> JsonObject:
    page = explain_code(code)
    return {
        "id": code,
        "shortDescription": {"text": CODES[code]},
        "fullDescription": {"text": page.why},
        "help": {"text": page.fix},
    }


def _result(error: Diagnostic, rule: int) -> JsonObject:
    result: JsonObject = {
        "ruleId": error.code,
        "ruleIndex": rule,
        "level": error.severity,
        "message": {"text": in_words(error)},
        "locations": [_location(error.file, error.span)],
    }
    if error.labels:
        result["relatedLocations"] = [
            {"id": place, "message": {"text": label.text}} | _location(label.span.file or error.file, label.span)
            for place, label in enumerate(error.labels, start=1)
        ]
    if fixes := [fix for fix in error.fixes if fix.edits]:
        result["fixes"] = [_fix(fix) for fix in fixes]
    return result


def _fix(fix: TextFix) -> JsonObject:
    replacements = [{"deletedRegion": _region(one.span), "insertedContent": {"text": one.text}} for one in fix.edits]
    change = {"artifactLocation": {"uri": uri(fix.file)}, "replacements": replacements}
    return {"description": {"text": fix.edit}, "artifactChanges": [change]}


def _location(file: str, span: Span | None) -> JsonObject:
    place: JsonObject = {"artifactLocation": {"uri": uri(file)}}
    if span is not None:
        place["region"] = _region(span)
    return {"physicalLocation": place}


def _region(span: Span) -> JsonObject:
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }
