"""A process that has imported what the tests need, except archcalc: each trial is a fork of it.

To import torch and sympy takes seconds, archcalc a tenth of one. A fork may write one module of archcalc otherwise
before anything imports it, so that what others take from it by name, its tables and its classes are changed with it.
"""

from __future__ import annotations

import ast
import gc
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from importlib.machinery import SourceFileLoader
from pathlib import Path
from tempfile import TemporaryDirectory
from types import CodeType
from typing import Any, NamedTuple, NoReturn

import msgspec


class Project(NamedTuple):
    """Where the code and the tests stand: ``package``, and ``tests``, below the root."""

    root: Path
    package: str

    def text(self, path: str) -> bytes:
        """A file, by its path below the root."""
        return (self.root / path).read_bytes()


ARCHCALC = Project(Path(__file__).parents[2], "archcalc")

_IN_COMMON = (
    *("torch", "torch._dynamo", "torch.utils.flop_counter", "torchinfo", "sklearn.datasets", "PIL.Image"),
    *("numpy", "sympy", "sympy.printing.latex", "jinja2", "yaml", "click", "click.testing", "jsonschema_rs", "lark"),
    *("latex2mathml.converter", "rich.progress", "hypothesis", "hypothesis.strategies", "pytest", "_pytest.pytester"),
)
_MEMORY = 6 << 30


def import_in_common() -> None:
    """Import what forks share. Raises AssertionError if archcalc comes with it."""
    os.environ["CI"] = "true"  # Hypothesis draws the same examples in every run
    for name in _IN_COMMON:
        with suppress(ImportError):
            import_module(name)
    assert "archcalc" not in sys.modules
    gc.collect()
    gc.freeze()  # what is here stays, and collections in forks pass it by: they took most of a short trial


def in_fork(
    work: Callable[[Callable[[object], NoReturn], Path], NoReturn], *, cpu_seconds: int, project: Project = ARCHCALC
) -> Any:
    """What ``work`` answers in a fork, or ``None`` where it dies, or is out of time, before that.

    ``work`` gets what takes its answer, for JSON, and an empty folder. Time is the fork's own, so that a busy machine
    takes none of it; a fork that waits for ever is stopped after ten times as long. Raises RuntimeError where
    ``work`` raises anything.
    """
    with TemporaryDirectory(prefix="mutants-") as folder:
        here = Path(folder)
        child = os.fork()
        if not child:
            _work(work, here, cpu_seconds, project.root)
        _wait_for(child, time.monotonic() + 10 * cpu_seconds)
        with suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)  # what it started
        if (here / "error.txt").exists():
            raise RuntimeError((here / "error.txt").read_text("utf-8"))
        answer = here / "answer.json"
        return msgspec.json.decode(answer.read_bytes()) if answer.exists() else None


def _wait_for(child: int, until: float) -> None:
    pause = 0.005
    while not os.waitpid(child, os.WNOHANG)[0]:
        if time.monotonic() > until:
            os.killpg(child, signal.SIGKILL)
        time.sleep(pause)
        pause = min(pause * 1.2, 0.1)


def _work(
    work: Callable[[Callable[[object], NoReturn], Path], NoReturn], here: Path, cpu_seconds: int, root: Path
) -> NoReturn:
    def answer(told: object) -> NoReturn:
        (here / "answer.json").write_bytes(msgspec.json.encode(told))
        os._exit(0)

    try:
        os.setsid()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in range(3):
            os.dup2(nothing, number)
        spent = int(time.process_time())
        resource.setrlimit(resource.RLIMIT_CPU, (spent + cpu_seconds, spent + cpu_seconds + 5))
        # torch alone maps gigabytes that it never touches.
        mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (mapped + _MEMORY, mapped + _MEMORY))
        os.environ["TMPDIR"] = str(here)
        os.chdir(root)
        work(answer, here)
    except BaseException:
        (here / "error.txt").write_text(traceback.format_exc(), "utf-8")
        os._exit(1)


def rewrite_modules(project: Project, written: Callable[[str], CodeType | None], **names: object) -> None:
    """Have each module of the package that is imported from now on be the code that ``written`` has for it.

    ``written`` gets the path below the root; ``None`` leaves the module as it is. Rewritten modules have ``names``
    beside their own.
    """
    as_it_is = SourceFileLoader.get_code
    package = f"{project.root / project.package}{os.sep}"

    def get_code(self: SourceFileLoader, fullname: str) -> Any:
        code = written(os.path.relpath(self.path, project.root)) if self.path.startswith(package) else None
        return as_it_is(self, fullname) if code is None else code

    import builtins

    for name, value in names.items():
        setattr(builtins, name, value)
    SourceFileLoader.get_code = get_code  # type: ignore[method-assign,assignment]


def compiled(project: Project, path: str, tree: ast.Module) -> CodeType:
    """The code of a module that is written otherwise."""
    return compile(tree, str(project.root / path), "exec", dont_inherit=True)
