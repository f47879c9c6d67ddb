"""One mutant against the tests that reach it."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.mutation.changes import mutated
from tests.mutation.forks import ARCHCALC, Project, in_fork, rewrite_modules
from tests.mutation.reach import Reach, batches
from tests.mutation.suite import run

ALIVE, KILLED, TIMED_OUT = "alive", "killed", "killed: out of time"


class Trials:
    """Tries mutants against the tests of a map, with at most so many seconds of tests for each.

    A test that fails is believed once it has passed without the mutant, in a fork of its own. A batch of tests is out
    of time after three times its time without the mutant, and ``patience`` seconds.
    """

    def __init__(self, reach: Reach, seconds: float, project: Project = ARCHCALC, patience: int = 4) -> None:
        self._reach = reach
        self._project = project
        self._patience = patience
        self._seconds = seconds
        self._sound: dict[str, bool] = {}

    def of(self, path: str, key: str, block: str) -> tuple[str, str | None, int]:
        """The verdict on a mutant, the test that killed it, and how many tests ran."""
        written = self._mutating(path, key)
        ran = 0
        for batch in batches(self._reach.of(block), self._seconds):
            names = list(batch)
            while names:
                expected = sum(self._reach.by_name[name].seconds for name in names)
                (count, failed), timed_out = self._tried(written, names, expected)
                ran += count
                if timed_out:
                    return TIMED_OUT, None, ran
                if not failed:
                    break
                if failed not in self._reach.by_name or self._is_sound(failed):
                    return KILLED, failed, ran
                names = names[names.index(failed) + 1 :]
        return ALIVE, None, ran

    def _is_sound(self, test: str) -> bool:
        if test not in self._sound:
            (_, failed), _ = self._tried(None, [test], self._reach.by_name[test].seconds)
            self._sound[test] = not failed
        return self._sound[test]

    def _tried(
        self, written: Callable[[str, ast.Module], ast.Module | None] | None, names: list[str], expected: float
    ) -> tuple[tuple[int, str], bool]:
        def work(here: Path) -> Any:
            if written is not None:
                rewrite_modules(self._project, written)
            return run(names, here)

        answer, ended = in_fork(work, cpu_seconds=int(self._patience + 3 * expected), project=self._project)
        if ended == "died":
            return (0, "the process (died)"), False
        return (tuple(answer) if answer else (0, "")), ended == "out of time"

    def _mutating(self, path: str, key: str) -> Callable[[str, ast.Module], ast.Module | None]:
        tree = mutated(self._project.text(path), path, key)
        return lambda at, _: tree if at == path else None
