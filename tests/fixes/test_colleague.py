"""What a colleague would say to a faulty spec stands in its help."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from archcalc.language.yaml_edits import edited
from archcalc.pipeline import check_text, find_fixes

CASES = yaml.safe_load((Path(__file__).parent / "colleague.yaml").read_text("utf-8"))
"""The answers are as a person would give them, also where they name no edit of one field."""


@pytest.mark.parametrize("case", CASES, ids=[case["asked"] for case in CASES])
def test_what_a_colleague_would_say_is_said_and_the_first_edit_leaves_no_error_behind(case: dict[str, object]) -> None:
    said = case["said"]
    assert isinstance(said, list)
    report = check_text(str(case["spec"]))
    # Where it is said to be, the answer is the first of what is said to an error.
    help = [line for error in report.errors for line in (error.help[:1] if case.get("first") else error.help)]
    assert any(answer in line for answer in said for line in help), help
    never = case.get("never", [])
    assert isinstance(never, list)
    assert not any(edit in line for edit in never for line in help), help
    for fix in find_fixes(report)[:1]:
        then = check_text(edited(report.text, *fix.changes))
        assert fix.error.message not in {error.message for error in then.errors}
