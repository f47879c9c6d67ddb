"""Generate and fix, killed at every step of what they do to files: what is left is the old or the new.

A step is a line that runs of the module that writes, so that there is one before and one after each change of the
disk. The process ends by SIGKILL, so that nothing is tidied up. Then the same command runs again, and must give what
it gives when nobody kills it.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec

from archcalc.language.file_replacement import SUFFIX

_CODE = "file_replacement.py"
_READS = "read_plain"
_BEFORE = "archcalc: 1\nname: Old\ninput: [3, 16, 16]\nlayers:\n"
_CONV = "  - {{name: conv, kind: conv2d, out_channels: {}, kernel_size: 3}}\n"
_WRONG = "  - {kind: flatten}\n  - {name: fc, kind: linear, in_features: 7, out_features: 10}\n"


class Killed(msgspec.Struct):
    """What was left by a process that was killed at a place: ``state`` is old, new, or, of several files, between."""

    command: str
    place: int
    event: str
    state: str
    left: int
    wrong: list[str]


def killed(folder: Path, every: int = 1, command: str = "") -> Iterator[Killed]:
    """Kill each command, or one, at each place, or at one of ``every`` so many, until it goes through."""
    for name, start, arguments in _COMMANDS:
        if command not in ("", name):
            continue
        begun = folder.with_name("begun")
        for made in (begun, folder):
            shutil.rmtree(made, ignore_errors=True)
            made.mkdir(parents=True)
        start(begun)
        old = _state(begun)
        for place in range(0, 10_000, every):
            shutil.rmtree(folder)
            shutil.copytree(begun, folder)
            if not place:
                _run(arguments, folder)
                new = _state(folder)
                continue
            event = _run(arguments, folder, place)
            if event is None:
                break
            yield _judged(name, place, event, folder, old, new, arguments)


def _judged(
    name: str, place: int, event: str, folder: Path, old: dict[str, bytes], new: dict[str, bytes], arguments: list[str]
) -> Killed:
    found = _state(folder)
    there = {path: data for path, data in found.items() if SUFFIX not in path}
    wrong = [
        f"{path} is neither old nor new"
        for path in {*old, *new, *there}
        if there.get(path) not in (old.get(path), new.get(path))
    ]
    state = "old" if there == old else "new" if there == new else "between"
    if state == "between" and name != "generate again":
        wrong.append("it is neither old nor new")
    _run(arguments, folder)
    if _state(folder) != new:
        wrong.append("the next run does not mend it")
    return Killed(name, place, event, state, len(found) - len(there), wrong)


def _state(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != "event")
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def _first(folder: Path) -> None:
    (folder / "net.yaml").write_text(_BEFORE + _CONV.format(4), "utf-8")


def _again(folder: Path) -> None:
    _first(folder)
    _run(_GENERATE, folder)
    (folder / "out" / "net" / "run").mkdir()
    (folder / "out" / "net" / "run" / "last.pt").write_bytes(b"mine")
    (folder / "out" / "net" / "notes.txt").write_bytes(b"mine")
    (folder / "net.yaml").write_text(_BEFORE.replace("Old", "New") + _CONV.format(5), "utf-8")


def _wrong(folder: Path) -> None:
    (folder / "net.yaml").write_text(_BEFORE + _CONV.format(4) + _WRONG, "utf-8")


_GENERATE = ["generate", "net.yaml", "--target", "torch", "--out", "out"]
_COMMANDS: tuple[tuple[str, Callable[[Path], None], list[str]], ...] = (
    ("generate", _first, _GENERATE),
    ("generate again", _again, _GENERATE),
    ("fix", _wrong, ["fix", "net.yaml", "--apply", "1"]),
)


def _run(arguments: list[str], folder: Path, place: int = 0) -> str | None:
    """Run a command in a fork, killed at the event of a number; which one that was, ``None`` where it went through."""
    pid = os.fork()
    if not pid:
        try:
            os.chdir(folder)
            null = os.open(os.devnull, os.O_RDWR)
            for number in range(3):
                os.dup2(null, number)
            sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
            from archcalc.cli.main import main

            sys.argv = ["archcalc", *arguments]
            if place:
                _kill_at(place, folder / "event")
            main()
        except SystemExit:
            pass
        finally:
            os._exit(0)
    _, ended = os.waitpid(pid, 0)
    if os.waitstatus_to_exitcode(ended) != -signal.SIGKILL:
        return None
    return (folder / "event").read_text("utf-8")


def _kill_at(place: int, told: Path) -> None:
    seen = 0
    handle = os.open(told, os.O_WRONLY | os.O_CREAT)

    def reached(what: str) -> None:
        nonlocal seen
        seen += 1
        if seen == place:
            os.write(handle, what.encode())
            os.kill(os.getpid(), signal.SIGKILL)

    def traced(frame: FrameType, event: str, _argument: Any) -> Any:
        if not frame.f_code.co_filename.endswith(_CODE) or frame.f_code.co_name == _READS:
            return None
        if event == "line":
            reached(f"{os.path.basename(frame.f_code.co_filename)}:{frame.f_lineno}")
        return traced

    sys.settrace(traced)
