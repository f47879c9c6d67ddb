"""Reports for people: the table, and errors with their place."""

from __future__ import annotations

import json
import re

import pytest

from archcalc.analysis.report import Report
from archcalc.diagnostics.model import Diagnostic, Label, Span
from archcalc.pipeline import check_text
from archcalc.reports import json as json_report
from archcalc.reports.diagnostic_text import diagnostic_text
from archcalc.reports.excerpt import MAX_WIDTH
from archcalc.reports.terminal_text import printable, width
from archcalc.reports.text import legal_lines, render
from tests.support.bundled import FIRST, checked


def shown(text: str, span: Span | None, *labels: Label, help: tuple[str, ...] = ()) -> str:
    error = Diagnostic(code="A111", message="an error", file="spec.yaml", span=span, labels=labels, help=help)
    return diagnostic_text(error, {"": text})


def test_an_error_stands_under_its_source() -> None:
    assert shown("one\ntwo three\n", Span(2, 5, 2, 10), help=("do this", "or that")) == (
        "error[A111]: an error\n"
        " --> spec.yaml:2:5\n"
        "  |\n"
        "2 | two three\n"
        "  |     ^^^^^\n"
        "  = help: do this\n"
        "  = help: or that"
    )


def test_an_error_of_the_file_has_no_source() -> None:
    assert shown("", None, help=("do this",)) == "error[A111]: an error\n --> spec.yaml\n  = help: do this"
    assert shown("", Span(3, 4, 3, 5)) == "error[A111]: an error\n --> spec.yaml:3:4"


def test_labels_stand_in_the_order_of_the_file_and_share_a_line() -> None:
    text = "first\n\nthe second line\n"
    found = shown(text, Span(3, 5, 3, 11), Label(Span(1, 1, 1, 6), "here"), Label(Span(3, 1, 3, 4), "and here"))
    assert found.splitlines()[2:] == [
        "  |",
        "1 | first",
        "  | ----- here",
        "3 | the second line",
        "  | --- and here",
        "  |     ^^^^^^",
    ]


@pytest.mark.parametrize(
    ("line", "column", "end", "under"),
    [
        ("a: 卷积 x", 7, 8, "        ^"),
        ("卷: y", 1, 2, "^^"),
        ("e\u0301: y", 5, 6, "   ^"),
        ("a:\tb", 4, 5, "   ^"),
        ("ab", 3, 4, "  ^"),
        ("", 1, 2, "^"),
        ("ab", 9, 12, "  ^"),
    ],
)
def test_a_caret_stands_under_its_character(line: str, column: int, end: int, under: str) -> None:
    assert shown(f"{line}\n", Span(1, column, 1, end)).splitlines()[-1] == f"  | {under}"


def test_an_error_over_several_lines_is_marked_on_its_first() -> None:
    assert shown("a: [1,\n  2]\n", Span(1, 4, 2, 5)).splitlines()[-1] == "  |    ^^^"


@pytest.mark.parametrize("column", [1, 50, 400, 990])
def test_of_a_long_line_only_a_part_is_shown(column: int) -> None:
    line = "".join(chr(97 + i % 26) for i in range(1000))
    source, under = shown(line, Span(1, column, 1, column + 5)).splitlines()[-2:]
    assert len(source) <= MAX_WIDTH + 4
    assert source[under.index("^") :][:5] == line[column - 1 : column + 4]
    assert len(shown(line, Span(1, 1, 1, 1001)).splitlines()[-1]) <= MAX_WIDTH + 4


def test_nothing_printed_moves_the_cursor() -> None:
    assert printable("a\x1b[31m\u202e\tb\x85") == "a�[31m�→b�"
    text = 'archcalc: 1\nname: "\\e[31mred\\a"\ninput: [3]\nlayers:\n  - {name: "x\\ty\\u202e", kind: "\\x08"}\n'
    assert all(line.isprintable() for line in render(check_text(text)).split("\n"))


def test_the_width_of_a_text_is_its_columns() -> None:
    assert (width("abc"), width("96 × 55"), width("卷积"), width("e\u0301")) == (3, 7, 4, 1)


def test_the_table_is_aligned() -> None:
    report = check_text(
        "archcalc: 1\nname: A\ninput: [3, 8]\nlayers:\n  - {name: 卷, kind: relu}\n  - {kind: wibble}\n"
    )
    table = render(report).split("\n\n")[1].splitlines()
    assert table == [
        "layer  kind    output  parameters  MACs",
        "───────────────────────────────────────",
        "input          3 × 8",
        "卷     relu    3 × 8            0     0",
        "layer  wibble  ?                ?     ?",
        "───────────────────────────────────────",
        "total                           ?     ?",
    ]


def test_a_claim_shows_the_exact_number_only_where_it_is_another() -> None:
    head = "archcalc: 1\nname: A\ninput: [3]\nlayers:\n  - {kind: linear, out_features: 1000}\nexpect: {params: "
    for claimed, line in (
        ("4000", "  ✓ total: parameters 4000"),
        ("'4,000'", "  ✓ total: parameters 4,000"),
        ("4k", "  ✓ total: parameters 4k"),
        ("4.00k", "  ✓ total: parameters 4.00k"),
    ):
        assert line in render(check_text(f"{head}{claimed}}}\n")).splitlines()
    inexact = render(check_text(f"{head.replace('1000', '1001')}4.0k}}\n")).splitlines()
    assert "  ✓ total: parameters 4.0k  (4,004)" in inexact


