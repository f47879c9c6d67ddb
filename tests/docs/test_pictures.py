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


def in_pieces(command: list[str]) -> bool:
    return bool({"--pages", "--columns"} & {*command})


@pytest.mark.parametrize("name", COMMANDS)
def test_a_picture_is_as_it_is_drawn(name: str) -> None:
    found = gallery.drawn(COMMANDS[name])
    assert found == {file: (ROOT / "docs" / "pictures" / file).read_text("utf-8") for file in found}
    pages = in_pieces(COMMANDS[name])
    assert {re.sub(r"-\d+(?=\.svg$)", "", file) if pages else file for file in found} == {name}


def test_each_picture_is_shown() -> None:
    page = (ROOT / "docs" / "pictures.md").read_text("utf-8")
    there = {path.name for path in (ROOT / "docs" / "pictures").iterdir()}
    assert {*re.findall(r"pictures/([\w-]+\.svg)", page)} == there
    pages = [name.removesuffix(".svg") for name, command in COMMANDS.items() if in_pieces(command)]
    assert {name for name in there if not any(re.fullmatch(rf"{page}-\d\.svg", name) for page in pages)} == {
        name for name, command in COMMANDS.items() if not in_pieces(command)
    }
