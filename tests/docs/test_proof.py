"""The page of proof says what the parts found, and which were not run."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def proof() -> ModuleType:
    spec = importlib.util.spec_from_file_location("proof", DOCS / "proof.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_has_every_part(proof: ModuleType) -> None:
    page = (DOCS / "proof.md").read_text("utf-8")
    for title, _ in proof._SECTIONS.values():
        assert f"\n## {title}\n" in page


def test_what_was_not_run_says_so(proof: ModuleType, tmp_path: Path) -> None:
    assert proof.page(tmp_path).count("Not run yet.") == 3
    found = {"kills": 7, "left_behind": 3, "states": {"fix: old": 7}, "seconds": 1, "failures": [{"wrong": ["half"]}]}
    (tmp_path / "kills.json").write_text(json.dumps(found), "utf-8")
    page = proof.page(tmp_path)
    assert "| kills | 7 |" in page
    assert "| left by fix: old | 7 |" in page
    assert "| **failures** | **1** |" in page
    assert page.count("Not run yet.") == 2
