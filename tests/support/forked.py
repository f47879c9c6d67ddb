"""Python programs as in processes of their own, without the seconds in which each would import torch.

One process imports what they have in common and runs nothing; each program is a fork of it. What a program forgets to
import may be there, so that one of each sort runs in an interpreter of its own, too.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import sys
from functools import cache
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext
from pathlib import Path
from subprocess import CompletedProcess
from tempfile import TemporaryDirectory
from unittest.mock import patch

# torch imports `torch._dynamo` at an optimiser's first step, which takes as long as torch itself.
_IN_COMMON = ["torch._dynamo", "sklearn.datasets", "PIL.Image", "rich.progress", "hypothesis", "pytest"]


@cache
def _server() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_IN_COMMON)
    # Coverage would follow every import, and what is generated is not what it measures.
    uncovered = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    with patch.dict(os.environ, uncovered, clear=True):
        forkserver.ensure_running()
    return context


def forked(folder: Path, *program: str, seconds: float | None = None) -> CompletedProcess[str]:
    """What ``python PROGRAM`` does in a folder; the program is a file, or ``-m`` and a module, with its arguments.

    After so many ``seconds`` it is ended, and has not succeeded.
    """
    with TemporaryDirectory() as out:
        printed, told = Path(out, "stdout"), Path(out, "stderr")
        process = _server().Process(target=_run, args=(folder, program, printed, told))
        process.start()
        process.join(seconds)
        if process.exitcode is None:
            process.kill()
            process.join()
        assert process.exitcode is not None
        return CompletedProcess(program, process.exitcode, printed.read_text("utf-8"), told.read_text("utf-8"))


def forked_code(folder: Path, code: str) -> CompletedProcess[str]:
    """What ``python -c CODE`` does in a folder."""
    with TemporaryDirectory() as place:
        program = Path(place, "program.py")
        program.write_text(code, "utf-8")
        return forked(folder, str(program))


def _run(folder: Path, program: tuple[str, ...], printed: Path, told: Path) -> None:
    for number, path in ((1, printed), (2, told)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
    os.chdir(folder)
    if program[0] == "-m":
        _, name, *sys.argv[1:] = program
        sys.path.insert(0, str(folder))
        runpy.run_module(name, run_name="__main__", alter_sys=True)
    else:
        sys.argv[:] = program
        sys.path.insert(0, str(folder))
        runpy.run_path(program[0], run_name="__main__")
