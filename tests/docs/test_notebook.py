"""The lecture runs, from top to bottom, and gives what is stored in it."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def _runner() -> Any:
    spec = importlib.util.spec_from_file_location("docs_notebook", ROOT / "docs" / "notebook.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


notebook = _runner()


@pytest.fixture
def done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, Any], dict[str, Any]]:
    """The lecture as it is stored, and as it runs in an empty folder."""
    monkeypatch.chdir(tmp_path)
    stored = notebook.read()
    return stored, notebook.run(stored)


def test_the_lecture_gives_what_it_says(done: tuple[dict[str, Any], dict[str, Any]]) -> None:
    stored, run = done
    for one, other in zip(stored["cells"], run["cells"], strict=True):
        assert _told(one) == _told(other), "run `make docs`, and read what has changed"


def _told(cell: dict[str, Any]) -> list[object]:
    """What a cell gives, but for what other libraries print: a table of pandas, a picture of matplotlib."""
    told: list[object] = []
    for output in cell.get("outputs", ()):
        data = output.get("data", {})
        theirs = "image/png" in data or 'class="dataframe"' in "".join(data.get("text/html", ()))
        told.append(sorted(data) if theirs else output)
    return told


def test_it_is_a_notebook_of_a_lecture() -> None:
    stored = notebook.read()
    cells = stored["cells"]
    assert (stored["nbformat"], stored["nbformat_minor"]) == (4, 5)
    assert 18 <= len(cells) <= 26
    assert len({cell["id"] for cell in cells}) == len(cells)
    assert any("image/png" in output.get("data", {}) for cell in cells for output in cell.get("outputs", ()))
    assert notebook.LECTURE.read_text("utf-8") == notebook.written(stored)
    assert str(ROOT) not in json.dumps(stored)


def test_a_cell_that_fails_fails() -> None:
    stored = notebook.read()
    wrong = {"cell_type": "code", "source": ["import archcalc\n", "archcalc.nothing"], "outputs": []}
    with pytest.raises(AttributeError):
        notebook.run({**stored, "cells": [wrong]})
