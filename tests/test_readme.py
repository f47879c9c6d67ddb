"""Every example in the documents is run, and prints what the document says.

In order, as they stand: a ``yaml`` block that begins with ``# name.yaml`` is written to that file, and
checks clean unless a later command is about it; the commands of a ``console`` block are run, ``…``
standing for lines left out; ``pycon`` blocks are doctests.
"""

from __future__ import annotations

import doctest
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

import archcalc
from archcalc.cli.main import COMMANDS, cli

ROOT = Path(__file__).parents[1]
PAGES = ["README.md", "CONTRIBUTING.md", "specs/README.md", "docs/commands.md", "docs/library.md", "docs/json.md"]
PAGES += ["docs/review.md", "docs/tables.md"]


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
        assert not report.diagnostics, [f"{where}: {error.message}" for error in report.diagnostics]


def commands_hold(text: str, where: str) -> None:
    """Each command of a console block prints the lines below it."""
    for command, expected in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n?)*)", text, re.MULTILINE):
        words = shlex.split(command)
        assert words[0] == "archcalc", f"{where}: only archcalc's commands are run here"
        # Python's own view of the environment: doctest loads readline, which puts COLUMNS into the process's behind it.
        done = subprocess.run(
            [sys.executable, "-m", "archcalc", *words[1:]],
            env=dict(os.environ), capture_output=True, encoding="utf-8", check=False,
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


def test_the_samples_of_json_are_parts_of_what_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    samples = [block.text for block in blocks("docs/json.md") if block.language == "json"]
    asked = [["check", "specs/lenet5.yaml"], ["explain", "specs/lenet5.yaml", "c1"]]
    for sample, words in zip(samples, asked, strict=True):
        done = CliRunner().invoke(cli, [*words, "--format", "json"])
        assert is_part(json.loads(sample), json.loads(done.stdout)), done.stdout


def is_part(sample: object, whole: object) -> bool:
    """Whether a sample has all keys of the whole, and of its lists nothing that is not there; ``…`` is any text."""
    if isinstance(sample, dict) and isinstance(whole, dict):
        return sample.keys() == whole.keys() and all(is_part(sample[key], whole[key]) for key in sample)
    if isinstance(sample, list) and isinstance(whole, list):
        return all(any(is_part(one, other) for other in whole) for one in sample)
    return sample in (whole, "…")


def test_the_layer_kind_of_the_recipe_is_one() -> None:
    (block,) = [block for block in blocks("CONTRIBUTING.md") if block.language == "python"]
    assert block.text in (ROOT / "archcalc" / "layers" / "kinds" / "norm.py").read_text(encoding="utf-8")


def test_every_public_name_is_in_the_library_page() -> None:
    page = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
    assert [name for name in archcalc.__all__ if not re.search(rf"\b{name}\b", page)] == []


def test_every_command_has_a_section() -> None:
    assert {f"#archcalc-{name}" for name in COMMANDS} <= anchors(ROOT / "docs" / "commands.md")


def test_links_between_pages_lead_somewhere() -> None:
    pages = [ROOT / page for page in (*PAGES, *MAPS, "CHANGELOG.md", "docs/words.md")]
    pages += ROOT.glob("archcalc/**/README.md")
    for page in pages:
        for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(#[^)]*)?\)", page.read_text(encoding="utf-8")):
            there = page.parent / target if target else page
            where = f"{page.relative_to(ROOT)} links to {target}{anchor}"
            assert there.exists(), f"{where}, which is not there"
            assert not anchor or anchor in anchors(there), f"{where}, and no heading there is called so"


MAPS = ["CONTRIBUTING.md", "tests/README.md", "benchmarks/README.md"]
"""Pages that say where things are, besides the READMEs of the packages."""


@pytest.mark.parametrize("page", [*MAPS, *(str(path.relative_to(ROOT)) for path in ROOT.glob("archcalc/**/README.md"))])
def test_every_path_on_a_map_is_there(page: str) -> None:
    around = (ROOT / page).parent, ROOT, ROOT / "archcalc"
    for named in re.findall(r"`([\w./]*?(?:\w\.(?:py|md|json|yaml|toml|j2)|\w/))`", (ROOT / page).read_text("utf-8")):
        assert any((folder / named).exists() for folder in around), f"{page} names `{named}`, which is not there"


def anchors(page: Path) -> set[str]:
    """What the headings of a page are linked by, as GitHub makes it of their text."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    heads = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {"#" + re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
