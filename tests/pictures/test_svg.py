"""The SVG and the page: what is shown is what the view says, and nothing of a stranger's is markup or script."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from random import Random
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from py_mini_racer import MiniRacer

from archcalc import Report, check_text
from archcalc.layers.kinds import FAMILY_OF
from archcalc.pictures import svg
from archcalc.pictures.build import picture
from archcalc.pictures.colours import SHADE
from archcalc.pictures.data import data
from archcalc.pictures.draw import MOST_BOXES, MOST_PASSED, DrawError, chosen, draw
from archcalc.pictures.model import Arrow
from archcalc.pictures.page_files import page_file
from archcalc.pictures.view import View, arrows_between, view
from archcalc.pictures.words import as_form, head, lines
from archcalc.pipeline import check_each
from archcalc.reports.visible import in_one_line
from tests.support.bundled import SOME, checked
from tests.support.drawn.documents import draw as drawn
from tests.support.drawn.held import written
from tests.support.strange_names import STRANGE

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def machine() -> Iterator[MiniRacer]:
    with MiniRacer() as one:
        one.eval(f"{page_file('picture.js')}\n;0")
        yield one


def seen(report: Report, depth: int | str | None) -> View:
    found = picture(report)
    assert found is not None
    return view(found, depth)


def same(machine: MiniRacer, ours: View) -> None:
    """The view of the page has the boxes and arrows of the one that is written as text."""
    asked = f"(() => {{ const data = {json.dumps(data(ours))}, view = viewOf(data, new Set(data.open));"
    closed = "[...view.shown].filter(([n, one]) => !one.open).map(([n]) => n)"
    texts = "[...view.shown].map(([n, { box, open }]) => [n, open ? box.frame : box.lines])"
    asked += (
        f"return JSON.stringify([{closed}, "
        f"view.arrows.map((one) => [one.from, one.to, one.value, one.unread, one.label]), {texts}]) }})()"
    )
    boxes, arrows, texts = json.loads(str(machine.eval(asked)))
    standing = ours.standing_for()
    seen = [as_form(shown.box) if shown.box.number in standing else shown.box for shown in ours.root.closed()]
    told = {box.number: [*map(in_one_line, lines(box, ours.likes.get(box.form)))] for box in seen}
    frames = {box.number: in_one_line(head(box, box.number in ours.referred)[0]) for box in ours.root.opened()}
    assert {number: text for number, text in texts if number} == {n: text for n, text in (told | frames).items() if n}
    assert boxes == [shown.box.number for part in ours.root.parts for shown in part.closed()]
    assert [Arrow(*arrow[:4]) for arrow in arrows] == [*ours.arrows]
    assert all(label in ("", ours.picture.sizes[value]) for _, _, value, _, label in arrows)
    labelled = {(source, value) for source, _, value, _, label in arrows if label}
    assert labelled == {(one.source, one.value) for one in ours.arrows if not one.unread}


@pytest.mark.parametrize(("name", "preset"), SOME)
def test_the_page_shows_what_the_text_says(machine: MiniRacer, name: str, preset: str | None) -> None:
    for depth in ("page", 0, 1, 2, None):
        same(machine, seen(checked(name, preset), depth))


@given(st.integers(0, 2**40))
def test_the_page_shows_what_the_text_says_of_any_network(machine: MiniRacer, number: int) -> None:
    with written(drawn(Random(number))) as path:
        for report in check_each(path):
            if report.layers:
                for depth in ("page", 1, 2, None):
                    same(machine, seen(report, depth))


def elements(text: str) -> ElementTree.Element:
    """An SVG that has nothing but shapes and text, and nothing that runs or is fetched."""
    root = ElementTree.fromstring(text)
    shapes = {"svg", "g", "rect", "path", "circle", "text", "title"}
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= shapes
    for element in root.iter():
        assert not any(re.search(r"^on|href|style|src", name) for name in element.attrib)
        assert not any("url(" in value or "script" in value for value in element.attrib.values())
    return root


@pytest.mark.parametrize("style", ["layers", "boxes"])
@pytest.mark.parametrize("depth", ["page", None])
def test_a_strangers_names_are_text(style: str, depth: str | None) -> None:
    text = draw(check_text(STRANGE), depth=depth, style=style)
    root = elements(text)
    told = "".join(root.itertext())
    assert "<script>alert(1)</script>" in told
    assert all(line.isprintable() for line in text.split("\n"))


@pytest.mark.parametrize("style", ["layers", "boxes"])
@pytest.mark.parametrize("name", ["lenet5", "resnet152", "unet"])
def test_each_box_is_drawn_once_and_no_two_overlap(name: str, style: str) -> None:
    report = (
        checked("resnet", "resnet152") if name == "resnet152" else checked(name, "unet" if name == "unet" else None)
    )
    root = elements(draw(report, style=style))
    numbers = [int(group.attrib["data-n"]) for group in root.iter(f"{SVG}g") if "data-n" in group.attrib]
    found = picture(report)
    assert found is not None
    shown = chosen(found, "page", "svg", style)
    assert {*numbers} >= {one.box.number for part in shown.root.parts for one in part.closed()}
    groups = [one for one in root.iter(f"{SVG}g") if one.attrib.get("class") in ("leaf", "closed")]
    assert len(groups) == len({group.attrib["data-n"] for group in groups})
    arrows = [one.attrib for one in root.iter(f"{SVG}g") if (one.attrib.get("class") or "").startswith("arrow")]
    between = {(int(one["data-from"]), int(one["data-to"])) for one in arrows if one["data-to"]}
    # Those of blocks beside lead, besides, from what arrives there and to what is given, which are no boxes.
    count = len([*found.root.boxes()])
    assert {ends for ends in between if max(ends) < count} == {
        (arrow.source, arrow.target) for piece in (shown.root, *shown.beside) for arrow in arrows_between(found, piece)
    }
    for piece in root.iter(f"{SVG}g") if style == "layers" else ():
        sides = [
            [float(next(group.iter(f"{SVG}rect")).attrib[a]) for a in ("x", "y", "width", "height")]
            for group in piece
            if group in groups
        ]
        for k, (x, y, w, h) in enumerate(sides):
            for a, b, c, d in sides[:k]:
                assert x >= a + c or a >= x + w or y >= b + d or b >= y + h


@pytest.mark.parametrize(
    ("name", "preset", "order"),
    [
        ("llama", "llama2_7b", ["q_proj", "k_proj", "v_proj"]),
        ("llama", "llama2_7b", ["gate_proj", "up_proj"]),
        ("bert", "bert_base_uncased", ["query", "key", "value"]),
        ("googlenet", "googlenet", ["branch1", "branch2", "branch3", "branch4"]),
    ],
)
def test_branches_stand_in_their_order(name: str, preset: str, order: list[str]) -> None:
    texts = elements(draw(checked(name, preset))).iter(f"{SVG}text")
    left = {one.text: float(one.attrib["x"]) for one in texts}
    assert sorted(order, key=lambda branch: left[branch]) == order


def test_every_family_has_a_shade() -> None:
    assert {*FAMILY_OF.values()} <= SHADE.keys()
    rules = page_file("page.css")
    assert all(f'fill="{shade}"' in rules for shade in SHADE.values())


def many(count: int) -> str:
    layers = "".join(f"  - {{kind: conv2d, out_channels: {3 + k % 2}, kernel_size: 1}}\n" for k in range(count))
    return f"archcalc: 1\ninput: [3, 8, 8]\nlayers:\n{layers}"


@pytest.mark.parametrize("form", ["svg", "html"])
def test_what_takes_long_to_lay_out_is_refused(form: str) -> None:
    report = check_text(many(3_000))
    with pytest.raises(DrawError, match=f"3,002 boxes, and at most {MOST_BOXES}"):
        draw(report, form)
    assert draw(report, "dot").count(" -> ") == 3_001


def skipping(count: int) -> str:
    layers = "".join(
        f"  - {{name: l{k}, kind: add, from: [{', '.join(f'l{k - back}' for back in range(1, 60))}]}}\n"
        for k in range(60, count)
    )
    first = "".join(f"  - {{name: l{k}, kind: relu}}\n" for k in range(60))
    return f"archcalc: 1\nname: Skips\ninput: [3, 8, 8]\nlayers:\n{first}{layers}"


@pytest.mark.parametrize("form", ["svg", "html"])
def test_arrows_that_pass_many_boxes_are_refused(form: str) -> None:
    report = check_text(skipping(120))
    with pytest.raises(DrawError, match=f"pass [0-9,]+ boxes, and with at most {MOST_PASSED:,} it is laid out"):
        draw(report, form)


def test_a_layout_that_takes_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(svg, "MOST_SECONDS", 0.01)
    with pytest.raises(DrawError, match="takes longer than"):
        draw(checked("unet", "unet"))


def test_it_is_drawn_where_an_event_loop_runs() -> None:
    async def drawn_in_a_notebook() -> str:
        return draw(checked("lenet5", None))

    assert asyncio.run(drawn_in_a_notebook()) == draw(checked("lenet5", None))


def test_without_the_extra_there_is_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(svg, "find_spec", lambda name: None)
    with pytest.raises(DrawError, match=r"pip install 'archcalc\[draw\]'`, or write --format html"):
        draw(checked("lenet5", None))
    assert draw(checked("lenet5", None), "html").startswith("<!doctype html>")


class Page(HTMLParser):
    """The elements of a page, and the texts of its scripts and title."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.within = ""
        self.scripts: list[str] = []
        self.title = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.within = tag
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self.within = ""

    def handle_data(self, data: str) -> None:
        if self.within == "script":
            self.scripts[-1] += data
        elif self.within == "title":
            self.title += data


def test_the_page_runs_its_own_scripts_and_no_other() -> None:
    reports = checked("lenet5", None), check_text(STRANGE)
    plain, strange = (Page(draw(report, "html", depth=None)) for report in reports)
    assert [tag for tag, _ in plain.elements] == [tag for tag, _ in strange.elements]
    values, *scripts = strange.scripts
    assert scripts == plain.scripts[1:]
    (policy,) = [one["content"] or "" for tag, one in strange.elements if tag == "meta" and "http-equiv" in one]
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    assert policy.endswith("script-src " + " ".join(f"'sha256-{one}'" for one in hashes))
    assert "default-src 'none'" in policy
    assert "<script>alert(1)</script>" in json.loads(values)["title"]
    assert json.loads(values)["title"] in strange.title
    assert not any(name.startswith("on") or name in ("src", "href") for _, one in strange.elements for name in one)


def test_the_licence_of_the_layout_is_there() -> None:
    page = draw(checked("lenet5", None), "html")
    assert "Eclipse Public License 2.0" in page
    assert "https://github.com/kieler/elkjs" in page
    assert page_file("elk-LICENSE.md").startswith("# Eclipse Public License - v 2.0")
