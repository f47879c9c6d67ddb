"""The gallery is what its commands draw."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def _script() -> Any:
    spec = importlib.util.spec_from_file_location("gallery", ROOT / "docs" / "pictures.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


gallery = _script()
COMMANDS: dict[str, list[str]] = gallery.commands()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_picture_is_as_it_is_drawn(name: str) -> None:
    assert (ROOT / "docs" / "pictures" / name).read_text("utf-8") == gallery.drawn(COMMANDS[name])


def test_each_picture_is_shown() -> None:
    page = (ROOT / "docs" / "pictures.md").read_text("utf-8")
    assert {*re.findall(r"pictures/([\w-]+\.svg)", page)} == {*COMMANDS}
    assert {path.name for path in (ROOT / "docs" / "pictures").iterdir()} == {*COMMANDS}
