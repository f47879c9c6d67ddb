"""The tool on a small package: what can be noticed is killed, what cannot is reported alive."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mutation.changes import Change, changes
from tests.mutation.forks import Project
from tests.mutation.reach import reach_of, run_once
from tests.mutation.trial import ALIVE, KILLED, TIMED_OUT, Trials
from tests.support.clean_process import Clean, clean_process

CODE = """\
SIDES = {"square": 4}

def area(height, width):
    if height < 0:
        return None
    total = 0
    while height > 0:
        total, height = total + width, height - 1
    return max(total, 0)

def perimeter(height, width):
    return 2 * (height + width)
"""

TESTS = """\
from small.area import SIDES, area

def test_area():
    assert area(2, 3) == 6
    assert area(-1, 3) is None

def test_sides():
    assert SIDES["square"] == 4
"""

PATH, FILE = "small/area.py", "tests/test_area.py"


@pytest.fixture(scope="module")
def clean() -> Iterator[Clean]:
    with clean_process() as call:
        yield call


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    root = tmp_path_factory.mktemp("project")
    (root / "small").mkdir()
    (root / PATH).write_text(CODE, "utf-8")
    (root / "tests").mkdir()
    (root / "tests" / "test_area.py").write_text(f"import sys\nsys.path.insert(0, {str(root)!r})\n{TESTS}", "utf-8")
    (root / "pytest.ini").write_text("[pytest]\n", "utf-8")
    return Project(root, "small")


def tried(project: Project, before: str, after: str, instead: str = "") -> tuple[str, str | None, int]:
    """The verdict on a mutant, where tests are others than those of the map, if ``instead`` are given."""
    reach = reach_of({FILE: run_once(project, FILE)})
    if instead:
        (project.root / FILE).write_text(instead, "utf-8")
    found = change(before, after)
    return Trials(reach, 60, project, patience=1).of(PATH, found.key, found.block)


def change(before: str, after: str) -> Change:
    (found,) = [one for one in changes(ast.parse(CODE), PATH) if (one.before, one.after) == (before, after)]
    return found


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        ("total + width", "total - width", KILLED),
        ("{'square': 4}", "{}", KILLED),  # a table, which is read on import
        ("height < 0", "height <= 0", ALIVE),  # it shows for a height of 0 alone, which no test has
        ("height + width", "height - width", ALIVE),  # nothing runs it
        ("height - 1", "height + 1", TIMED_OUT),
    ],
)
def test_a_mutant_lives_unless_a_test_fails(
    before: str, after: str, verdict: str, project: Project, clean: Clean
) -> None:
    told, by, _ = clean(tried, project, before, after)
    assert told == verdict
    assert (by is None) == (verdict == ALIVE)


def test_a_test_that_fails_without_the_mutant_kills_nothing(project: Project, tmp_path: Path, clean: Clean) -> None:
    broken = Project(tmp_path, "small")
    for path in (PATH, FILE, "pytest.ini"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(project.text(path).replace(bytes(project.root), bytes(tmp_path)))
    fails = "def test_area(): assert False\n"
    assert clean(tried, broken, "total + width", "total - width", fails)[:2] == (ALIVE, None)


def test_each_change_is_one_and_its_key_is_kept_when_others_are_edited() -> None:
    first = {one.key: (one.before, one.after) for one in changes(ast.parse(CODE), PATH)}
    edited = CODE.replace("2 *", "3 *").replace("SIDES", "\n\nSIDES")
    second = {one.key: (one.before, one.after) for one in changes(ast.parse(edited), PATH)}
    assert ("2 * (height + width)", "2 // (height + width)") in first.values()
    assert {one for key, one in first.items() if key not in second} == {
        one for one in first.values() if "2" in one[0] or one == ("height + width", "height - width")
    }
