"""Reports on a terminal: whatever its width, a caret stands under its text and a table is not broken; colours."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archcalc.diagnostics.model import Diagnostic, Label, Span
from archcalc.pipeline import check_text
from archcalc.reports.aligned import Heading, aligned
from archcalc.reports.diagnostic_text import diagnostic_text
from archcalc.reports.excerpt import MAX_WIDTH
from archcalc.reports.terminal_text import PLAIN, RED, Style, fitting, printable, shortened, width, wrapped
from archcalc.reports.text import render
from tests.support.bundled import checked

_characters = st.sampled_from("ab .,:{}卷積é\u0301\t−×")
_texts = st.text(_characters, max_size=300)


def told(line: str, span: Span, *labels: Label, columns: int | None, colours: bool = False) -> list[str]:
    error = Diagnostic(code="A111", message="an error", file="spec.yaml", span=span, labels=labels)
    return diagnostic_text(error, {"": line}, style=Style(columns, colours)).split("\n")


def excerpts(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Each piece of the source with a line of marks below it, both without the margin."""
    source = ""
    for line in lines[3:]:
        number, _, rest = line.partition("|")
        if number.strip():
            source = rest[1:]
        else:
            yield source, rest[1:]


@given(_texts.filter(lambda text: text.strip()), st.data(), st.sampled_from([None, 40, 60, 80, 200]))
def test_a_caret_stands_under_its_text_at_any_width(line: str, data: st.DataObject, columns: int | None) -> None:
    start = data.draw(st.integers(1, len(line)))
    end = data.draw(st.integers(start + 1, len(line) + 1))
    lines = told(line, Span(1, start, 1, end), columns=columns)
    (source, under) = next((source, under) for source, under in excerpts(lines) if "^" in under)
    before = width(under) - under.count("^")
    marked = "".join(fitting(source[place:], 99) for place in range(len(source)) if width(source[:place]) == before)[:1]
    assert max(map(width, lines)) <= min(MAX_WIDTH + 4, columns or 10_000)
    assert not marked or printable(line[start - 1 :])[0] in source
    assert under.count("^") <= max(1, width(line[start - 1 : end - 1]))


@pytest.mark.parametrize("columns", [40, 60, 80])
@pytest.mark.parametrize("at", [1, 30, 59, 60, 77, 100, 196])
def test_the_caret_is_under_the_very_characters(columns: int, at: int) -> None:
    line = "".join(chr(97 + i % 26) for i in range(200))
    lines = told(line, Span(1, at, 1, at + 4), columns=columns)
    ((source, under),) = excerpts(lines)
    start = under.index("^^^^")
    assert source[start : start + 4] == line[at - 1 : at + 3]
    assert max(map(len, lines)) <= columns


def test_where_a_line_goes_on_it_says_so() -> None:
    line = "a" * 100 + "卷" + "b" * 100

    def piece(column: int) -> str:
        return told(line, Span(1, column, 1, column + 1), columns=44)[3].removeprefix("1 | ")

    assert piece(1) == "a" * 39 + "…"
    assert piece(60) == "…" + "a" * 38 + "…"
    assert piece(201) == "…" + "b" * 39
    assert piece(113) == "… " + "b" * 37 + "…"


def test_a_note_that_does_not_fit_stands_below_its_mark() -> None:
    line, span = "  - {name: fc, kind: linear, in_features: 4096}", Span(1, 43, 1, 47)
    note = Label(span, "needs 16 × 16 × 16")
    assert told(line, span, note, columns=80)[3:] == [f"1 | {line}", f"  | {' ' * 42}^^^^ needs 16 × 16 × 16"]
    assert told(line, span, note, columns=60)[3:] == [
        f"1 | {line}",
        f"  | {' ' * 42}^^^^",
        f"  | {' ' * 36}needs 16 × 16 × 16",
    ]
    long = Label(span, "what arrives here is far more than it takes")
    assert told(line, span, long, columns=60)[4:] == [
        f"  | {' ' * 42}^^^^",
        f"  | {' ' * 36}what arrives here is",
        f"  | {' ' * 36}far more than it",
        f"  | {' ' * 36}takes",
    ]


