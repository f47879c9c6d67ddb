"""The input as a spec states it: what was meant where it states something else, and that this is read on."""

from __future__ import annotations

import pytest

from archcalc.language.yaml_edits import edited
from archcalc.pipeline import check_text, find_fixes

SPEC = "archcalc: 1\nname: Small\ninput: {}\nlayers:\n  - {{kind: conv2d, out_channels: 8, kernel_size: 3}}\n"


@pytest.mark.parametrize(
    ("stated", "meant", "read_on"),
    [
        ("[None, 3, 32, 32]", (3, 32, 32), True),
        ("[null, 3, 32, 32]", (3, 32, 32), True),
        ("[~, 3, 32, 32]", (3, 32, 32), True),
        ("['?', 3, 32, 32]", (3, 32, 32), True),
        ("[-1, 3, 32, 32]", (3, 32, 32), True),
        ("[N, 3, 32, 32]", (3, 32, 32), True),
        ("[batch_size, 3, 32, 32]", (3, 32, 32), True),
        ("[None, 28, 28, 1]", (1, 28, 28), True),
        ("[None, 3, 8, 32, 32]", (3, 8, 32, 32), True),
        ("224x224x3", (3, 224, 224), False),
        ("3x32x32", (3, 32, 32), False),
        ("(3, 32, 32)", (3, 32, 32), False),
        ("{channels: 3, height: 32, width: 40}", (3, 32, 40), False),
        ("{width: 40, height: 32, c: 3}", (3, 32, 40), False),
    ],
)
def test_what_was_meant_is_suggested(stated: str, meant: tuple[int, ...], read_on: bool) -> None:
    report = check_text(SPEC.format(stated))
    first = report.errors[0]
    assert f"`input: {list(meant)}`" in first.help[0]
    assert first.suggestions[0].value == meant
    assert (report.input == meant) is read_on
    fixes = [fix for fix in find_fixes(report) if fix.error == first]
    for fix in fixes:
        assert check_text(edited(report.text, *fix.changes)).input == meant


@pytest.mark.parametrize("stated", ["{sofa: 3, height: 32}", "{}", "[]", "words", "[1, 2, 3, 4, 5, 6]"])
def test_what_cannot_be_told_is_not_guessed(stated: str) -> None:
    first = check_text(SPEC.format(stated)).errors[0]
    assert not first.suggestions
    assert "write `input:" in first.help[0]


def test_a_name_of_let_is_a_size_and_not_the_batch() -> None:
    report = check_text(SPEC.format("[n, 32, 32]").replace("layers:", "let: {n: 3}\nlayers:"))
    assert report.ok
    assert report.input == (3, 32, 32)
