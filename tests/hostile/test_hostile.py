"""Some of the hostile cases hold, kills leave nothing half, and what is wrong on purpose is seen."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from archcalc.language import file_replacement
from archcalc.layers.contract import KINDS
from archcalc.layers.record import fields_of
from archcalc.targets import generate, sealed_files
from archcalc.targets.python import source
from tests.hostile import forks, kills
from tests.hostile.case import CANARY, FORGED, SPEC, Case, slots, with_field, written
from tests.hostile.corpus import FAMILIES, corpus, some
from tests.hostile.verdict import problems
from tests.support.clean_process import Clean, clean_process

DEEP = bool(os.environ.get("ARCHCALC_DEEP"))
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="cases are forks")

SMALL = b"""\
archcalc: 1
name: Small
input: [3, 8, 8]
layers:
  - {name: conv, kind: conv2d, out_channels: 4, kernel_size: 3}
"""
ODD = SMALL.replace(b"Small", b'"\\e[31mN\\n%s\\n%s"' % (FORGED.encode(), CANARY.encode()))
GENERATE = ("generate", SPEC, "--target", "torch", "--out", "out")


@pytest.fixture(scope="module")
def clean() -> Iterator[Clean]:
    with clean_process(forks.prepare) as call:
        yield call


def wrong_of(numbers: list[int], folder: Path, really: bool = False) -> list[str]:
    """What is wrong with the cases of these numbers; time is measured by `make prove`: here others are at work, too."""
    return [
        f"{number} {corpus()[number]}: {one}"
        for number in numbers
        for one in problems(corpus()[number], forks.run(corpus()[number], folder, really=really), folder)
        if "seconds" not in one
    ]


def test_some_hundred_cases_hold(tmp_path: Path, clean: Clean) -> None:
    assert clean(wrong_of, list(some(4000 if DEEP else 60)), tmp_path / "case") == []


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__.rpartition(".")[2])
def test_the_real_command_line_holds(tmp_path: Path, family: object, clean: Clean) -> None:
    name = getattr(family, "__name__", "").rpartition(".")[2]
    number = next(number for number, case in enumerate(corpus()) if case.family == name)
    assert clean(wrong_of, [number], tmp_path / "case", True) == []


def test_every_field_of_every_kind_is_filled() -> None:
    fields = {f"{name}.{field}" for name, kind in KINDS.items() for field in fields_of(kind)}
    assert {slot for slot, _, _ in slots()} == fields
    for family in ("numbers", "words"):
        assert fields <= {case.slot for case in corpus() if case.family == family}
    assert len(corpus()) >= 5000


@pytest.mark.parametrize("kind", ["conv2d", "linear", "add", "slice", "batch_norm3d"])
def test_what_a_field_is_filled_in_is_a_network(kind: str) -> None:
    from archcalc import check_text

    report = check_text(written(with_field(KINDS[kind])).decode())
    assert not report.doubts, report.errors


def killed(folder: Path, every: int, command: str = "") -> list[kills.Killed]:
    return list(kills.killed(folder, every, command))


def test_kills_leave_nothing_half(tmp_path: Path, clean: Clean) -> None:
    found = clean(killed, tmp_path / "net", 1 if DEEP else 40)
    assert not [one for one in found if one.wrong]
    assert {one.command for one in found} == {"generate", "generate again", "fix"}
    assert any(one.left for one in found)


# What is wrong on purpose is seen.


def evil(act: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each check do something besides."""
    import archcalc.cli.check as command

    before = command.command.callback
    assert before is not None

    def also(**options: object) -> None:
        act()
        before(**options)

    monkeypatch.setattr(command.command, "callback", also)


def connect() -> None:
    with socket.socket() as one:
        one.close()


EVIL: dict[str, tuple[Callable[[], object], str]] = {
    "prints raw": (lambda: os.write(1, b"\x1b[31m"), "raw U+001B"),
    "prints a raw C1": (lambda: os.write(2, "\x9b".encode()), "raw U+009B"),
    "forges a line": (lambda: os.write(1, f"\n{FORGED}\n".encode()), "forged line"),
    "writes beside": (lambda: Path("more.txt").write_text("x"), "open"),
    "writes outside": (lambda: Path("../more.txt").write_text("x"), "writes outside"),
    "makes a folder": (lambda: Path(CANARY).mkdir(), f"there is a {CANARY}"),
    "removes": (lambda: Path(SPEC).unlink(), "os.remove"),
    "renames": (lambda: Path(SPEC).rename("other"), "os.rename"),
    "reads outside": (lambda: Path("../outside/secret.yaml").read_text(), "reads"),
    "follows a link": (lambda: Path("link.yaml").read_text(), "reads"),
    "shows what is outside": (lambda: os.write(1, b"SECRET"), "shows what is outside"),
    "runs a program": (lambda: subprocess.run([sys.executable, "-c", ""], check=False), "subprocess"),
    "asks a shell": (lambda: os.system("true"), "os.system"),
    "runs code": (lambda: exec(f"def {CANARY}(): pass"), "hostile"),
    "opens a socket": (connect, "socket"),
    "raises": (lambda: 1 / 0, "ends with 3"),
    "is killed": (lambda: os.kill(os.getpid(), 9), "ends with -9"),
    "takes memory": (lambda: b"x" * (600 << 20), "MiB"),
    "leaves a file": (lambda: Path(".a.abcd1234.archcalc-new").write_text("x"), "it leaves"),
}


