"""How much is done, counted and not timed: the lines of archcalc that run, each turn of a loop as one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import archcalc

_ROOT = str(Path(archcalc.__file__).parent)


def lines_run(task: Callable[[], object]) -> int:
    """How many lines of archcalc run in a task."""
    count = 0

    def in_a_frame(_frame: FrameType, event: str, _given: Any) -> Any:
        nonlocal count
        count += event == "line"
        return in_a_frame

    def in_a_call(frame: FrameType, _event: str, _given: Any) -> Any:
        return in_a_frame if frame.f_code.co_filename.startswith(_ROOT) else None

    before = sys.gettrace()
    sys.settrace(in_a_call)
    try:
        task()
    finally:
        sys.settrace(before)
    return count


def growth(task: Callable[[int], Callable[[], object]], size: int) -> float:
    """How many times as much is done for twice the size; what is made for the task beforehand does not count."""
    # What is remembered of the larger is of the smaller, too.
    task(2 * size)()
    return lines_run(task(2 * size)) / lines_run(task(size))
