"""A comma within a number: what is taken for one, what is said, and what is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archcalc import check_text
from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Diagnostic
from archcalc.language.nodes import ListNode, MapNode, ScalarNode
from archcalc.language.yaml_reader import parse

HEAD = "archcalc: 1\nname: Small\n"


def said(text: str) -> list[Diagnostic]:
    log = Log("<text>")
    parse(text, log)
    return log.found


def cut(text: str) -> list[str]:
    """The stretches of a one-line text that are said to be one number."""
    assert all(error.code == "A120" for error in said(text))
    return [text[error.span.column - 1 : error.span.end_column - 1] for error in said(text) if error.span]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("a: [4, 4,096]", ["4,096"]), ("a: [4,096]", ["4,096"]), ("a: [4, 4, 096]", ["4, 096"]),
        ("a: [64, 1,024, 1,024]", ["1,024", "1,024"]), ("a: [1,048,576]", ["1,048,576"]), ("a: [3,1,024]", ["1,024"]),
        ("a: [64, 1,152]", ["1,152"]), ("a: [512, 128,096]", ["128,096"]), ("a: [100,000]", ["100,000"]),
        ("a: [[4,096], 3]", ["4,096"]),
        ("a: [3, 224, 224]", []), ("a: [3,224,224]", []), ("a: [3, 224,224]", []), ("a: [1,152]", []),
        ("a: [64, 28,256]", []), ("a: [96, 4]", []), ("a: [011, 3]", []), ("a: [0, 096]", []), ("a: [4, 96]", []),
        ("a: [4, '096']", []), ("a: ['4', 096]", []), ("a: [4, x, 096]", []), ("a: [4, 0.96]", []),
        ("a: [1.5,096]", []),
        ("a: [1234,096]", []), ("a: [4, 0960]", []), ("a: [4, 09]", []), ("a: [-4,096]", []), ("a: [4, [096]]", []),
        ("a: {b: 4,096}", ["4,096"]), ("a: {b: 4, 096}", ["4, 096"]), ("a: {b: 1,049,600, c: 3}", ["1,049,600"]),
        ("a: {b: 1,152}", ["1,152"]), ("a: {c: 2, b: 224,224}", ["224,224"]),
        ("a: {b: 4, 096: 3}", []), ("a: {b: x, 096}", []), ("a: {b: '4', 096}", []), ("a: {b: 4, 96}", []),
        ("a: {b: [4], 096}", []), ("{a: 4}", []),
    ],
)  # fmt: skip
def test_a_number_is_cut_apart_where_its_digits_follow_a_comma(text: str, numbers: list[str]) -> None:
    assert cut(text) == numbers


def test_a_key_on_another_line_is_a_key() -> None:
    assert not said("a: 4\n096:\n")
    assert not said("a: [4,\n  096]\n")


def test_in_a_mapping_it_is_read_as_the_number_that_it_is() -> None:
    found = parse("a: {b: 1,049,600, c: 2}", Log("<text>"))
    assert found is not None
    inner = found.entries["a"]
    assert isinstance(inner, MapNode)
    assert {key: node.value for key, node in inner.entries.items() if isinstance(node, ScalarNode)} == {
        "b": 1049600,
        "c": 2,
    }
    (error,) = said("a: {b: 1,049,600, c: 2}")
    assert (error.severity, error.help) == ("error", ("write 1049600",))


def test_in_a_list_yaml_is_believed() -> None:
    found = parse("a: [64, 4,096]", Log("<text>"))
    assert found is not None
    items = found.entries["a"]
    assert isinstance(items, ListNode)
    assert [item.value for item in items.items if isinstance(item, ScalarNode)] == [64, 4, 96]
    (error,) = said("a: [64, 4,096]")
    assert (error.severity, error.help) == (
        "warning",
        ("if it is one number, write 4096", "if it is two, write `4, 96`"),
    )


def test_the_network_is_built_as_yaml_reads_it() -> None:
    report = check_text(f"{HEAD}input: [4, 4,096]\nlayers: [{{kind: relu}}]\n")
    assert [error.code for error in report.diagnostics] == ["A120"]
    assert report.ok
    assert report.input == (4, 4, 96)


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=6), st.sampled_from([",", ", ", " , "]))
def test_numbers_that_are_written_alike_are_left_alone(numbers: list[int], comma: str) -> None:
    assert not said(f"a: [{comma.join(map(str, numbers))}]")


@given(st.integers(1000, 99_999_999), st.lists(st.integers(1, 9999), max_size=3), st.sampled_from([",", ", "]))
def test_a_number_with_a_group_that_begins_with_zero_is_found(number: int, before: list[int], comma: str) -> None:
    spelt = f"{number:,}"
    text = f"a: [{comma.join(map(str, (*before, 9999, spelt)))}]"
    groups = spelt.split(",")[1:]
    found = cut(text)
    if any(group.startswith("0") for group in groups):
        assert found == [spelt]
    elif len(groups) > 1 or comma == "," or len(spelt) > 5:
        assert not found
    assert cut(f"a: {{b: {spelt}, c: 3}}") == [spelt]
