"""What must hold of a case, whatever it is. Each sentence is a way to break a promise of docs/security.md."""

from __future__ import annotations

import ast
import json
import os
from collections.abc import Iterator
from pathlib import Path

from tests.hostile.case import CANARY, FORGED, Case
from tests.hostile.forks import Ran

MOST_SECONDS = 2.0
"""Of CPU, for a command; the goal is one."""

SECONDS_EACH = 0.4
"""Of CPU, for each further member of a family that ``generate`` writes, of which there are 100 at most."""

SECONDS_A_ROW = 0.0005
"""Of CPU, for each row of a ``sweep``, which may be a network of its own."""

MOST_GROWTH = 512 << 10
"""How many KiB a fork may take beyond what the process that it is of has."""

_KNOWN = {0, 1, 2}
_OUTSIDE = ("home", "outside", "outside/secret.yaml", "home/secret.yaml", "stdin", "stdout", "stderr", "events", "work")
_WRITERS = ("generate", "fix", "sweep", "draw")


def problems(case: Case, ran: Ran, folder: Path, base_kib: int = 0) -> Iterator[str]:
    """What a case broke."""
    yield from _ended(case, ran, base_kib)
    yield from _printed(case, ran)
    yield from _done(case, ran, folder)
    yield from _written(case, folder)


def _ended(case: Case, ran: Ran, base_kib: int) -> Iterator[str]:
    if ran.status not in _KNOWN:
        yield f"it ends with {ran.status}"
    if ran.seconds > _most_seconds(case.arguments[0] if case.arguments else "", ran.out):
        yield f"it takes {ran.seconds:.1f} seconds"
    if base_kib and ran.kib - base_kib > MOST_GROWTH:
        yield f"it takes {(ran.kib - base_kib) >> 10} MiB"


def _most_seconds(command: str, out: bytes) -> float:
    """So much, and more for members, which are few, and for rows, which the command asks for (docs/security.md)."""
    lines = out.splitlines()
    if command == "generate":
        members = sum(line.startswith(b"out/") for line in lines)
        return MOST_SECONDS + SECONDS_EACH * max(0, members - 1)
    return MOST_SECONDS + (SECONDS_A_ROW * len(lines) if command == "sweep" else 0)


def _printed(case: Case, ran: Ran) -> Iterator[str]:
    for name, data in (("stdout", ran.out), ("stderr", ran.err)):
        text = data.decode("utf-8", "surrogateescape")
        for line in text.split("\n"):
            if not line.isprintable():
                yield f"{name} has a raw {_odd(line)}"
                break
        if any(line.lstrip("% #").startswith(FORGED) for line in text.split("\n")):
            yield f"{name} has a forged line"
        if "Traceback" in text or "error of its own" in text:
            yield f"{name} has an error of our own: {text.strip().splitlines()[-1][:200]}"
        if "SECRET" in text:
            yield f"{name} shows what is outside"
    if "json" in case.arguments and ran.out and ran.status in (0, 1):
        try:
            json.loads(ran.out)
        except ValueError as error:
            yield f"the JSON is none: {error}"


def _done(case: Case, ran: Ran, folder: Path) -> Iterator[str]:
    work = str(folder / "work") + os.sep
    trusted = [os.path.abspath(folder / "work" / argument) for argument in case.arguments if "\0" not in argument]
    trusted += [f"{path}{os.sep}" for path in trusted]
    for sort, event, *about in ran.events:
        if sort == "never" and not _asks_git(case, event, about):
            yield f"{event} {about}"
        elif sort == "read" and not all(
            path.startswith((work, str(folder / "stdin"))) or path in trusted for path in about
        ):
            if not _is_harmless(about[0]) and not about[0].startswith(tuple(trusted)):
                yield f"it reads {about}"
        elif sort == "change":
            may = case.arguments[0] in _WRITERS
            inside = [
                path.startswith((work, *trusted)) or path + os.sep == work or path in ("/dev/null",) for path in about
            ]
            # A folder that the command line names may need those above it, which are asked for from the inside out.
            above = event == "os.mkdir" and any(path.startswith(about[0] + os.sep) for path in trusted)
            if not may or not (above or all(inside)):
                yield f"{event} {about}"


def _asks_git(case: Case, event: str, about: list[str]) -> bool:
    """Whether this is the one program that one command starts, and by its name: no shell, nothing of the case's."""
    wanted = case.arguments[0] == "diff" and any(argument.startswith("--git") for argument in case.arguments)
    return wanted and event == "subprocess.Popen" and about[0] == "git" and about[1].startswith("['git', '-C', '/")


def _is_harmless(path: str) -> bool:
    # What Python and the C library look at by themselves.
    return path.startswith(("/dev/urandom", "/usr/share/zoneinfo", "/etc/localtime", "/proc/self/fd", "/dev/fd"))


def _written(case: Case, folder: Path) -> Iterator[str]:
    there = {
        str(path.relative_to(folder)) for path in folder.rglob("*") if "work/" not in f"{path.relative_to(folder)}/"
    }
    more = there - {*_OUTSIDE}
    if more and not any(argument.startswith("..") for argument in case.arguments):
        yield f"it writes outside: {sorted(more)}"
    for path in (folder / "work").rglob("*"):
        name = str(path.relative_to(folder / "work"))
        if path.name == CANARY:
            yield f"there is a {CANARY}"
        if path.name.endswith(".archcalc-new"):
            yield f"it leaves {name}"
        if name.startswith("out/") and path.is_file():
            if not set(name) <= set("abcdefghijklmnopqrstuvwxyzREADME0123456789_./"):
                yield f"it writes {name!a}"
            yield from _generated(path, path.read_text("utf-8"))
        if name == "out.html":
            yield from _page(path.read_text("utf-8"))
        if name == "rows.csv" and not all(line.isprintable() for line in path.read_text("utf-8").split("\n")):
            yield "the CSV has a raw character"


def _page(text: str) -> Iterator[str]:
    """What is wrong with a page: its scripts are three, and two of them its own."""
    if text.count("<script") != 3 or text.count("</script") != 3:
        yield "the page has a script of the spec's"
    title = text.partition("<title>")[2].partition("</title>")[0]
    if "<" in title or not title.isprintable():
        yield "the title of the page has markup"


def _generated(path: Path, text: str) -> Iterator[str]:
    if not all(line.isprintable() for line in text.split("\n")):
        yield f"{path.name} has a raw {_odd(text.replace(chr(10), ''))}"
    if any(line.startswith(FORGED) for line in text.split("\n")):
        yield f"{path.name} has a forged line"
    if path.suffix == ".py":
        for node in ast.walk(ast.parse(text)):
            # A class may be called after the network; what is hostile imports, or makes a folder.
            made = (
                isinstance(node, ast.Attribute)
                and node.attr == "mkdir"
                and path.name not in ("checkpoint.py", "packed.py")
            )
            if made or (isinstance(node, ast.Name) and node.id == "__import__"):
                yield f"{path.name} has code that is hostile"


def _odd(text: str) -> str:
    return next((f"U+{ord(sign):04X}" for sign in text if not sign.isprintable()), "nothing")
