"""What Graphviz and Mermaid read: each box and arrow, and nothing of a stranger's but in strings."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest

from archcalc import check_text
from archcalc.pictures.build import picture
from archcalc.pictures.colours import DOUBTFUL
from archcalc.pictures.draw import draw
from archcalc.pictures.view import View, view
from tests.support.bundled import FIRST, checked
from tests.support.strange_names import STRANGE

DOT_LINE = (
    r"  +(?:n\d+(?: -> n\d+)? \[(?:\w+=(?:S|\d+)(?:, )?)+\]|subgraph cluster_\d+ \{"
    r"|(?:graph|node|edge) \[.*\]|\})"
)
MERMAID_LINE = (
    r"  +(?:n\d+\[S\]:::c\d+|subgraph n\d+\[S\]|end|n\d+ -- S --> n\d+|class n\d+ (?:wrong|frame)"
    r"|classDef \w+ [-#:,\w]+)"
)


def shown(text: str, depth: int | None) -> View:
    found = picture(check_text(text))
    assert found is not None
    return view(found, depth)


def lines(text: str, string: str) -> list[str]:
    """The lines of a picture, each string in them as S."""
    return [re.sub(string, "S", line) for line in text.split("\n")]


@pytest.mark.parametrize("depth", [0, 1, None])
def test_a_strangers_names_are_strings(depth: int | None) -> None:
    report = check_text(STRANGE)
    first, *dot, last = lines(draw(report, "dot", depth=depth), r'"(?:[^"\\]|\\["\\n])*"')
    assert (first, last) == ("digraph S {", "}")
    assert [line for line in dot if not re.fullmatch(DOT_LINE, line)] == []
    first, *mermaid = lines(draw(report, "mermaid", depth=depth), r'"[^"]*"')
    assert first == "flowchart TD"
    assert [line for line in mermaid if not re.fullmatch(MERMAID_LINE, line)] == []


def test_mermaid_has_no_markup_but_line_breaks() -> None:
    text = draw(check_text(STRANGE), "mermaid", depth=None)
    strings = re.findall(r'"([^"]*)"', text)
    assert any("#60;b#62;" in string for string in strings)
    assert not any(
        re.search(r"[<>`&;%]|end", re.sub(r"<br/>|#\d+;", "", string)) for string in strings if "evil" in string
    )


def through_dots(arrows: Iterable[tuple[str, str, str, bool]]) -> set[tuple[int, int, str, bool]]:
    """The arrows between boxes, those that go through a dot as one."""
    found = [*arrows]
    giver = {target: source for source, target, _, _ in found if target.startswith("e")}
    ends = ((giver.get(a, a), b, size, dashed) for a, b, size, dashed in found if b not in giver)
    return {(int(a[1:]), int(b[1:]), size, dashed) for a, b, size, dashed in ends}


@pytest.mark.parametrize(("name", "preset"), FIRST)
def test_each_box_and_arrow_is_there(name: str, preset: str | None) -> None:
    report = checked(name, preset)
    found = picture(report)
    assert found is not None
    one = view(found, 2)
    boxes = {shown.box.number for part in one.root.parts for shown in part.closed()}
    arrows = {(arrow.source, arrow.target, found.sizes[arrow.value], arrow.unread) for arrow in one.arrows}
    dot = draw(report, "dot", depth=2)
    assert {*map(int, re.findall(r"^ +n(\d+) \[", dot, re.M))} == boxes
    found_arrows = re.findall(r'^ +(\w+) -> (\w+) \[label="(.*?)"(, style=dashed)?', dot, re.M)
    assert through_dots((a, b, size, bool(dashed)) for a, b, size, dashed in found_arrows) == arrows
    mermaid = draw(report, "mermaid", depth=2)
    assert {*map(int, re.findall(r"^ +n(\d+)\[", mermaid, re.M))} == boxes
    found_arrows = re.findall(r'^ +(\w+) -([-.]) "(.*)" (?:--[->]|\.-(?:>|)) (\w+)', mermaid, re.M)
    assert through_dots((a, b, size, how == ".") for a, how, size, b in found_arrows) == arrows


def test_a_warning_is_marked_where_it_is() -> None:
    warned = check_text(
        "archcalc: 1\nname: W\ninput: [3, 8, 8]\nlayers:\n  - {name: act, kind: relu}\n"
        "  - {name: fc, kind: linear, out_features: 4}\n"
    )
    assert [one.code for one in warned.diagnostics] == ["A210"]
    (line,) = (line for line in draw(warned, "dot").split("\n") if "A210" in line)
    assert "fc" in line
    assert f'color="{DOUBTFUL}", penwidth=2' in line
    assert re.findall(r"class (n\d+) doubtful", draw(warned, "mermaid")) == re.findall(r"(n\d+) \[", line)
    svg = draw(warned)
    assert ">! A210</text>" in svg
    assert svg.count('class="box doubtful"') == 1


def test_sizes_may_be_formulas() -> None:
    text = draw(checked("lenet5", None), "dot", symbolic=True)
    assert 'label="1 × H × W"' in text
    assert "⌊" in text