def before_and_after_harm(name: str, folder: Path) -> tuple[list[str], list[str]]:
    case = Case("evil", "", name, ("check", SPEC, "--no-laws"), {SPEC: SMALL})
    base = forks.run(case, folder)
    before = list(problems(case, base, folder, base.kib))
    with pytest.MonkeyPatch.context() as patch:
        evil(EVIL[name][0], patch)
        return before, list(problems(case, forks.run(case, folder), folder, base.kib))


@pytest.mark.parametrize("name", EVIL)
def test_harm_is_seen(name: str, tmp_path: Path, clean: Clean) -> None:
    before, found = clean(before_and_after_harm, name, tmp_path / "case")
    assert before == []
    assert any(EVIL[name][1] in one for one in found), found


def same(text: str) -> str:
    return text


WALLS: dict[str, tuple[tuple[str, ...], dict[str, object]]] = {
    "the console and usage errors": (
        ("kinds", "--", "\x1b[31m"),
        {"archcalc.cli.terminal.visible": same, "archcalc.cli.main.in_one_line": same},
    ),
    "usage errors in one line": (("kinds", "--", f"\n{FORGED}"), {"archcalc.cli.main.in_one_line": same}),
    "the console": (("kinds", "conv2d"), {"archcalc.cli.terminal.visible": lambda text: f"{text}\x9b"}),
    "comments and docstrings": (
        GENERATE,
        {
            "archcalc.targets.python.source.comment": source.Code,
            "archcalc.targets.generate.environment": generate.environment.__wrapped__,
        },
    ),
    "rows in a file": (
        ("sweep", SPEC, "--input", "H=8", "--out", "rows.csv"),
        {"archcalc.reports.sweep._cell": lambda _: "\x9b", "archcalc.cli.terminal.visible": same},
    ),
}


def with_and_without(wall: str, folder: Path) -> tuple[list[str], list[str]]:
    arguments, broken = WALLS[wall]
    case = Case("evil", "name", "odd", arguments, {SPEC: ODD})
    held = list(problems(case, forks.run(case, folder), folder))
    with pytest.MonkeyPatch.context() as patch:
        for name, instead in broken.items():
            patch.setattr(name, instead)
        return held, list(problems(case, forks.run(case, folder), folder))


@pytest.mark.parametrize("wall", WALLS)
def test_each_wall_is_what_holds(wall: str, tmp_path: Path, clean: Clean) -> None:
    held, found = clean(with_and_without, wall, tmp_path / "case")
    assert held == []
    assert found != []


LEFT, RENAME = "    remove_left(folder)\n", "            os.rename(new, folder)\n"
COPIED = "            folder.mkdir()\n            for one in new.iterdir():\n                shutil.copy(one, folder)\n"


def seen_when_broken(command: str, old: str, new: str, says: str, folder: Path) -> bool:
    """Whether a kill shows what is broken; the first that does is enough."""
    text = Path(file_replacement.__file__).read_text("utf-8")
    assert old in text
    broken: dict[str, object] = {"__name__": "broken"}
    exec(compile(text.replace(old, new), file_replacement.__file__, "exec"), broken)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealed_files, "write_files", broken["write_files"])
        patch.setattr(sealed_files, "remove_left", broken["remove_left"])
        return any(says in wrong for one in kills.killed(folder, 9, command) for wrong in one.wrong)


@pytest.mark.parametrize(
    ("command", "old", "new", "says"),
    [
        (
            "generate again",
            LEFT,
            f"{LEFT}    for name in files:\n        (folder / name).write_bytes(b'')\n",
            "neither",
        ),
        ("generate", RENAME, COPIED, "neither old nor new"),
        ("generate again", LEFT, "", "does not mend"),
    ],
    ids=["a file is emptied first", "a folder is filled in its place", "nothing is tidied up"],
)
def test_what_is_half_is_seen(command: str, old: str, new: str, says: str, tmp_path: Path, clean: Clean) -> None:
    assert clean(seen_when_broken, command, old, new, says, tmp_path / "net")
