"""An input of whole numbers: what may look them up, below which they are, and that all else computes with real ones."""

from __future__ import annotations

import pytest

import archcalc
from archcalc import Report, check_text

WORDS = """
archcalc: 1
name: Words
let: {T: 20, vocab: 30, rows: 30, places: 24}
axes: [T]
input: {shape: [T], below: vocab}
blocks:
  embedded:
    args: {rows}
    layers:
      - {name: wte, kind: embedding, num_embeddings: rows, embedding_dim: 8}
layers:
  - {name: words, kind: embedded, rows: rows}
  - {name: wpe, kind: position_embedding, from: input, num_embeddings: places, embedding_dim: 8}
  - {name: sum, kind: add, from: [words, wpe]}
  - {name: out, kind: linear, out_features: vocab}
"""


def said(report: Report) -> list[tuple[str, str]]:
    return [(one.code, one.message) for one in report.errors]


def test_the_bound_holds_in_every_use_of_a_block() -> None:
    assert check_text(WORDS).ok
    assert said(check_text(WORDS, settings={"vocab": 31})) == [
        ("A221", "`words.wte` looks up numbers below 31 in a table of 30 rows")
    ]
    assert check_text(WORDS, settings={"vocab": 31, "rows": 31}).ok


def test_an_embedding_that_is_told_something_else_is_not_the_same_in_another_use() -> None:
    twice = WORDS.replace("  - {name: out,", "  - {name: again, kind: embedded, rows: rows}\n  - {name: out,")
    assert said(check_text(twice)) == [("A220", "`again.wte` looks up whole numbers, but real numbers arrive")]


def test_positions_are_a_need_of_the_length() -> None:
    report = check_text(WORDS)
    assert report.legal is not None
    assert report.legal.proven
    assert [n for n in range(1, 99) if n in report.legal.axes["T"]] == [*range(1, 25)]
    laws = archcalc.laws(report)
    assert laws.valid.bounds == {laws.variables["T"]: (1, 24)}
    assert said(check_text(WORDS, input=(25,))) == [("A221", "`wpe` has 24 positions, but a sequence of 25 arrives")]


def test_a_free_vocabulary_is_bound_by_the_table() -> None:
    laws = archcalc.laws(check_text(WORDS), free=("vocab",))
    assert laws.valid.bounds[laws.variables["vocab"]] == (1, 30)


@pytest.mark.parametrize(
    ("right", "wrong", "code", "message", "help"),
    [
        (
            "{shape: [T], below: vocab}",
            "[T]",
            "A220",
            "looks up whole numbers, but real",
            "`input: {shape: [T], below: 30}`",
        ),
        ("kind: position_embedding, from: input", "kind: linear, from: input", "A220", "`wpe` computes with", "`embed"),
        (", below: vocab", ", below: 0", "A114", "`below` takes a whole number from 1 up, not 0", ""),
        (", below: vocab", ", vocab: vocab", "A110", "`input` has no `vocab`", "did you mean `below`?"),
        ("shape: [T], ", "", "A112", "`input` has no `shape`", "`shape: [T]`"),
        ("from: input, num", "from: words, num", "", "", ""),
        ("rows: rows}\n  - {name: wpe", "rows: 29}\n  - {name: wpe", "A221", "numbers below 30 in a table of 29", ""),
    ],
)
def test_what_is_wrong_is_said(right: str, wrong: str, code: str, message: str, help: str) -> None:
    assert right in WORDS
    text = WORDS.replace(right, wrong).replace("num_embeddings: places, embedding_dim: 8", "out_features: 8")
    report = check_text(text if "kind: linear, from" in wrong else WORDS.replace(right, wrong))
    first = [one for one in report.errors if one.code != "A323"][:1]
    assert [one.code for one in first] == ([code] if code else [])
    assert all(message in one.message and help in " ".join(one.help) for one in first)


def test_a_member_of_a_family_has_an_input_of_its_own() -> None:
    family = WORDS + "presets:\n  short: {input: {shape: [T], below: 7}}\n  plain: {}\n"
    graph = check_text(family, preset="short").graph
    assert graph is not None
    assert graph.below == 7
    plain = check_text(family, preset="plain").graph
    assert plain is not None
    assert plain.below == 30
