"""Comments behind what they speak of."""

from __future__ import annotations

import pytest

from archcalc.diagnostics.log import Log
from archcalc.language.comments import comment_behind
from archcalc.language.nodes import MapNode
from archcalc.language.yaml_reader import parse


@pytest.mark.parametrize(
    ("line", "comment"),
    [
        ("a: 1  # one", "one"),
        ("a: 1", ""),
        ("a: 'x # y'", ""),
        ("a: 'x # y'  # said", "said"),
        ("a: x#y", ""),
        ("a: {b: {c: 1}}  # behind brackets", ""),
        ("a: 1 #", ""),
        ("a: 1  # one # two", "one # two"),
    ],
)
def test_the_comment_behind_a_value(line: str, comment: str) -> None:
    text = f"# first\n{line}\n"
    root = parse(text, Log("a.yaml"))
    assert isinstance(root, MapNode)
    found = root.entries["a"]
    assert comment_behind(text, found.span) == comment or isinstance(found, MapNode)


def test_the_last_value_of_a_mapping_has_the_comment_behind_its_brackets() -> None:
    text = 'let: {v: in_channels // 4, w: "ceil(v*9/80)*8"}  # by eights\n'
    root = parse(text, Log("a.yaml"))
    assert isinstance(root, MapNode)
    let = root.entries["let"]
    assert isinstance(let, MapNode)
    assert comment_behind(text, let.entries["v"].span) == ""
    assert comment_behind(text, let.entries["w"].span) == "by eights"
