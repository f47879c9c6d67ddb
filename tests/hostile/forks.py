"""Cases, each run in a process of its own within limits, without the half second that its imports would take.

A process imports archcalc once and forks for each case. Some cases run the real command line, for what a fork cannot
show: how the process starts, reads its arguments, and ends.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import sys
import traceback
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import msgspec

from tests.hostile.case import Case
from tests.hostile.watch import watch

MOST_CPU = 20
"""Seconds after which a case is ended."""

MOST_WAITING = 300
"""Seconds after which it is ended though it does nothing: others may use the processor, too."""

MOST_BYTES = 3 << 30
"""Of memory of its own; what is imported takes a part of it. Address space is none: V8 reserves terabytes of it."""

MOST_WRITTEN = 64 << 20

CRASHED = 97
"""The exit status for an exception that went through, traceback and all."""

_BOOT = "import sys; from tests.hostile.forks import real; real()"


class Ran(msgspec.Struct):
    """How a case ended: its status, negative for a signal, what it printed and did, and what it took."""

    status: int
    out: bytes
    err: bytes
    events: list[list[str]]
    seconds: float
    kib: int


def prepare() -> None:
    """Import all of archcalc and what it uses, so that a fork has it."""
    import jinja2  # noqa: F401
    import numpy  # noqa: F401
    import sympy  # noqa: F401

    import archcalc

    for module in walk_packages(archcalc.__path__, "archcalc."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    # What is imported at the first use of something: run a command of each sort once.
    from click.testing import CliRunner

    from archcalc.cli.main import cli

    for arguments in (
        ["check", "lenet5"],
        ["law", "lenet5"],
        ["sweep", "lenet5", "--input", "H=30:34"],
        ["fix", "lenet5"],
        ["generate", "lenet5", "--target", "torch", "--check"],
        ["kinds"],
    ):
        CliRunner().invoke(cli, arguments)


def run(case: Case, folder: Path, *, really: bool = False) -> Ran:
    """Run a case below an empty folder: in ``work``, beside ``outside``, with ``home``."""
    lay_out(case, folder)
    pid = os.fork()
    if not pid:
        _child(case, folder, really)
    _, ended, used = os.wait4(pid, 0)
    # Not by msgspec, which refuses the lone surrogates that a file's name may have.
    events = [json.loads(line) for line in (folder / "events").read_bytes().splitlines()]
    return Ran(
        status=os.waitstatus_to_exitcode(ended),
        out=(folder / "stdout").read_bytes(),
        err=(folder / "stderr").read_bytes(),
        events=events,
        seconds=used.ru_utime + used.ru_stime,
        kib=used.ru_maxrss,
    )


def lay_out(case: Case, folder: Path) -> None:
    """The files of a case, and around them what it must not reach."""
    shutil.rmtree(folder, ignore_errors=True)
    work, outside = folder / "work", folder / "outside"
    for made in (work / "folder.yaml", work / "blocks", outside, folder / "home"):
        made.mkdir(parents=True)
    secret = "archcalc: 1\nname: SECRET\nlayers:\n  - {kind: relu, SECRET: 1}\n"
    for place in (outside, folder / "home"):
        (place / "secret.yaml").write_text(secret, "utf-8")
    (work / "link.yaml").symlink_to("../outside/secret.yaml")
    (work / "linked").symlink_to("../outside")
    os.mkfifo(work / "pipe.yaml")
    for name, data in case.files.items():
        path = work / name
        if not path.is_dir() and not path.is_symlink():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    (folder / "stdin").write_bytes(case.stdin)
    for name in ("stdout", "stderr", "events"):
        (folder / name).write_bytes(b"")


def _child(case: Case, folder: Path, really: bool) -> None:
    """Become the process of a case, and end with its status."""
    status = CRASHED
    try:
        for number, (name, flags) in enumerate(
            (("stdin", os.O_RDONLY), ("stdout", os.O_WRONLY), ("stderr", os.O_WRONLY))
        ):
            os.dup2(os.open(folder / name, flags), number)
        events = os.open(folder / "events", os.O_WRONLY | os.O_APPEND)
        os.chdir(folder / "work")
        os.environ.update(HOME=str(folder / "home"), COLUMNS="", NO_COLOR="")
        _limit()
        if really:
            os.set_inheritable(events, True)
            os.environ["PYTHONPATH"] = str(Path(__file__).parents[2])
            os.environ["ARCHCALC_EVENTS"] = str(events)
            os.execv(sys.executable, [sys.executable, "-c", _BOOT, *case.arguments])
        sys.stdin, sys.stdout, sys.stderr = (
            os.fdopen(number, "w" if number else "r", encoding="utf-8", closefd=False) for number in range(3)
        )
        sys.argv = ["archcalc", *case.arguments]
        from archcalc.cli.main import main

        watch(events)
        try:
            main()
            status = 0
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 1
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(status)


def real() -> None:
    """The real command line, watched."""
    watch(int(os.environ.pop("ARCHCALC_EVENTS")), importing=True)
    from archcalc.__main__ import main

    sys.argv[0] = "archcalc"
    main()


def _limit() -> None:
    for limit, most in (
        (resource.RLIMIT_CPU, MOST_CPU),
        (resource.RLIMIT_DATA, MOST_BYTES),
        (resource.RLIMIT_FSIZE, MOST_WRITTEN),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    signal.alarm(MOST_WAITING)
