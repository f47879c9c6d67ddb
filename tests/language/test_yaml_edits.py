"""Edits of YAML text: the value changes, and no other byte."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from archcalc.language.yaml_changes import Dropped, Edit, EditError, NewLayer, Removal, Rename
from archcalc.language.yaml_cuts import Splice
from archcalc.language.yaml_edits import edited, moved, spliced, splices
from tests.support.draw_chains import spec_texts

FLOW = "layers:\n  - {name: a, kind: conv2d, stride: 4}  # first\n  - {name: b}\n"
BLOCK = "layers:\n  - name: a  # first\n    kind: conv2d\n\n    # then\n    stride: 4\n  - name: b\n"


@pytest.mark.parametrize(
    ("text", "change", "expected"),
    [
        (FLOW, Edit(("layers", 0, "stride"), 2), FLOW.replace("4", "2")),
        (FLOW, Edit(("layers", 0, "padding"), 2), FLOW.replace("4}", "4, padding: 2}")),
        (FLOW, Edit(("layers", 0, "padding"), 2, "kind"), FLOW.replace("conv2d,", "conv2d, padding: 2,")),
        (FLOW, Edit(("layers", 0, "bias"), False), FLOW.replace("4}", "4, bias: false}")),
        (FLOW, Edit(("layers", 0, "padding"), "same"), FLOW.replace("4}", "4, padding: same}")),
        (FLOW, Edit(("layers", 0, "stride"), (2, 1)), FLOW.replace("4", "[2, 1]")),
        (FLOW, Rename(("layers", 0, "stride"), "strides"), FLOW.replace("stride", "strides")),
        (FLOW, NewLayer(("layers", 1), "{kind: relu}"), FLOW.replace("  - {name: b", "  - {kind: relu}\n  - {name: b")),
        (FLOW, Removal(("layers", 0)), "layers:\n  - {name: b}\n"),
        (BLOCK, Edit(("layers", 0, "stride"), 2), BLOCK.replace("4", "2")),
        (BLOCK, Edit(("layers", 0, "padding"), 2), BLOCK.replace("4\n", "4\n    padding: 2\n")),
        (BLOCK, Edit(("layers", 0, "padding"), 2, "name"), BLOCK.replace("first\n", "first\n    padding: 2\n")),
        (BLOCK, Edit(("layers", 1, "padding"), 2), BLOCK + "    padding: 2\n"),
        (BLOCK.rstrip(), Edit(("layers", 1, "padding"), 2), BLOCK + "    padding: 2"),
        (BLOCK, NewLayer(("layers", 0), "{kind: relu}"), BLOCK.replace("  - name: a", "  - {kind: relu}\n  - name: a")),
        (BLOCK, Removal(("layers", 0)), "layers:\n  - name: b\n"),
        ("a: 1\r\nb: {c: 2}\r\n", Edit(("b", "c"), 3), "a: 1\r\nb: {c: 3}\r\n"),
        ("b:\r\n  c: 2\r\n", Edit(("b", "d"), 3), "b:\r\n  c: 2\r\n  d: 3\r\n"),
        ("b:\r  c: 2\r", Edit(("b", "d"), 3), "b:\r  c: 2\r  d: 3\r"),
        ("b: # none\n", Edit(("b",), 3), "b: 3 # none\n"),
        ("{b: , c: 1}", Edit(("b",), 3), "{b: 3, c: 1}"),
        ("b: '2'  # two\n", Edit(("b",), 3), "b: 3  # two\n"),
        ("i: [ 3,224 , 224 ]\n", Edit(("i",), (3, 227, 227)), "i: [ 3,227 , 227 ]\n"),
        ("i: [3, 224]\n", Edit(("i",), (3, 227, 227)), "i: [3, 227, 227]\n"),
        ("i:\n- 3 # C\n- 224 # H\n", Edit(("i", 1), 227), "i:\n- 3 # C\n- 227 # H\n"),
        ("name: Ü𝒳\nb: {ü: 2}  # — 層\n", Edit(("b", "ü"), 3), "name: Ü𝒳\nb: {ü: 3}  # — 層\n"),
        ("b: {c: 2,  # two\n  }\n", Edit(("b", "d"), 3), "b: {c: 2, d: 3,  # two\n  }\n"),
        ("b: {}\n", Edit(("b", "d"), 3), "b: {d: 3}\n"),
        ("l:\n- b:\n  - 1 # x\n\n- c: 1\n", Edit(("l", 0, "d"), 3), "l:\n- b:\n  - 1 # x\n  d: 3\n\n- c: 1\n"),
        ("l:\n- b:\n    c: {x: 1}\n- c: 1\n", Edit(("l", 0, "d"), 3), "l:\n- b:\n    c: {x: 1}\n  d: 3\n- c: 1\n"),
        ("l: [{k: relu}]\n", NewLayer(("l", 0), "{k: tanh}"), "l: [{k: tanh}, {k: relu}]\n"),
    ],
)  # fmt: skip
def test_an_edit_is_written_in_the_files_own_style(text: str, change: Any, expected: str) -> None:
    assert edited(text, change) == expected


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("b: |\n  2\n", Edit(("b",), 3)),
        ("b:\n- 1\n- 2\n", Edit(("b",), 3)),
        ("b: 1\n", Edit(("c", "d"), 3)),
        ("b: [1]\n", Edit(("b", 4), 3)),
        ("b: 1\n", Rename(("c",), "d")),
        ("b: 1\n", Edit(("b",), "a: b")),
        ("b: 1\n", Edit(("b",), "true")),
        ("b: &x 1\nc: *x\n", Edit(("b",), 3)),
        ("l: [{k: relu}]\n", Removal(("l", 0))),
        ("b: [", Edit(("b",), 3)),
    ],
)
def test_what_would_change_more_than_it_says_is_refused(text: str, change: Any) -> None:
    with pytest.raises(EditError):
        edited(text, change)


@given(st.text("abc\n", max_size=30), st.data())
def test_a_character_is_followed_through_cuts(text: str, data: st.DataObject) -> None:
    marks = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=4)))
    pairs = zip(marks[::2], marks[1::2], strict=False)
    cuts = [Splice(start, end - start, data.draw(st.text("XY", min_size=1, max_size=3))) for start, end in pairs]
    cuts = [
        cut for before, cut in zip([None, *cuts], cuts, strict=False) if before is None or before.offset < cut.offset
    ]
    result = spliced(text, cuts)
    for offset, character in enumerate(text):
        if not any(cut.offset <= offset < cut.offset + cut.removed for cut in cuts):
            assert result[moved(offset, cuts)] == character


# Random specs in either style, with comments: the same tree but for the value, the same text but for the edit.


@st.composite
def styled(draw: st.DrawFn) -> str:
    """A random spec, some of its layers in flow style, with comments, blank lines and line ends of any kind."""
    document = yaml.safe_load(draw(spec_texts()))
    layers = [_layer_text(draw, row, 1) for row in document.pop("layers")]
    head = "".join(f"{key}: {_flow(value)}{draw(_REMARK)}" for key, value in document.items())
    text = head + "layers:\n" + "".join(layers)
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


_REMARK = st.sampled_from(["\n", "  # größer — 層\n", " # it's [a] {b}: c\n", "\n\n", "\n# alone\n", " #\n\n  # in\n"])


def _flow(value: Any) -> str:
    return yaml.safe_dump(value, default_flow_style=True, width=10**6, sort_keys=False).replace("\n...", "").strip()


def _layer_text(draw: st.DrawFn, row: dict[str, Any], depth: int) -> str:
    indent = "  " * depth
    if "layers" in row:
        inner = "".join(_layer_text(draw, child, depth + 2) for child in row["layers"])
        name = f"name: {row['name']}\n{indent}  " if "name" in row else ""
        return f"{indent}- {name}layers:\n{inner}"
    if draw(st.booleans()):
        return f"{indent}- {_flow(row)}{draw(_REMARK)}"
    lines = [f"{key}: {_flow(value)}{draw(_REMARK)}" for key, value in row.items()]
    return f"{indent}- " + f"{indent}  ".join(lines)


def places(tree: Any, route: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The routes to every number and flag of a tree."""
    if isinstance(tree, dict):
        return [place for key, value in tree.items() for place in places(value, (*route, key))]
    if isinstance(tree, list):
        return [place for key, value in enumerate(tree) for place in places(value, (*route, key))]
    return [route] if isinstance(tree, (int, bool)) else []


