"""Graphviz reads what is written for it, whatever the names are, and draws each box."""

from __future__ import annotations

import re
import subprocess

import pytest

from archcalc import Report, check_text
from archcalc.pictures.draw import draw
from tests.support.bundled import FIRST, checked
from tests.support.strange_names import STRANGE


def graphviz(report: Report, depth: int | None) -> None:
    text = draw(report, "dot", depth=depth)
    done = subprocess.run(["dot", "-Tsvg"], input=text, capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr) == (0, "")
    boxes = {*re.findall(r"^ +(n\d+) \[", text, re.M)}
    assert {*re.findall(r"<title>(n\d+)</title>", done.stdout)} == boxes
    assert done.stdout.count('class="edge"') == text.count(" -> ")


@pytest.mark.parametrize(("name", "preset"), FIRST)
def test_bundled_networks(name: str, preset: str | None) -> None:
    graphviz(checked(name, preset), 2)


@pytest.mark.parametrize("depth", [0, 1, None])
def test_a_strangers_names(depth: int | None) -> None:
    graphviz(check_text(STRANGE), depth)
