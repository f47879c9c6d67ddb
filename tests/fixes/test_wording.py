"""Edits are sought by what a diagnostic says as data: with every message, help and label reworded they are the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Diagnostic
from archcalc.fixes.fix import Fix
from archcalc.pipeline import check, find_fixes

CASES = Path(__file__).parents[1] / "cases"
CAUSES = (
    "needs/need-in-features",
    "names/inplace-overwrites",
    "file/type-flag",
    "file/key-misspelt",
    "claims/claim-shape",
)
"""A case of each cause: a need, a layer in place, a value, a key, a claim."""


def found(case: str) -> list[tuple[Any, ...]]:
    report = check(CASES / case / "spec.yaml")
    return [(one.error.code, one.error.span, one.changes, one.input, one.cost, one.layer) for one in find_fixes(report)]


def reworded(log: Log, error: Diagnostic) -> None:
    labels = tuple(replace(label, text="here") for label in error.labels)
    ways = tuple(replace(way, text="do otherwise") for way in error.suggestions)
    help = ("do otherwise",) * len(error.help)
    keep(log, replace(error, message="something is wrong", help=help, labels=labels, suggestions=ways))


keep = Log._keep


@pytest.mark.parametrize("case", CAUSES)
def test_rewording_all_that_a_person_reads_changes_no_edit(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    as_worded = found(case)
    assert as_worded
    monkeypatch.setattr(Log, "_keep", reworded)
    monkeypatch.setattr(Fix, "help", "do otherwise")
    monkeypatch.setattr(Fix, "other_help", "or do something else")
    report = check(CASES / case / "spec.yaml")
    assert {error.message for error in report.diagnostics} == {"something is wrong"}
    assert found(case) == as_worded


@pytest.mark.parametrize("lost", ["cause", "suggestions"])
def test_a_diagnostic_that_lost_its_data_would_be_noticed(lost: str, monkeypatch: pytest.MonkeyPatch) -> None:
    as_worded = [found(case) for case in CAUSES]
    empty: dict[str, Any] = {"cause": None, "suggestions": ()}
    monkeypatch.setattr(Log, "_keep", lambda log, error: keep(log, replace(error, **{lost: empty[lost]})))
    assert [found(case) for case in CAUSES] != as_worded
