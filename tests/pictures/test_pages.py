"""A figure on several pages: each can be read, and together they have what the one figure has."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from archcalc import check_text
from archcalc.cli.main import cli
from archcalc.pictures.draw import chosen, draw, drawn, drawn_pages, whole
from tests.support.bundled import checked

SVG = "{http://www.w3.org/2000/svg}"


def boxes(text: str) -> Counter[str]:
    """The closed boxes, by their numbers."""
    groups = ElementTree.fromstring(text).iter(f"{SVG}g")
    return Counter(one.attrib["data-n"] for one in groups if one.attrib.get("class") in ("leaf", "closed"))


def ends(text: str) -> set[tuple[str, str]]:
    """The arrows, by the numbers of their ends."""
    groups = ElementTree.fromstring(text).iter(f"{SVG}g")
    return {(one.attrib["data-from"], one.attrib["data-to"]) for one in groups if "data-from" in one.attrib}


@pytest.mark.parametrize(
    ("name", "preset", "many"),
    [("swin", "swin_t", 3), ("whisper", "whisper_tiny", 4), ("unet", "unet", 2), ("lenet5", None, 1)],
)
def test_pages_can_be_read_and_have_it_all(name: str, preset: str | None, many: int) -> None:
    view = chosen(whole(checked(name, preset)), "page", "svg")
    pages, one = drawn_pages(view), drawn(view, "svg")
    assert len(pages) == many
    for page in pages:
        wide, high = (float(size) for size in ElementTree.fromstring(page).attrib["viewBox"].split()[2:])
        # The smallest letters have 10 px; the page's text is 468 pt wide, and has 583 pt above a caption.
        assert 10 * min(468 / wide, 583 / high) >= 5
    assert sum(map(boxes, pages), Counter()) == boxes(one)
    numbers = {*boxes(one)}
    arrows = {pair for pair in ends(one) if {*pair} <= numbers}
    apart = {pair for page in pages for pair in ends(page)}
    # What is cut is an arrow to an end on one page, and from one on another.
    cut = arrows - apart
    assert {pair for pair in apart if {*pair} <= numbers} == arrows - cut
    for giver, taker in cut:
        assert any(source == giver and target not in numbers for source, target in apart)
        assert any(target == taker and source not in numbers for source, target in apart)


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize(("name", "preset"), [("resnet", "resnet50"), ("vit", "vit_b_16")])
def test_columns_can_be_read_and_are_as_wide_as_each_other(name: str, preset: str, plain: bool) -> None:
    view = chosen(whole(checked(name, preset), plain=plain), "page", "svg")
    columns = drawn_pages(view, "column")
    for column in columns:
        wide, high = (float(size) for size in ElementTree.fromstring(column).attrib["viewBox"].split()[2:])
        # As wide as 252 pt are with letters of 5 pt, and no higher than a page with a caption.
        assert (wide, 583 / high >= 252 / wide) == (504, True)
    assert sum(map(boxes, columns), Counter()) == boxes(drawn(view, "svg"))


def test_each_page_is_a_file(tmp_path: Path) -> None:
    def run(*options: str) -> tuple[int, str]:
        result = CliRunner().invoke(
            cli, ["draw", "unet", *("--pages",) * ("--columns" not in options), *options], catch_exceptions=False
        )
        return result.exit_code, result.output

    status, told = run("--out", str(tmp_path / "net.svg"))
    assert status == 0, told
    assert sorted(path.name for path in tmp_path.iterdir()) == ["net-1.svg", "net-2.svg"]
    status, told = run("--columns", "--depth", "0", "--out", str(tmp_path / "slim.svg"))
    assert (status, (tmp_path / "slim-1.svg").exists()) == (0, True)
    for options in ((), ("--out", "net.dot")):
        status, told = run(*options)
        assert (status, "--pages writes SVGs" in told) == (2, True)
    status, told = run("--style", "boxes", "--out", "net.svg")
    assert (status, "wider than a page: draw it --plain" in told) == (2, True)
    status, told = run("--style", "boxes", "--plain", "--out", str(tmp_path / "u.svg"))
    assert (status, [path.name for path in tmp_path.glob("u*")]) == (0, ["u-1.svg"])
    status, told = run("--columns", "--style", "boxes", "--out", "net.svg")
    assert (status, "a U is drawn in one piece, and this one is wider than a column" in told) == (2, True)


SMALL_U = """
archcalc: 1
name: Small U
input: [1, 64, 64]
layers:
  - {name: fine, kind: conv2d, out_channels: 8, kernel_size: 3, padding: 1}
  - {name: half, kind: conv2d, out_channels: 16, kernel_size: 3, padding: 1, stride: 2}
  - {name: fourth, kind: conv2d, out_channels: 32, kernel_size: 3, padding: 1, stride: 2}
  - {name: up, kind: conv_transpose2d, out_channels: 16, kernel_size: 2, stride: 2}
  - {name: joined, kind: add, from: [up, half]}
  - {name: up2, kind: conv_transpose2d, out_channels: 8, kernel_size: 2, stride: 2}
  - {name: last, kind: add, from: [up2, fine]}
"""


@pytest.mark.parametrize("plain", [False, True])
def test_a_u_that_is_no_wider_than_a_column_is_in_one(plain: bool) -> None:
    report = check_text(SMALL_U)
    (column,) = draw(report, style="boxes", columns=True, plain=plain)
    assert float(ElementTree.fromstring(column).attrib["width"]) == 504
    assert boxes(column) == boxes(draw(report, style="boxes"))
    assert ends(column) == ends(draw(report, style="boxes"))


@pytest.mark.parametrize(("name", "plain"), [("resnet50", True), ("squeezenet1_0", False)])
def test_rows_that_would_come_out_too_long_are_cut_anew(name: str, plain: bool) -> None:
    """How much the head of a frame and the map that goes on add to a row is known when it is laid out."""
    columns = draw(name, style="boxes", columns=True, plain=plain)
    assert [ElementTree.fromstring(column).attrib["width"] for column in columns] == ["504"] * len(columns)
    assert sum(map(boxes, columns), Counter()) == boxes(draw(name, style="boxes"))


def test_maps_in_proportion_are_rows_of_a_column_that_begin_where_the_one_before_ends() -> None:
    columns = draw("alexnet", style="boxes", columns=True, plain=True)
    for column in columns:
        assert float(ElementTree.fromstring(column).attrib["width"]) == 504
    assert sum(map(boxes, columns), Counter()) == boxes(draw("alexnet", style="boxes"))
    begins = [text for column in columns for text in re.findall(">continued</text>.*?>([^<>]*)</text>", column, re.S)]
    assert begins
    assert set(begins) <= {" × ".join(map(str, layer.output or ())) for layer in checked("alexnet", None).layers}
