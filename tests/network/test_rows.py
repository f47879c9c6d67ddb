"""Lists and rows in ``let``, and a copy for each: what specs as different people write them mean, or are told."""

from __future__ import annotations

from cProfile import Profile
from itertools import pairwise

import pytest

from archcalc import check_text

HEAD = "archcalc: 1\nname: N\ninput: [3, 32, 32]\n"


def layers_of(text: str, preset: str | None = None) -> list[tuple[str, int, tuple[int, ...]]]:
    """Of each layer its name, its parameters and what it gives."""
    report = check_text(HEAD + text, preset=preset)
    assert not report.diagnostics, [one.message for one in report.diagnostics]
    return [(layer.name, layer.params, layer.output) for layer in report.require_sound().layers]


def errors_of(text: str) -> list[tuple[str, int, str, str]]:
    """Of each diagnostic its code, its line, what it says, and its helps."""
    found = check_text(HEAD + text).diagnostics
    return [(one.code, 0 if one.span is None else one.span.line, one.message, "; ".join(one.help)) for one in found]


def test_a_row_is_a_copy_with_its_names() -> None:
    text = """\
let: {rows: [{c: 8, k: 3}, {c: 16, k: 5}]}
layers:
  - {kind: conv2d, repeat: rows, out_channels: c, kernel_size: k}
"""
    assert layers_of(text) == [
        ("conv2d", 8 * 3 * 9 + 8, (8, 30, 30)),
        ("conv2d_1", 16 * 8 * 25 + 16, (16, 26, 26)),
    ]


def test_names_of_rows_are_known_in_copies_of_copies_and_index_counts_the_inner_ones() -> None:
    text = """\
let:
  w: 4
  table: [{c: 2*w, n: 2, s: 2, wide: false}, {c: 4*w, n: 1, s: 1, wide: true}]
layers:
  - name: body
    layers:
      - repeat: table
        layers:
          - {name: "a{c}_{index}", kind: conv2d, out_channels: c, kernel_size: 3, stride: s, padding: 1}
          - {kind: conv2d, repeat: n, out_channels: c + index, kernel_size: 1}
          - {kind: relu, when: wide}
"""
    assert layers_of(text) == [
        ("body.a8_0", 8 * 3 * 9 + 8, (8, 16, 16)),
        ("body.1", 8 * 8 + 8, (8, 16, 16)),
        ("body.2", 8 * 9 + 9, (9, 16, 16)),
        ("body.a16_1", 16 * 9 * 9 + 16, (16, 16, 16)),
        ("body.4", 16 * 16 + 16, (16, 16, 16)),
        ("body.5", 0, (16, 16, 16)),
    ]


@pytest.mark.parametrize(
    "entry",
    [
        'repeat: widths, out_channels: "widths[index]"',
        'repeat: 3, out_channels: "widths[index]"',
        'repeat: len(widths), out_channels: "widths[index]"',
        'repeat: 3, out_channels: "[8, 16, 32][index]"',
        'repeat: 3, out_channels: "pairs[index][0]"',
        'repeat: pairs, out_channels: "pairs[index][0]"',
        'repeat: rows, out_channels: "rows[index].c"',
        "repeat: rows, out_channels: c",
    ],
)
def test_an_entry_of_a_list_is_looked_up_by_its_place(entry: str) -> None:
    lets = "let: {widths: [8, 16, 32], pairs: [[8, 1], [16, 3], [32, 5]], rows: [{c: 8}, {c: 16}, {c: 32}]}\n"
    found = check_text(f"{HEAD}{lets}layers:\n  - {{kind: conv2d, {entry}, kernel_size: 1}}\n").require_sound()
    assert [layer.output for layer in found.layers] == [(8, 32, 32), (16, 32, 32), (32, 32, 32)]


