"""Codes, words that are near, and the log."""

from __future__ import annotations

import pytest

from archcalc.diagnostics.model import (
    CODES,
    MAX_FAULTS,
    MAX_MESSAGE,
    SURE,
    UNREADABLE,
    Diagnostic,
    Log,
    Span,
    TooManyFaults,
    did_you_mean,
    nearest,
)

KNOWN = ("out_channels", "kernel_size", "stride", "padding", "T_max")
FOREIGN = {"filters": "out_channels", "strides": "stride", "units": "out_features"}


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("out_chanels", "out_channels"),
        ("outChannels", "out_channels"),
        ("OUT-CHANNELS", "out_channels"),
        ("kernel size", "kernel_size"),
        ("kernelsize", "kernel_size"),
        ("paddnig", "padding"),
        ("t_max", "T_max"),
        ("tmax", "T_max"),
        ("filters", "out_channels"),
        ("Filters", "out_channels"),
        ("strides", "stride"),
        ("units", None),
        ("wibble", None),
        ("", None),
        ("x" * 100_000, None),
    ],
)
def test_the_nearest_word(word: str, meant: str | None) -> None:
    assert nearest(word, KNOWN, FOREIGN) == meant
    assert did_you_mean(word, KNOWN, FOREIGN) == (f"did you mean `{meant}`?" if meant else "")


def test_what_is_only_likely_is_not_sure() -> None:
    assert nearest("batch_norm", ["batch_norm2d"], alike=SURE) == "batch_norm2d"
    assert nearest("instance_norm2d", ["batch_norm2d"]) == "batch_norm2d"
    assert nearest("instance_norm2d", ["batch_norm2d"], alike=SURE) is None


def test_letters_in_another_order_are_surely_meant() -> None:
    assert nearest("rleu", ["relu", "elu"], alike=SURE) == "relu"


def test_a_diagnostic_has_a_code_of_the_table() -> None:
    with pytest.raises(KeyError, match="A999 is in no code table"):
        Diagnostic(code="A999", message="nothing", file="spec.yaml")
    assert CODES.keys() >= UNREADABLE


def test_the_log_ends_when_there_is_enough_in_it() -> None:
    log = Log("spec.yaml")
    for _ in range(MAX_FAULTS):
        log.warning("A402", None, "a deviation that is none")
    assert not log.has_errors
    with pytest.raises(TooManyFaults):
        log.warning("A402", Span(3, 1, 3, 2), "one more")
    assert log.found[-1].code == "A109"
    assert log.has_errors


def test_a_message_does_not_repeat_a_whole_file() -> None:
    log = Log("spec.yaml")
    log.error("A110", None, "x" * 10**6, "y" * 10**6)
    (fault,) = log.found
    assert len(fault.message) == len(fault.help[0]) == MAX_MESSAGE
    assert fault.message.endswith("x…")


def test_a_span_covers_what_begins_in_it() -> None:
    span = Span(2, 5, 4, 1)
    assert span.covers(Span(2, 5, 9, 9))
    assert span.covers(Span(3, 1, 3, 2))
    assert not span.covers(Span(2, 4, 2, 9))
    assert not span.covers(Span(4, 1, 4, 2))
