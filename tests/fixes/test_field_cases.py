"""The answers that people accepted, to questions asked in public, are among what is suggested."""

from __future__ import annotations

import pytest

from archcalc.pipeline import check_text
from tests.support.field_cases import FIELD, Answered, answered, answers, made, names, table

IN_HELP, IN_LIST, UNMADE = 27, 27, 0
"""How often the accepted answer is printed, and listed, at least; what nobody would do printed, at most."""


@pytest.fixture(scope="module")
def rows() -> list[Answered]:
    return [answered(name) for name in names()]


def test_accepted_answers_are_suggested(rows: list[Answered]) -> None:
    said = table(rows)
    assert sum(row.in_help for row in rows) >= IN_HELP, said
    assert sum(row.in_list for row in rows) >= IN_LIST, said
    assert sum(bool(row.unmade) for row in rows) <= UNMADE, said
    print(said)


@pytest.mark.parametrize("name", names())
def test_an_accepted_answer_is_right(name: str) -> None:
    import yaml

    report = check_text((FIELD / f"{name}.yaml").read_text("utf-8"))
    assert not report.ok
    for answer in answers()[name]["accepted"]:
        then = check_text(yaml.safe_dump(made(report, answer), sort_keys=False))
        assert then.ok, then.diagnostics