def test_a_list_is_given_to_a_block_and_rows_are_seen_in_it() -> None:
    text = """\
let: {widths: [8, 16], rows: [{c: 4, k: [1, 3]}, {c: 5, k: [3, 1]}], last: "4*widths[-1] + rows[0].c"}
blocks:
  body:
    args: {ws}
    let: {own: [{d: "ws[0]"}, {d: "2*ws[-1]"}]}
    layers:
      - {name: a, kind: conv2d, repeat: ws, out_channels: "ws[index]", kernel_size: 1}
      - {name: b, kind: conv2d, repeat: rows, out_channels: c, kernel_size: k}
      - {name: c, kind: conv2d, repeat: own, out_channels: d, kernel_size: 1}
layers:
  - {name: one, kind: body, ws: widths}
  - {name: two, kind: body, ws: [6]}
  - {name: end, kind: conv2d, out_channels: last, kernel_size: 1}
"""
    assert [(name, shape[0]) for name, _, shape in layers_of(text)] == [
        *[("one.a.0", 8), ("one.a.1", 16), ("one.b.0", 4), ("one.b.1", 5), ("one.c.0", 8), ("one.c.1", 32)],
        *[("two.a.0", 6), ("two.b.0", 4), ("two.b.1", 5), ("two.c.0", 6), ("two.c.1", 12), ("end", 68)],
    ]
    assert [shape[1:] for name, _, shape in layers_of(text) if ".b." in name] == [
        *[(32, 30), (30, 30)],
        *[(30, 28), (28, 28)],
    ]


def test_a_preset_states_its_own_table() -> None:
    text = """\
let: {table}
layers:
  - {name: same, kind: relu}
  - {name: s, kind: conv2d, repeat: table, out_channels: c, kernel_size: 1}
presets:
  none: {let: {table: []}}
  one: {let: {table: [{c: 8}]}}
  two: {let: {table: [{c: 8}, {c: 9}]}}
"""
    assert [name for name, *_ in layers_of(text, "none")] == ["same"]
    assert [name for name, *_ in layers_of(text, "one")] == ["same", "s.0"]
    assert [shape[0] for *_, shape in layers_of(text, "two")] == [3, 8, 9]
    # Before a preset is chosen that is all there is to say.
    assert [code for code, *_ in errors_of(text)] == ["A314"]


