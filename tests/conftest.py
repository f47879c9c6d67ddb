"""What every test shares: one thread for torch, an end to what hangs, and how hard Hypothesis looks."""

import faulthandler
import gc
import os
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module

import pytest
from hypothesis import HealthCheck, settings

_DEEP = os.environ.get("ARCHCALC_DEEP") == "1"
_LONGEST = 900.0
"""Seconds that a test may take: Hypothesis alone takes up to 300 to shrink what it found."""
_TRACES = pytest.StashKey[int]()
"""The file descriptor of standard error as it is where pytest does not capture it."""


def pytest_configure(config: pytest.Config) -> None:
    """Import torch wherever tests run, and so not in the process that hands them out to others."""
    with config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        config.stash[_TRACES] = os.dup(2)
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        import torch

        # On shared cores torch's own threads wait for each other: measured 41 s against 0.3 s.
        torch.set_num_threads(1)


def pytest_collection_finish() -> None:
    """Search for garbage less often, and not in what stands by now, torch and thousands of tests.

    Measured: a tenth of the time of all tests.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """End the process of a test that hangs, with a trace of each thread: it fails by its name, and the rest goes on."""
    if not _DEEP:
        faulthandler.dump_traceback_later(_LONGEST, exit=True, file=item.config.stash[_TRACES])
    try:
        return (yield)
    finally:
        faulthandler.cancel_dump_traceback_later()


# Reports are as wide as they are, and plain, whatever terminal the tests run in. readline, once loaded, puts COLUMNS
# into the environment of child processes behind Python's back.
with suppress(ImportError):
    import_module("readline")
for _name in ("COLUMNS", "LINES", "NO_COLOR"):
    os.environ.pop(_name, None)
    os.unsetenv(_name)

_SLOW_IS_FINE = [HealthCheck.too_slow, HealthCheck.data_too_large]

settings.register_profile(
    "default",
    # What a run finds at once. Depth is `make deep`'s: of 77 rules broken on purpose the contract finds 71 with 50
    # examples and 74 with 100; each that is known has a test of its own, with as many as it needs.
    max_examples=25,
    deadline=None,
    derandomize=os.environ.get("CI") == "true",
    suppress_health_check=_SLOW_IS_FINE,
)
settings.register_profile("deep", settings.get_profile("default"), max_examples=10_000, derandomize=False)
settings.load_profile("deep" if _DEEP else "default")
