"""The wrong specs of ``cases/``, the command line as they run it, and what the JSON of a check must be."""

from __future__ import annotations

import json
import sys
from functools import cache
from pathlib import Path

import jsonschema_rs
import pytest

from archcalc import Report, check
from archcalc.cli import main
from archcalc.reports import json as json_report

CASES = Path(__file__).parents[1] / "cases"

SCHEMA = json.loads((Path(json_report.__file__).parent / "schemas" / "check.json").read_text("utf-8"))
VALID = jsonschema_rs.Draft202012Validator(SCHEMA)


@cache
def checked_case(spec: Path) -> Report:
    """The report of a case, for all who ask something of it that leaves it as it is."""
    return check(spec)


def run(
    arguments: list[str], here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[str, int]:
    """What ``archcalc check`` prints in a folder, and its exit status."""
    monkeypatch.chdir(here)
    monkeypatch.setattr(sys, "argv", ["archcalc", "check", *arguments])
    with pytest.raises(SystemExit) as ended:
        main.main()
    printed = capsys.readouterr()
    return printed.out + printed.err, int(ended.value.code or 0)