ROWS = "let: {rows: [{c: 8, k: 1}, {c: 16, k: 1}], widths: [8, 16]}\nlayers:\n  - {kind: conv2d, kernel_size: 1, "
TOLD = {
    "a row without a name": (
        "let: {rows: [{c: 8, k: 3}, {c: 16}]}\nlayers: [{kind: conv2d, repeat: rows, out_channels: c, kernel_size: k}]",
        ("A112", 4, "`rows[1]` has no `k`, which the first row has", "add `k:` with a value"),
    ),
    "a row with another name": (
        "let: {rows: [{c: 8}, {c: 16, d: 3}]}\nlayers: [{kind: conv2d, repeat: rows, out_channels: c, kernel_size: 1}]",
        ("A110", 4, "`rows[1]` has `d`, which the first row has not", "the first row has `c`"),
    ),
    "a misspelt name": (
        "let: {rows: [{c: 8, kk: 1}, {c: 9, k: 1}]}\n"
        "layers: [{kind: conv2d, repeat: rows, out_channels: c, kernel_size: kk}]",
        ("A110", 4, "`rows[1]` has `k`, which the first row has not", "did you mean `kk`?"),
    ),
    "a number among rows": (
        "let: {rows: [{c: 8}, 16]}\nlayers: [{kind: conv2d, repeat: rows, out_channels: c, kernel_size: 1}]",
        ("A111", 4, "`rows` is a list of rows, and this is 16", "write a row: `- {c: …}`"),
    ),
    "a row that has no names": (
        "let: {rows: [{}]}\nlayers: [{kind: relu, repeat: rows}]",
        ("A111", 4, "a row of `rows` has no names", "write `- {width: 64, depth: 3}`"),
    ),
    "index in a row": (
        "let: {rows: [{index: 8}]}\nlayers: [{kind: conv2d, repeat: rows, out_channels: 8, kernel_size: 1}]",
        ("A302", 4, "`index` cannot name a size: it is known in every expression already", "name it `index_1`"),
    ),
    "a name that `let` has": (
        "let: {c: 4, rows: [{c: 8}]}\nlayers: [{kind: conv2d, repeat: rows, out_channels: c, kernel_size: 1}]",
        ("A302", 5, "the rows of `rows` have `c`, which is the name of something else here", "name it `c_1`"),
    ),
    "one row that is no list": (
        "let: {rows: {c: 8}}\nlayers: [{kind: conv2d, repeat: rows, out_channels: 8, kernel_size: 1}]",
        ("A111", 4, "or a list, not keys with values", "rows stand in a list: `rows: [{c: …}, …]`"),
    ),
    "rows under repeat": (
        "layers: [{kind: conv2d, repeat: [{c: 8}], out_channels: 8, kernel_size: 1}]",
        ("A111", 4, "`repeat` takes a whole number from 0 up, or the name of a list, not a list", "put it into `let`"),
    ),
    "a name outside its copies": (
        f"{ROWS}out_channels: c}}",
        ("A303", 6, "`c` is not a known name", "the rows of `rows` have it"),
    ),
    "a list in place of an entry": (
        f"{ROWS}repeat: widths, out_channels: widths}}",
        ("A111", 6, "`out_channels` takes a whole number from 1 up, not a list", "its entries: `widths[index]`"),
    ),
    "a row in place of a number": (
        f'{ROWS}out_channels: "rows[0]"}}',
        ("A111", 6, "`out_channels` takes a whole number from 1 up, not a row", "its entries: `rows[0].c`"),
    ),
    "a choice in place of an entry": (
        f'{ROWS}out_channels: "widths if 2 > 1 else 8"}}',
        ("A111", 6, "not a list", "its entries: `(widths if 2 > 1 else 8)[index]`"),
    ),
    "a choice that is a fraction": (
        f'{ROWS}out_channels: "7*0.4 if 2 > 1 else 8"}}',
        ("A114", 6, "", "write `floor((7*0.4 if 2 > 1 else 8) + 1/2)`, the nearest whole number"),
    ),
    "beyond the end": (
        f'{ROWS}repeat: 3, out_channels: "widths[index]"}}',
        ("A116", 6, "the list has 2 entries, counted from 0, and none is entry 2", ""),
    ),
    "before the beginning": (
        f'{ROWS}repeat: widths, out_channels: "widths[index - 1]"}}',
        ("A116", 6, "the list has 2 entries, counted from 0, and none is entry -1", ""),
    ),
    "a name that no row has": (
        f'{ROWS}out_channels: "rows[0].d"}}',
        ("A116", 6, "the row has no `d`, only `c`, `k`", ""),
    ),
    "a slice": (f'{ROWS}out_channels: "widths[0:1]"}}', ("A116", 6, "cannot be computed", "")),
    "a name of something else": (f'{ROWS}out_channels: "widths.c"}}', ("A116", 6, "only a row has names", "")),
    "brackets in braces": (
        f"{ROWS}repeat: widths, out_channels: widths[index]}}",
        ("A104", 6, "within braces, a bracket begins a list", 'quote an expression with brackets: `"widths[index]"`'),
    ),
    "as": (f"{ROWS}repeat: widths, as: w, out_channels: 8}}", ("A110", 6, "has no `as`", "`widths[index]`")),
}


@pytest.mark.parametrize("what", TOLD)
def test_what_is_wrong_with_rows_is_told_once_in_its_place(what: str) -> None:
    text, (code, line, message, help) = TOLD[what]
    found = errors_of(text)
    assert [(one[0], one[1]) for one in found] == [(code, line)], found
    assert message in found[0][2]
    assert help in found[0][3]


