"""The log: how much it takes."""

from __future__ import annotations

import pytest

from archcalc.diagnostics.log import MAX_ERRORS, MAX_MESSAGE, Log, TooManyErrors
from archcalc.diagnostics.model import Span


def test_the_log_ends_when_there_is_enough_in_it() -> None:
    log = Log("spec.yaml")
    for _ in range(MAX_ERRORS):
        log.warning("A402", None, "a deviation that is none")
    assert not log.has_errors
    with pytest.raises(TooManyErrors):
        log.warning("A402", Span(3, 1, 3, 2), "one more")
    assert log.found[-1].code == "A109"
    assert log.has_errors


def test_a_message_does_not_repeat_a_whole_file() -> None:
    log = Log("spec.yaml")
    log.error("A110", None, "x" * 10**6, "y" * 10**6)
    (error,) = log.found
    assert len(error.message) == len(error.help[0]) == MAX_MESSAGE
    assert error.message.endswith("x…")
