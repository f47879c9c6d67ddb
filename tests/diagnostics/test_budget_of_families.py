"""The budget of a check and the members of a family."""

from __future__ import annotations

from pathlib import Path

import pytest

import archcalc
from archcalc.diagnostics.budget import MOST_OF_A_FAMILY
from archcalc.diagnostics.log import Log
from archcalc.language import yaml_reader
from archcalc.language.nodes import MapNode
from tests.support import costly_specs


def test_a_family_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def parse(text: str, log: Log) -> MapNode | None:
        read.append(text)
        return yaml_reader.parse(text, log)

    monkeypatch.setattr("archcalc.spec.reader.parse", parse)
    path = tmp_path / "family.yaml"
    path.write_text(costly_specs.presets(40), encoding="utf-8")
    assert [report.ok for report in archcalc.check_each(path)] == [True] * 40
    assert len(read) == 1


def test_a_family_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archcalc.pipeline.MOST_OF_A_FAMILY", MOST_OF_A_FAMILY // 200)
    path = tmp_path / "family.yaml"
    path.write_text(costly_specs.presets(40), encoding="utf-8")
    *checked, last = archcalc.check_each(path)
    assert 0 < len(checked) < 39
    assert all(report.ok for report in checked)
    (error,) = last.errors
    assert error.code == "A317"
    assert error.help == (f"check it by itself: `--preset p{len(checked)}`",)