def test_rows_are_no_argument() -> None:
    text = """\
let: {rows: [{c: 8}]}
blocks: {b: {args: {table}, layers: [{kind: conv2d, repeat: table, out_channels: 8, kernel_size: 1}]}}
layers: [{kind: b, table: rows}]
"""
    assert errors_of(text) == [
        (
            "A111",
            6,
            "`rows` stands for rows, and `table` takes numbers, truths, or a list of these",
            "write `repeat: rows` in the block itself, which sees the `let` of its spec",
        )
    ]


def test_a_condition_of_a_row_may_differ_from_copy_to_copy() -> None:
    """The end of one copy and the beginning of the next are no alternatives, though `p` and `not p` are."""
    text = """\
let: {rows: [{p: true}, {p: false}]}
layers:
  - {name: stem, kind: relu}
  - repeat: rows
    layers:
      - {kind: sigmoid, when: not p, from: stem}
      - {kind: relu, when: p}
"""
    assert "A319" in [code for code, *_ in errors_of(text)]


@pytest.mark.parametrize("rows", [20_000, 100_000])
def test_a_list_as_long_as_a_file_is_refused_by_what_it_costs(rows: int) -> None:
    text = f"let:\n  rows: [{', '.join(['{a: 8}'] * rows)}]\n  n: [{', '.join(['8'] * rows)}]\n"
    layers = 'layers:\n  - {kind: conv2d, repeat: rows, out_channels: a, kernel_size: "n[index]"}\n'
    assert [code for code, *_ in errors_of(text + layers)] == ["A317"]


def test_a_list_is_looked_up_as_fast_however_long_it_is() -> None:
    def calls(entries: int) -> int:
        """How often a list is told from others while 300 layers look it up."""
        lets = f"let: {{n: [{', '.join(['8'] * entries)}]}}\nlayers:\n"
        layer = '  - {kind: conv2d, repeat: 300, out_channels: "n[index]", kernel_size: 1}\n'
        profile = Profile()
        profile.runcall(errors_of, lets + layer)
        found = [entry.callcount for entry in profile.getstats() if getattr(entry.code, "co_name", "") == "told_apart"]
        return sum(found)

    few, many = calls(300), calls(3_000)
    # Once for each entry, and no more.
    assert 0 < many - few <= 2_700


def test_lists_that_name_lists_are_counted_by_all_that_they_hold() -> None:
    lists = [f"  {name}: [{', '.join([before] * 10)}]\n" for before, name in pairwise("abcdefghi")]
    text = f"let:\n  a: [{', '.join('12345678')}]\n{''.join(lists)}layers: [{{kind: relu}}]\n"
    assert [code for code, *_ in errors_of(text)] == ["A317"]


@pytest.mark.parametrize("place", ["0", "-0"])
def test_the_first_entry_is_number_0(place: str) -> None:
    text = f'let: {{n: [8, 4]}}\nlayers: [{{kind: conv2d, out_channels: "n[{place}]", kernel_size: 1}}]\n'
    assert layers_of(text) == [("conv2d", 3 * 8 + 8, (8, 32, 32))]


def test_a_row_is_no_argument_but_its_values_are() -> None:
    head = "let: {stages: [{width: 8}, {width: 4}]}\nblocks:\n  b:\n    args: {w}\n"
    text = f"{head}    layers: [{{kind: conv2d, out_channels: w, kernel_size: 1}}]\nlayers: [{{kind: b, w: WHICH}}]\n"
    (error,) = check_text(HEAD + text.replace("WHICH", '"stages[0]"')).errors
    assert error.message == "`stages[0]` is a row, and `w` takes numbers, truths, or a list of these"
    assert error.help == ("give a value of it: `w: stages[0].width`",)
    assert check_text(HEAD + text.replace("WHICH", '"stages[0].width"')).ok