def test_marks_far_apart_have_a_piece_each() -> None:
    line = "a" * 100 + "b" * 100
    lines = told(line, Span(1, 1, 1, 3), Label(Span(1, 150, 1, 152), "and there"), columns=60)
    assert [
        (source[under.index(sign)], sign) for source, under in excerpts(lines) for sign in "^-" if sign in under
    ] == [
        ("a", "^"),
        ("b", "-"),
    ]
    assert max(map(len, lines)) <= 60


@given(st.lists(st.tuples(_texts, _texts, st.integers(0, 10**12)), min_size=1), st.integers(40, 100))
def test_a_table_fits_or_shows_what_cannot_be_cut(rows: list[tuple[str, str, int]], columns: int) -> None:
    heads = (Heading("layer", least=8), Heading("kind", least=8, spare=True), Heading("MACs", right=True))
    lines = aligned(heads, [(name, kind, f"{macs:,}") for name, kind, macs in rows], Style(columns))
    assert max(map(width, lines)) <= columns
    assert all(line.endswith(f"{macs:,}") for line, (_, _, macs) in zip(lines[2:], rows, strict=True))


def test_what_is_too_wide_is_shortened_then_left_out() -> None:
    heads = (Heading("layer", least=8), Heading("kind", least=8, spare=True), Heading("MACs", right=True))
    row = [("layer1.0.downsample", "batch_norm2d", "1,135,256,096")]

    def table(columns: int | None) -> list[str]:
        return aligned(heads, row, Style(columns), rule=False)

    assert table(None)[1] == "layer1.0.downsample  batch_norm2d  1,135,256,096"
    assert table(48) == table(None)
    assert table(40)[1] == "layer…ample  batch_norm2d  1,135,256,096"
    assert table(30)[1] == "layer1.…nsample  1,135,256,096"


@pytest.mark.parametrize("columns", [60, 80])
@pytest.mark.parametrize(
    ("name", "preset"), [("alexnet", None), ("resnet", "resnet50"), ("efficientnet", "efficientnet_b0")]
)
def test_the_tables_of_networks_fit(name: str, preset: str | None, columns: int) -> None:
    table = render(checked(name, preset), depth=None, style=Style(columns)).split("\n\n")[1].split("\n")
    assert max(map(width, table)) <= columns
    assert any(line.endswith(f"{layer.macs:,}") for layer in checked(name, preset).layers for line in table)


@given(_texts, st.integers(1, 40))
def test_texts_are_cut_and_wrapped_by_columns(text: str, columns: int) -> None:
    assert width(fitting(text, columns)) <= columns
    assert text.startswith(fitting(text, columns))
    assert width(shortened(text, columns)) <= columns
    assert " ".join(wrapped(text, columns)).split() == text.split()
    assert all(width(line) <= columns or " " not in line.strip(" ") for line in wrapped(text, columns))


def test_without_colours_nothing_is_added() -> None:
    assert PLAIN.paint(RED, "text") == "text"
    assert Style(colours=True).paint(RED, "text") == "\x1b[1;31mtext\x1b[0m"
    assert Style(colours=True).paint(RED, "") == ""


WRONG = (
    'archcalc: 1\nname: "\\e[31mred"\ninput: [3, 8, 8]\nlayers:\n  - {name: "a\\eb", kind: conv2d}\n  - {kind: rleu}\n'
)


def test_colours_change_no_character_and_only_colours_move_the_cursor() -> None:
    report = check_text(WRONG)
    plain, coloured = render(report), render(report, style=Style(colours=True))
    assert re.sub("\x1b\\[[0-9;]*m", "", coloured) == plain
    assert "\x1b" not in plain
    assert "\x1b[1;31merror[A112]\x1b[0m" in coloured
    good = render(checked("lenet5", None), style=Style(colours=True))
    assert "\x1b[32m✓\x1b[0m" in good
    assert good.endswith(": \x1b[32mok\x1b[0m")
