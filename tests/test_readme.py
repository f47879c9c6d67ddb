"""Every example in the documents is run, and prints what the document says.

In order, as they stand: a ``yaml`` block that begins with ``# name.yaml`` is written to that file, and
checks clean unless a later command is about it; the commands of a ``console`` block are run, ``…``
standing for lines left out; ``pycon`` blocks are doctests.
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

import archcalc

ROOT = Path(__file__).parents[1]
PAGES = ["README.md", "CONTRIBUTING.md", "specs/README.md", "docs/json.md", "docs/library.md", "docs/terminal.md"]


class Block(NamedTuple):
    language: str
    text: str
    line: int


def blocks(page: str) -> list[Block]:
    """The fenced blocks of a page."""
    text = (ROOT / page).read_text(encoding="utf-8")
    fences = re.finditer(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [Block(fence[1], fence[2], text.count("\n", 0, fence.start()) + 1) for fence in fences]


@pytest.mark.parametrize("page", PAGES)
def test_the_examples_of_a_page_are_true(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "specs").symlink_to(ROOT / "specs")
    monkeypatch.chdir(tmp_path)
    found = blocks(page)
    shown = "".join(block.text for block in found if block.language == "console")
    names: dict[str, object] = {}
    for block in found:
        where = f"{page}:{block.line}"
        if block.language == "yaml":
            spec_holds(block.text, shown, where)
        elif block.language == "console":
            commands_hold(block.text, where)
        elif block.language == "pycon":
            doctest_holds(block.text, names, where)


def spec_holds(text: str, shown: str, where: str) -> None:
    """A named spec, or block, is written to its file. A spec that no command shows is one that checks."""
    named = re.match(r"# (\S+\.yaml)\n", text)
    if named:
        Path(named[1]).parent.mkdir(exist_ok=True)
        Path(named[1]).write_text(text, encoding="utf-8")
    is_spec = text.lstrip().startswith(("archcalc:", "#")) and "\ninput:" in text
    if not (named and named[1] in shown) and is_spec:
        report = archcalc.check_text(text, file=named[1] if named else where)
        assert not report.diagnostics, [f"{where}: {fault.message}" for fault in report.diagnostics]


def commands_hold(text: str, where: str) -> None:
    """Each command of a console block prints the lines below it."""
    for command, expected in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n?)*)", text, re.MULTILINE):
        words = shlex.split(command)
        assert words[0] == "archcalc", f"{where}: only archcalc's commands are run here"
        # doctest loads readline, which sets COLUMNS behind Python's back.
        done = subprocess.run(
            [sys.executable, "-m", "archcalc", *words[1:]],
            capture_output=True, encoding="utf-8", env=dict(os.environ), check=False,
        )  # fmt: skip
        printed = done.stdout + done.stderr
        pattern = "".join("(?:.*\n)*?" if line == "…" else re.escape(line) + "\n" for line in expected.splitlines())
        assert re.fullmatch(pattern, printed), f"{where}: `{command}` prints\n{printed}"


def doctest_holds(text: str, names: dict[str, object], where: str) -> None:
    """The block's doctests hold; they share their names with those above."""
    test = doctest.DocTestParser().get_doctest(text, names, where, None, 0)
    printed: list[str] = []
    doctest.DocTestRunner(verbose=False).run(test, out=printed.append, clear_globs=False)
    names.update(test.globs)
    assert not printed, "".join(printed)


def test_the_layer_kind_of_the_recipe_is_one() -> None:
    (block,) = [block for block in blocks("CONTRIBUTING.md") if block.language == "python"]
    assert block.text in (ROOT / "archcalc" / "layers" / "norm.py").read_text(encoding="utf-8")


def test_links_between_pages_lead_somewhere() -> None:
    pages = [ROOT / page for page in (*PAGES, "CHANGELOG.md", "tests/README.md", "benchmarks/README.md")]
    for page in pages:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} links to {target}, which is not there"
