"""A sweep of a spec that has more errors than are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from archcalc.analysis.report import SpecError
from archcalc.explore.sweep import sweep
from tests.support.costly_specs import spec


def test_a_spec_with_very_many_errors_is_an_error_of_the_spec(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(spec(*["{kind: relu, from: nowhere}"] * 200), encoding="utf-8")
    with pytest.raises(SpecError):
        sweep(path, input={"H": "6:9"})
