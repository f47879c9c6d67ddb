"""What follows an entry that may be absent: which lists have one reading, and what that is."""

from __future__ import annotations

import pytest

from archcalc import check_text

HEAD = "archcalc: 1\nname: Small\ninput: [4, 8, 8]\nlet: {p: true, q: false, n: 1}\n"
CONV = "kind: conv2d, out_channels: 4, kernel_size: 1"


def refused(rows: str, code: str = "A319", settings: dict[str, object] | None = None) -> list[tuple[int, str]]:
    """The lines and messages of the errors of a code in a network of these rows, a row a line from 6 on."""
    lines = [f"  - {{{row.strip()}}}" for row in rows.strip().splitlines()]
    report = check_text(HEAD + "layers:\n" + "\n".join(lines), settings=settings or {})
    others = {error.code for error in report.diagnostics if error.severity == "error"} - {code}
    assert not others, report.diagnostics
    return [(error.span.line, error.message) for error in report.diagnostics if error.code == code and error.span]


def taken(rows: str, **settings: object) -> dict[str, list[str]]:
    """What each layer takes, by name."""
    lines = [f"  - {{{row.strip()}}}" for row in rows.strip().splitlines()]
    report = check_text(HEAD + "layers:\n" + "\n".join(lines), settings=settings)
    assert report.ok, report.diagnostics
    assert report.graph is not None
    names = ["input", *(step.path for step in report.graph.steps)]
    found = {step.path: [names[source] for source in step.sources] for step in report.graph.steps}
    return found | {"output": [names[value] for value in report.graph.outputs]}


EITHER = f"""
name: c, {CONV}
name: plus, kind: add, when: p, from: [c, input]
name: times, kind: multiply, when: not p, from: [c, input]
name: last, kind: relu
"""

ONE_READING = {
    "either/or": EITHER,
    "either/or at the end": EITHER.replace("name: last, kind: relu", ""),
    "either/or of branches": f"""
        name: c, {CONV}
        name: d, {CONV}, from: input
        name: left, {CONV}, when: p, from: c
        name: more, {CONV}, when: p
        name: right, {CONV}, when: not p, from: c
        kind: relu""",
    "either/or of numbers": f"""
        name: c, {CONV}
        name: d, {CONV}, from: input
        name: one, {CONV}, when: n == 1, from: c
        name: other, {CONV}, when: n != 1, from: c
        kind: relu""",
    "a residual that may be left out": f"name: c, {CONV}\nname: sum, kind: add, when: p, from: [c, input]",
    "a residual of what has no name": f"{CONV}\nkind: relu\nkind: add, when: p, from: [relu, input]\nkind: relu",
    "a projection that is named": f"""
        name: c, {CONV}
        name: down, {CONV}, when: p, from: input
        kind: add, from: [c, down]""",
    "a branch whose beginning is named": f"""
        name: c, {CONV}
        name: rows, {CONV}, when: p, from: input
        name: columns, {CONV}, when: q, from: rows
        kind: add, from: [c, columns]""",
    "two conditions that hold together": f"name: c, {CONV}\n{CONV}, when: p\n{CONV}, when: p\nkind: relu",
    "a group that says its condition once": f"""
        name: c, {CONV}
        when: p, from: input, layers: [{{name: a, {CONV}}}, {{name: b, {CONV}}}]
        kind: add, from: [c, b]""",
    "what the next names takes": f"""
        name: c, {CONV}
        name: a, {CONV}, when: p, from: input
        name: b, {CONV}, from: c""",
    "a branch that is joined under the same condition": f"""
        name: a, {CONV}
        name: b, {CONV}, when: p, from: input
        name: both, kind: concat, when: p, from: [a, b]
        kind: relu""",
    "three of which one is there": f"""
        name: c, {CONV}
        name: a, {CONV}, when: n == 1, from: c
        name: b, {CONV}, when: n == 2, from: c
        name: d, {CONV}, when: n == 3, from: c
        kind: relu""",
    "copies of which there is one at least": f"name: c, {CONV}\nname: a, {CONV}, repeat: 2, from: input\nkind: relu",
}

TWO_READINGS = {
    "the beginning of a branch": (
        8,
        f"""
        name: c, {CONV}
        name: rows, {CONV}, when: p, from: input
        name: columns, {CONV}
        kind: add, from: [c, columns]""",
    ),
    "the beginning of a branch, with a condition below": (
        8,
        f"""
        name: c, {CONV}
        name: rows, {CONV}, when: p, from: input
        name: columns, {CONV}, when: q
        kind: add, from: [c, columns]""",
    ),
    "a beginning below another branch that takes its place": (
        8,
        f"""
        name: left, {CONV}, when: n != 1
        name: right, {CONV}, from: input, when: n == 1
        name: branch, {CONV}
        kind: add, from: [left, branch]""",
    ),
    "the end of the list": (7, f"name: c, {CONV}\nname: a, kind: add, when: p, from: [input, c]"),
    "conditions that may hold together": (
        9,
        f"""
        name: c, {CONV}
        name: plus, kind: add, when: p, from: [c, input]
        name: times, kind: multiply, when: q, from: [c, input]
        name: last, kind: relu""",
    ),
    "numbers that leave a gap": (
        10,
        f"""
        name: c, {CONV}
        name: d, {CONV}, from: input
        name: a, {CONV}, when: n == 1, from: c
        name: b, {CONV}, when: n == 2, from: c
        kind: relu""",
    ),
    "copies of which there may be none": (
        8,
        f"name: c, {CONV}\nname: a, {CONV}, repeat: n, from: input\nname: last, kind: relu",
    ),
    "a group without a name": (
        8,
        f"name: c, {CONV}\nwhen: p, from: input, layers: [{{{CONV}}}]\nname: last, kind: relu",
    ),
    "what a name stands for that takes what is open": (
        8,
        f"""
        name: c, {CONV}
        name: rows, {CONV}, when: p, from: input
        name: columns, {CONV}, when: p
        kind: add, from: [c, columns]""",
    ),
    "a condition of which nothing is known": (
        8,
        f"name: c, {CONV}\nname: a, {CONV}, when: p, from: input\nname: b, {CONV}",
    ),
}

