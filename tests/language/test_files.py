"""A file's bytes to text, and the bounds on them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archcalc.diagnostics.log import Log
from archcalc.language.files import decode


@pytest.mark.parametrize(
    ("data", "message", "place"),
    [
        ("archcalc: 1\nname: é\n".encode("utf-16"), "the file is UTF-16 text", None),
        ("é: ".encode() + "é".encode("latin-1"), "byte 0xe9 is not UTF-8 text (as Latin-1 it would be `é`)", (1, 4)),
        (b"a: 1\nb: \x80", "byte 0x80 is not UTF-8 text", (2, 4)),
        (b"\x00\xff", "this is a binary file, not text", None),
    ],
)
def test_bytes_that_are_no_text_are_refused(data: bytes, message: str, place: tuple[int, int] | None) -> None:
    log = Log("spec.yaml")
    assert decode(data, log) is None
    (error,) = log.found
    assert error.message == message
    assert (None if error.span is None else (error.span.line, error.span.column)) == place


@given(st.text())
def test_text_comes_back_from_its_bytes(text: str) -> None:
    data = text.encode("utf-8", "surrogatepass")
    log = Log("spec.yaml")
    decoded = decode(data, log)
    if decoded is None:
        assert any(0xD800 <= ord(character) < 0xE000 for character in text)
    else:
        assert decoded == text.removeprefix("\ufeff")
