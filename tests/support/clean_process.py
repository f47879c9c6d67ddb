"""A process that has no threads, for what forks: a fork of one that has some may wait for them for ever.

What tests run in has threads: that which talks to pytest, V8's where a picture was laid out, torch's.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Protocol, TypeVar

Answer = TypeVar("Answer")
_LONGEST = 600.0


class Clean(Protocol):
    """Calls a function of a module, with what can be pickled, in the process, and gives its answer.

    Raises what it raises, and TimeoutError after 600 s.
    """

    def __call__(self, work: Callable[..., Answer], /, *arguments: object) -> Answer: ...


@contextmanager
def clean_process(prepare: Callable[[], object] | None = None) -> Iterator[Clean]:
    """A new process, which ``prepare`` makes ready."""

    def clean(work: Callable[..., Answer], /, *arguments: object) -> Answer:
        return pool.submit(work, *arguments).result(_LONGEST)

    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), prepare) as pool:
        yield clean