ALL: list[dict[str, object]] = [{"p": p, "q": q, "n": n} for p in (True, False) for q in (True, False) for n in (1, 2)]


@pytest.mark.parametrize("name", ONE_READING)
def test_one_reading_is_taken(name: str) -> None:
    for values in ALL:
        assert refused(ONE_READING[name], settings=values) == []


@pytest.mark.parametrize("name", TWO_READINGS)
def test_two_readings_are_refused_whatever_the_conditions_are(name: str) -> None:
    line, rows = TWO_READINGS[name]
    for values in ALL:
        found = refused(rows, settings=values)
        assert [at for at, _ in found] == [line], (values, found)


def test_of_either_or_the_one_that_is_there_is_taken() -> None:
    assert taken(EITHER)["last"] == ["plus"]
    assert taken(EITHER, p=False)["last"] == ["times"]
    alone = ONE_READING["either/or at the end"]
    assert (taken(alone)["output"], taken(alone, p=False)["output"]) == (["plus"], ["times"])


def test_an_absent_entry_changes_nothing_but_what_its_name_stands_for() -> None:
    rows = f"""
        name: c, {CONV}
        name: a, {CONV}, when: p, from: input
        name: b, {CONV}, from: c
        name: sum, kind: add, from: [b, a]"""
    assert taken(rows)["sum"] == ["b", "a"]
    assert taken(rows, p=False)["sum"] == ["b", "input"]


def test_names_in_an_absent_group_without_a_name_stand_for_what_would_arrive() -> None:
    rows = ONE_READING["a group that says its condition once"]
    assert taken(rows)["add"] == ["c", "b"]
    assert taken(rows, p=False)["add"] == ["c", "input"]


def test_copies_none_of_which_is_there_are_as_if_their_line_were_not() -> None:
    rows = f"""
        name: c, {CONV}
        name: a, {CONV}, when: p, repeat: 2, from: c
        name: b, {CONV}, when: not p, repeat: 2, from: c
        name: last, kind: relu"""
    assert taken(rows)["last"] == ["a.1"]
    assert taken(rows, p=False)["last"] == ["b.1"]


def test_a_copy_that_is_not_there_may_be_named_by_what_is_not_there() -> None:
    rows = f"""
        name: "c{{index}}", {CONV}, repeat: n, from: input
        name: sum, kind: add, when: n > 1, from: [c0, c1]
        name: last, kind: relu, from: sum"""
    assert taken(rows, n=2)["last"] == ["sum"]
    assert taken(rows, n=1)["last"] == ["c0"]
    assert refused(rows.replace("n > 1", "p"), "A310", settings={"n": 1}) == [(7, "nothing above is named `c1`")]
    lines = "\n".join(f"  - {{{row.strip()}}}" for row in rows.strip().splitlines())
    report = check_text(f"{HEAD}layers:\n{lines}\noutputs: [last, c1]\n")
    assert report.ok, report.diagnostics
    assert report.graph is not None
    assert len(report.graph.outputs) == 1


def test_a_way_out_that_is_printed_is_one() -> None:
    rows = f"name: c, {CONV}\nname: a, kind: concat, when: p, from: [input, c]"
    alternative = "name: other, kind: identity, when: not p, from: c"
    report = check_text(HEAD + "layers:\n" + "\n".join(f"  - {{{row}}}" for row in rows.splitlines()))
    assert report.diagnostics[0].help == ("end the list with an alternative: `{kind: identity, when: not p, from: c}`",)
    assert refused(f"{rows}\n{alternative}") == []
    assert taken(f"{rows}\n{alternative}", p=False)["output"] == ["other"]
    rows = f"name: c, {CONV}\nname: a, {CONV}, when: p, from: input\nname: last, kind: relu"
    assert [line for line, _ in refused(rows)] == [8]
    first, second, third = rows.splitlines()
    assert refused("\n".join([first, second, alternative, third])) == []


def test_copies_without_names_from_one_source_are_refused() -> None:
    rows = f"name: c, {CONV}\n{CONV}, repeat: 2, from: input\nkind: relu"
    assert [line for line, _ in refused(rows, "A322")] == [7]
    named = f'name: c, {CONV}\nname: "a{{index}}", {CONV}, repeat: 2, from: input\nkind: add, from: [a0, a1]'
    assert taken(named)["a1"] == ["input"]
