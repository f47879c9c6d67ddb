"""The tests of a fork: pytest over some files, of which some tests run, in a given order."""

from __future__ import annotations

import resource
import signal
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import NoReturn

import pytest

_OPTIONS = (
    *("-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:cov", "-p", "no:terminalreporter"),
    *("-p", "no:unraisableexception", "-p", "no:threadexception"),  # which collect garbage again and again
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
)


class Chosen:
    """Of what is collected, the tests of these names, in this order; and which of them failed first.

    Each has seconds of CPU. One that takes longer is out of time, and ends the process with what ``late`` does.
    """

    def __init__(self, seconds: Mapping[str, float], late: Callable[[str], NoReturn]) -> None:
        self._seconds = seconds
        self._places = {name: place for place, name in enumerate(seconds)}
        self._late = late
        self.ran = 0
        self.failed = ""

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted((i for i in items if i.nodeid in self._places), key=lambda i: self._places[i.nodeid])

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        signal.signal(signal.SIGPROF, lambda *_: self._late(item.nodeid))
        signal.setitimer(signal.ITIMER_PROF, self._seconds[item.nodeid])
        result = yield
        signal.setitimer(signal.ITIMER_PROF, 0)
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.ran += report.when == "call"
        if report.failed and not self.failed:
            self.failed = report.nodeid

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed and not self.failed:
            self.failed = f"{report.nodeid} (import)"


def run(chosen: Chosen, names: Collection[str], here: Path) -> None:
    """Run some tests, until one fails."""
    files = sorted(files_of(names))
    status = pytest.main([*_OPTIONS, f"--basetemp={here / 'pytest'}", *files], [chosen])
    if status not in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED} and not chosen.failed:
        chosen.failed = f"{files[0]} (pytest)"


class Recorder:
    """The blocks that each passing test of a file reaches, and its seconds of CPU; what import reaches is under ""."""

    def __init__(self, reached: set[str]) -> None:
        self._reached = reached
        self._passed = False
        self.tests: dict[str, tuple[float, list[str]]] = {}

    def pytest_collection_finish(self) -> None:
        self.tests[""] = (0.0, sorted(self._reached))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._passed = self._passed and not report.failed and not report.skipped

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._reached.clear()
        self._passed = True
        before = _cpu()
        result = yield
        if self._passed:
            self.tests[item.nodeid] = (round(_cpu() - before, 4), sorted(self._reached))
        return result


def recorded(file: str, reached: set[str], here: Path) -> dict[str, tuple[float, list[str]]]:
    """What each test of a file reaches, of the blocks that add themselves to ``reached``."""
    recorder = Recorder(reached)
    pytest.main([*_OPTIONS[1:], f"--basetemp={here / 'pytest'}", file], [recorder])
    return recorder.tests


def _cpu() -> float:
    own, others = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    waited = own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime
    return max(waited, time.process_time())


def files_of(names: Collection[str]) -> set[str]:
    """The files of some tests."""
    return {name.partition("::")[0] for name in names}