def put(tree: Any, route: tuple[str | int, ...], value: Any) -> Any:
    """The tree with a value at a route."""
    if not route:
        return value
    copy = tree.copy()
    copy[route[0]] = put(copy.get(route[0]) if isinstance(copy, dict) else copy[route[0]], route[1:], value)
    return copy


@given(styled(), st.data())
def test_an_edit_changes_its_value_and_no_other_byte(text: str, data: st.DataObject) -> None:
    tree = yaml.safe_load(text)
    route = data.draw(st.sampled_from(places(tree)))
    value = data.draw(st.integers(0, 10**6) | st.booleans())
    change = Edit(route, value)
    (cut,) = splices(text, change)
    after = edited(text, change)
    assert yaml.safe_load(after) == put(tree, route, value)
    assert after[: cut.offset] == text[: cut.offset]
    assert after[len(after) - len(text) + cut.offset + cut.removed :] == text[cut.offset + cut.removed :]
    assert str(value).lower() == cut.text


@given(styled(), st.data())
def test_an_added_key_changes_no_byte_at_all(text: str, data: st.DataObject) -> None:
    tree = yaml.safe_load(text)
    place = data.draw(st.integers(0, len(tree["layers"]) - 1))
    after_key = data.draw(
        st.none() | st.sampled_from([key for key in tree["layers"][place] if key != "layers"] or [None])
    )
    change = Edit(("layers", place, "padding_2"), 7, after_key)
    try:
        (cut,) = splices(text, change)
    except EditError:
        assert "layers" in tree["layers"][place]
        return
    after = edited(text, change)
    assert yaml.safe_load(after) == put(tree, change.route, 7)
    assert cut.removed == 0
    assert after == text[: cut.offset] + cut.text + text[cut.offset :]
    assert cut.text.strip(" ,\r\n") == "padding_2: 7"


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("a: {k: 1, b: 2, c: 3}\n", "a: {k: 1, c: 3}\n"),
        ("a: {k: 1,   # first\n    b: 2}\n", "a: {k: 1   # first\n    }\n"),
        ("a: {k: 1,   # first\n    b: 2,   # second\n    c: 3}\n", "a: {k: 1   # first\n    ,   # second\n    c: 3}\n"),
    ],
)
def test_a_key_that_goes_leaves_the_comment_above_it(text: str, without: str) -> None:
    assert edited(text, Dropped(("a", "b"))) == without
