"""One mutant against the tests that reach it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import CodeType
from typing import NoReturn

import msgspec

from tests.mutation.changes import mutated
from tests.mutation.forks import ARCHCALC, Project, compiled, in_fork, rewrite_modules
from tests.mutation.reach import Reach, batches
from tests.mutation.suite import Chosen, run

ALIVE, KILLED, TIMED_OUT = "alive", "killed", "killed: out of time"


class Tried(msgspec.Struct):
    """How many tests ran, and which failed, or was out of time, if one did."""

    ran: int = 0
    failed: str = ""
    late: bool = False


class Trials:
    """Tries mutants against the tests of a map, with at most so many seconds of tests for each.

    A test that fails, or is out of time, is believed once it has passed without the mutant, in a fork of its own.
    It is out of time after ten times what the map says, and ``patience`` seconds.
    """

    def __init__(self, reach: Reach, seconds: float, project: Project = ARCHCALC, patience: float = 5) -> None:
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
                tried = self._tried(written, names)
                ran += tried.ran
                if not tried.failed:
                    break
                if tried.failed not in self._reach.by_name or self._is_sound(tried.failed):
                    return TIMED_OUT if tried.late else KILLED, tried.failed, ran
                names = names[names.index(tried.failed) + 1 :]
        return ALIVE, None, ran

    def _is_sound(self, test: str) -> bool:
        if test not in self._sound:
            self._sound[test] = not self._tried(None, [test]).failed
        return self._sound[test]

    def _tried(self, written: Callable[[str], CodeType | None] | None, names: list[str]) -> Tried:
        tests = [self._reach.by_name[name] for name in names]
        seconds = {test.name: self._patience + 10 * (test.seconds + test.shared) for test in tests}

        def work(answer: Callable[[object], NoReturn], here: Path) -> NoReturn:
            if written is not None:
                rewrite_modules(self._project, written)
            chosen = Chosen(seconds, lambda name: answer(Tried(chosen.ran, name, True)))
            run(chosen, names, here)
            answer(Tried(chosen.ran, chosen.failed))

        # Beyond the last test's own limit, for what does not end outside of tests, or hears no signal.
        limit = 60 + sum(seconds.values())
        told = in_fork(work, cpu_seconds=int(limit), project=self._project)
        return Tried(0, "the process, which died") if told is None else msgspec.convert(told, Tried)

    def _mutating(self, path: str, key: str) -> Callable[[str], CodeType | None]:
        code = compiled(self._project, path, mutated(self._project.text(path), path, key))
        return lambda at: code if at == path else None
