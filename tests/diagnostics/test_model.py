"""Diagnostics and spans."""

from __future__ import annotations

import pytest

from archcalc.diagnostics.codes import CODES, UNREADABLE
from archcalc.diagnostics.model import Diagnostic, Span


def test_a_diagnostic_has_a_code_of_the_table() -> None:
    with pytest.raises(KeyError, match="A999 is in no code table"):
        Diagnostic(code="A999", message="nothing", file="spec.yaml")
    assert CODES.keys() >= UNREADABLE


def test_a_span_covers_what_begins_in_it() -> None:
    span = Span(2, 5, 4, 1)
    assert span.covers(Span(2, 5, 9, 9))
    assert span.covers(Span(3, 1, 3, 2))
    assert not span.covers(Span(2, 4, 2, 9))
    assert not span.covers(Span(4, 1, 4, 2))