def test_json_shows_the_kind_as_the_file_spells_it() -> None:
    layers = "  - {kind: rleu}\n  - {name: b}\n  - {kind: [x]}\n  - wibble\n  - tanh\n"
    text = f"archcalc: 1\nname: A\ninput: [3]\nlayers:\n{layers}"
    (report,) = json.loads(json_report.render([check_text(text)]))
    assert [layer["kind"] for layer in report["layers"]] == ["rleu", None, None, None, "tanh"]


def test_json_keeps_claims_exact() -> None:
    text = (
        "archcalc: 1\nname: A\ninput: [3]\nlayers:\n  - {kind: relu, expect: [3]}\nexpect: {params: 0.5, macs: 1e30}\n"
    )
    (report,) = json.loads(json_report.render([check_text(text)]))
    assert [claim["claimed"] for claim in report["claims"]] == [[3], 0.5, 10**30]
    assert [claim["computed"] for claim in report["claims"]] == [[3], 0, 0]


def table(text: str) -> list[list[str]]:
    """The rows of a report's table between its rules, cut at two spaces or more."""
    lines = text.split("\n\n")[1].splitlines()
    first, last = (place for place, line in enumerate(lines) if line.startswith("─"))
    return [re.split(r"  +", line) for line in lines[first + 1 : last]]


@pytest.mark.parametrize(("name", "preset"), FIRST)
def test_however_much_is_one_line_the_table_adds_up(
    name: str, preset: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = checked(name, preset)
    # What stands below the table takes most of the time, each time anew.
    monkeypatch.setattr(Report, "legal", None)
    for depth in (0, 1, 2, 3, None):
        adds_up(report, depth)


def adds_up(report: Report, depth: int | None) -> None:
    rows = table(render(report, depth=depth))[max(1, len(report.inputs)) :]
    assert report.totals is not None
    assert sum(int(row[-2].replace(",", "")) for row in rows) == report.totals.params
    assert sum(int(row[-1].replace(",", "")) for row in rows if row[-1][0] != "(") == report.totals.macs
    assert sum(int(row[-1].strip("()").replace(",", "")) for row in rows) == report.totals.training_macs
    assert len(rows) <= len(report.layers)
    assert depth is not None or [row[0] for row in rows] == [layer.name for layer in report.layers]


def test_the_use_of_a_block_is_one_line_and_a_group_is_not() -> None:
    text = """\
archcalc: 1
name: A
input: [3, 8, 8]
blocks:
  unit: {layers: [{kind: conv2d, out_channels: 4, kernel_size: 1}, {kind: relu}]}
  twice: {layers: [{name: first, kind: unit}, {kind: identity}, {name: rest, repeat: 2, kind: unit}]}
layers:
  - {name: group, layers: [{kind: relu}, {kind: unit}, {name: deep, layers: [{kind: twice}]}]}
  - {name: units, kind: unit, repeat: 2}
  - {name: relu, kind: relu}
"""
    report = check_text(text)
    shown = {depth: [row[:2] for row in table(render(report, depth=depth))[1:]] for depth in (0, 1, 2, 3, None)}
    assert shown[0] == [["group", "group"], ["units", "group"], ["relu", "relu"]]
    units = [["units.0", "unit"], ["units.1", "unit"], ["relu", "relu"]]
    assert shown[1] == [["group.0", "relu"], ["group.1", "unit"], ["group.deep.0", "twice"], *units]
    assert shown[2][3:7] == [
        ["group.deep.0.first", "unit"],
        ["group.deep.0.identity", "identity"],
        ["group.deep.0.rest.0", "unit"],
        ["group.deep.0.rest.1", "unit"],
    ]
    assert [row[0] for row in shown[3]] == [row[0] for row in shown[None]] == [layer.name for layer in report.layers]
    assert "15 layers: --depth 2 shows more of them, --depth all every one" in render(report)
    assert "--depth" not in render(report, depth=3)


def test_a_network_of_groups_is_shown_whole() -> None:
    report = checked("alexnet-torchvision", None)
    assert render(report) == render(report, depth=None)


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        ("{kind: slice, dim: 2, start: 1}", "(every size loses pixels)"),
        (
            "{kind: avg_pool1d, kernel_size: 2}, {kind: linear, in_features: 4, out_features: 1}",
            "8, 9  (8 loses no pixel)",
        ),
        ("{kind: conv1d, out_channels: 2, kernel_size: 2, stride: 2}", "(even sizes lose no pixel)"),
        ("{kind: relu}", "(all lose no pixel)"),
    ],
)
def test_which_sizes_lose_no_pixel_is_a_sentence(layers: str, said: str) -> None:
    report = check_text(f"archcalc: 1\nname: A\ninput: [2, 8]\nlayers: [{layers}]\n")
    assert said in render(report)


def test_of_tokens_it_is_said_which_lengths_fit_and_no_more() -> None:
    head = "archcalc: 1\nname: Words\naxes: [T]\nlet: {T: 8}\ninput: {shape: [T], below: 9}\nlayers:\n"
    table = "  - {kind: embedding, num_embeddings: 9, embedding_dim: 4}\n"
    places = "  - {kind: position_embedding, from: input, num_embeddings: 12, embedding_dim: 4}\n"
    assert legal_lines(check_text(head + table)) == ["legal inputs", "  T: any"]
    skipping = "  - {kind: permute, dims: [0, 2, 1]}\n  - {kind: conv1d, out_channels: 4, kernel_size: 1, stride: 2}\n"
    assert "pixel" in legal_lines(check_text(head + table + skipping))[1]
    assert legal_lines(check_text(head + table.replace("{", "{name: words, ") + places.replace("{", "{name: at, ")
        + "  - {kind: add, from: [words, at]}\n")) == ["legal inputs", "  T: 1…12"]  # fmt: skip
