"""YAML to values with their places: exact spans, and the bounds."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import yaml

from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Span
from archcalc.language.files import MAX_BYTES, read_text
from archcalc.language.nodes import ListNode, MapNode, Node, ScalarNode
from archcalc.language.yaml_events import MAX_DEPTH
from archcalc.language.yaml_reader import parse
from archcalc.spec.bundled import bundled_specs


def parsed(text: str) -> tuple[MapNode | None, list[str]]:
    log = Log("spec.yaml")
    node = parse(text, log)
    return node, [error.code for error in log.found]


def test_quotes_make_text() -> None:
    node, codes = parsed("a: '1'\nb: \"null\"\nc: |\n  true\n")
    assert node is not None
    assert codes == []
    assert [entry.value for entry in node.entries.values() if isinstance(entry, ScalarNode)] == ["1", "null", "true\n"]


def scalars(node: Node) -> Iterator[tuple[str, Span]]:
    """Every scalar as it is spelt, keys too, with its span."""
    if isinstance(node, ScalarNode):
        yield node.text, node.span
    elif isinstance(node, ListNode):
        for item in node.items:
            yield from scalars(item)
    else:
        for key, value in node.entries.items():
            yield key, node.keys[key]
            yield from scalars(value)


@pytest.mark.parametrize("name", bundled_specs())
def test_a_span_is_where_the_text_stands(name: str) -> None:
    text = bundled_specs()[name].read_text("utf-8")
    node, codes = parsed(text)
    assert node is not None
    assert codes == []
    lines = text.splitlines()
    checked = 0
    for spelt, span in scalars(node):
        if span.line == span.end_line:
            assert lines[span.line - 1][span.column - 1 : span.end_column - 1].strip("'\"") == spelt
            checked += 1
    assert checked > 50


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x85", "\u2028"])
def test_lines_are_counted_as_python_splits_them(end: str) -> None:
    text = f"a: é{end}# 卷{end}b: [🙂, x]{end}"
    node, codes = parsed(text)
    assert node is not None
    assert codes == []
    b = node.entries["b"]
    assert isinstance(b, ListNode)
    assert b.span == Span(3, 4, 3, 10)
    assert b.items[1].span == Span(3, 8, 3, 9)
    assert text.splitlines()[2][7:8] == "x"


NESTED: dict[str, Callable[[int], str]] = {
    "flow lists": lambda n: "[" * (n - 1) + "1" + "]" * (n - 1),
    "flow lists in a key": lambda n: "a: " + "[" * (n - 2) + "1" + "]" * (n - 2),
    "flow mappings": lambda n: "{a: " * (n - 1) + "1" + "}" * (n - 1),
    "flow lists and mappings": lambda n: (
        ("[{a: " * n)[: 5 * (n // 2) - 4 * (1 - n % 2)] + "1" + ("]}" * n)[: n - 1][::-1]
    ),
    "a list on each line": lambda n: "[\n" * (n - 1) + "1" + "\n]" * (n - 1),
    "compact lists": lambda n: "- " * (n - 1) + "1",
    "compact keys": lambda n: "? " * (n - 1) + "1",
    "indented keys": lambda n: "".join(f"{' ' * i}a:\n" for i in range(n - 1)) + " " * (n - 1) + "1",
    "lists in compact lists": lambda n: "- " * (n // 2) + "[" * (n - 1 - n // 2) + "1" + "]" * (n - 1 - n // 2),
}
"""A text whose innermost value stands at a depth of n, by what it is nested in."""

BREAKS = ["", "\n]", "\na: b: c", "\n'"]
"""What may come after it, so that all of it is no YAML; or nothing."""

LOADERS = [yaml.CSafeLoader, yaml.SafeLoader] if yaml.__with_libyaml__ else [yaml.SafeLoader]


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize("broken", BREAKS)
@pytest.mark.parametrize("form", NESTED)
def test_depth_is_refused_by_us_whatever_the_library_does(
    monkeypatch: pytest.MonkeyPatch, form: str, broken: str, loader: type
) -> None:
    """libyaml 0.2.6 reads no deeper than 1000, and says so before the 65th level is an event."""
    monkeypatch.setattr("archcalc.language.yaml_events._LOADER", loader)
    for depth in (MAX_DEPTH, MAX_DEPTH + 1, 999, 1001):
        codes = parsed(NESTED[form](depth) + broken + "\n")[1]
        assert (codes == ["A103"]) == (depth > MAX_DEPTH), (depth, codes)


@pytest.mark.parametrize("opened", ["a: [", "[", "{a: ", "{[", "- ", "? ", "? - ", "[{a: ", "'a': [", '"b": {'])
def test_a_text_as_long_and_deep_as_it_may_be_is_refused_for_its_depth(opened: str) -> None:
    assert parsed(opened * (MAX_BYTES // len(opened)))[1] == ["A103"]


def test_an_error_within_the_depth_is_said_and_not_the_depth_after_it() -> None:
    """Even where the scanner has read on to what is too deep."""
    for brackets in (MAX_DEPTH, 2000):
        assert parsed("a: [x, @]\nb: " + "[" * brackets)[1] == ["A104"]
        assert parsed("a: b: " + "[" * brackets)[1] == ["A104"]
        assert parsed("a: '" + "[" * brackets)[1] == ["A104"]
        assert parsed("# " + "[" * brackets + "\na: '" + "[" * brackets + "'\n")[1] == []


def test_what_stands_before_the_value_too_deep_is_said_too() -> None:
    assert parsed("&a " + "[" * 2000)[1] == ["A106", "A103"]
    assert parsed("a: 1\na: 2\nb: " + "[" * 2000)[1] == ["A105", "A103"]


def test_the_first_value_too_deep_is_where_it_is_said() -> None:
    log = Log("")
    parse("a: 1\nb: " + "[" * 2000, log)
    assert [error.span for error in log.found] == [Span(2, 4 + MAX_DEPTH - 1, 2, 5 + MAX_DEPTH - 1)]


def test_size_is_bounded(tmp_path: object) -> None:
    from pathlib import Path

    path = Path(str(tmp_path)) / "spec.yaml"
    for size, codes in ((MAX_BYTES, []), (MAX_BYTES + 1, ["A103"])):
        path.write_bytes(b"#" * size)
        log = Log(str(path))
        assert (read_text(path, log) is None) == bool(codes)
        assert [error.code for error in log.found] == codes


def test_an_alias_stands_for_what_it_names_and_is_an_error_once() -> None:
    node, codes = parsed("a: &a [1, 2]\nb: *a\nc: *a\n")
    assert codes == ["A106", "A106"]
    assert node is not None
    a, b, c = node.entries.values()
    assert isinstance(a, ListNode)
    assert isinstance(b, ListNode)
    assert isinstance(c, ListNode)
    assert a.items == b.items == c.items
    assert b.span == Span(2, 4, 2, 6)


def test_an_alias_of_a_text_stands_in_a_list() -> None:
    node, codes = parsed("a: &a max(1\nb: [*a, 2), *a]\n")
    assert codes == ["A106", "A106", "A116"]
    assert node is not None
    b = node.entries["b"]
    assert isinstance(b, ListNode)
    assert [item.text for item in b.items if isinstance(item, ScalarNode)] == ["max(1, 2)", "max(1"]


def test_aliases_cannot_multiply() -> None:
    lines = ["a0: &a0 [x, x]", *(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 30))]
    node, _ = parsed("\n".join(lines))
    assert node is not None
    assert sum(1 for _ in scalars(node)) < 1000
    many, _ = parsed(f"a: &a [{'x, ' * 100}]\nb: [{'*a, ' * 10_000}]\n")
    assert many is not None
    assert sum(1 for _ in scalars(many)) < 25_000


def test_a_merge_key_is_an_error_and_merges() -> None:
    node, codes = parsed("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc: {<<: [*a], z: 4}\nd: {<<: 5}\n")
    assert codes == ["A106", "A106", "A106", "A106"]
    assert node is not None
    b = node.entries["b"]
    assert isinstance(b, MapNode)
    assert {key: value.value for key, value in b.entries.items() if isinstance(value, ScalarNode)} == {"x": 1, "y": 3}


def test_what_is_reported_is_not_reported_again() -> None:
    log = Log("spec.yaml")
    node = parse("name: !!binary aGk=\n", log)
    assert node is not None
    log.error("A111", node.entries["name"].span, "`name` takes text")
    assert [error.code for error in log.found] == ["A106"]


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x0b", "\x0c", "\x1b", "\x7f", "\x9b", "\ud800", "\ufffe"])
def test_a_character_that_yaml_does_not_have_is_refused_in_its_place(character: str) -> None:
    log = Log("spec.yaml")
    assert parse(f"a: 1\nbc{character}", log) is None
    assert [(error.code, error.span) for error in log.found] == [("A102", Span(2, 3, 2, 4))]
