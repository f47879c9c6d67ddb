"""Figures for a page: the network in a column that is not too long, and beside it a block of each form."""

from __future__ import annotations

import re
from itertools import pairwise
from random import Random
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archcalc import Report, check_text
from archcalc.pictures.build import picture
from archcalc.pictures.draw import draw
from archcalc.pictures.figure import MOST_ROWS, figure
from archcalc.pictures.model import BLOCK, Arrow
from archcalc.pictures.view import MOST_ON_A_PAGE, MOST_WITH_ONE_OPEN, Shown, View, arrows_between, count_of
from archcalc.pipeline import check_each
from tests.support.bundled import FIRST, checked
from tests.support.drawn.documents import draw as drawn
from tests.support.drawn.held import written

SVG = "{http://www.w3.org/2000/svg}"


def figure_of(report: Report) -> View:
    found = picture(report)
    assert found is not None
    return figure(found)


def longest(shown: Shown, arrows: tuple[Arrow, ...]) -> int:
    """How many boxes are along the longest way, found from its end: another way than the figure's own."""
    into: dict[int, set[int]] = {}
    for arrow in arrows:
        into.setdefault(arrow.target, set()).add(arrow.source)
    known: dict[int, int] = {}
    for box in sorted(one.box.number for one in shown.closed()):
        known[box] = 1 + max((known[source] for source in into.get(box, ())), default=0)
    return max(known.values())


def holds(seen: View) -> None:
    """What is true of every figure: room, and each block beside is closed elsewhere, one of its form."""
    if not seen.beside:
        return
    pieces = (seen.root, *seen.beside)
    assert sum(map(count_of, pieces)) <= max(MOST_WITH_ONE_OPEN, MOST_ON_A_PAGE)
    for block in seen.beside:
        assert longest(block, arrows_between(seen.picture, block)) <= MOST_ROWS
    closed = {one.box.number for piece in pieces for one in piece.closed()}
    assert {block.box.number for block in seen.beside} <= closed
    opened = [box.form for box in seen.root.opened() if box.family == BLOCK]
    beside = [box.form for block in seen.beside for box in block.opened() if box.family == BLOCK]
    assert {block.box.form for block in seen.beside}.isdisjoint(opened)
    assert len({block.box.form for block in seen.beside}) == len(seen.beside)
    assert all(beside)


@pytest.mark.parametrize(("name", "preset"), FIRST)
def test_a_figure_has_room(name: str, preset: str | None) -> None:
    holds(figure_of(checked(name, preset)))


@given(st.integers(0, 2**40))
def test_any_figure_has_room(number: int) -> None:
    with written(drawn(Random(number))) as path:
        for report in check_each(path):
            if picture(report) is not None:
                holds(figure_of(report))


@pytest.mark.parametrize(
    ("name", "preset", "beside"),
    [
        # Figure 3 of the paper: stages, and a pair of blocks beside; its attention is another figure.
        ("swin", "swin_t", ["features.1.0", "features.1.1", "features.1.1.attn", "features.2"]),
        # Figure 5 of the paper, without a projection and with.
        ("resnet", "resnet152", ["layer1.0", "layer1.1"]),
        ("googlenet", "googlenet", ["inception3a"]),
        # Figures 5, 6, 10 and 7 of the paper, one of each inception that comes again, and what makes the map smaller.
        ("inception_v3", "inception_v3", ["Mixed_5b", "Mixed_6b", "Mixed_7a", "Mixed_7b"]),
        ("unet", "unet", ["inc", "down1"]),
        # These fit in one piece.
        ("llama", "llama2_7b", []),
        ("gpt2", "gpt2", []),
        ("bert", "bert_base_uncased", []),
        ("alexnet", None, []),
    ],
)
def test_what_papers_draw_beside_is_beside(name: str, preset: str | None, beside: list[str]) -> None:
    assert [block.box.path for block in figure_of(checked(name, preset)).beside] == beside


def shapes(report: Report) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(draw(report)).iter())


def test_blocks_beside_have_a_letter_where_they_come_and_their_sizes_at_the_ends() -> None:
    texts = [one.text or "" for one in shapes(checked("resnet", "resnet152")) if one.tag == f"{SVG}text"]
    assert [text for text in texts if text.startswith("(a)")] == [*["(a) bottleneck"] * 4, "(a) layer1.0: bottleneck"]
    assert [text for text in texts if text.startswith("(b)")] == [
        *(f"(b) bottleneck × {times}" for times in (2, 7, 35, 2)),
        "(b) layer1.1: bottleneck × 2",
    ]
    beside = texts[texts.index("(a) layer1.0: bottleneck") : texts.index("(b) layer1.1: bottleneck × 2")]
    # What arrives and what is given, and the size along the arrows within.
    assert beside.count("64 × 56 × 56") == 3
    assert not any(text.startswith("like ") for text in texts)


def skips(report: Report) -> set[tuple[str, str]]:
    """The names of the boxes between which skips are drawn."""
    found = picture(report)
    assert found is not None
    names = {str(box.number): box.name for box in found.root.boxes()}
    arrows = [one for one in shapes(report) if one.attrib.get("class") == "arrow skip"]
    return {(names.get(one.attrib["data-from"], ""), names.get(one.attrib["data-to"], "")) for one in arrows}


def test_skips_are_told_from_the_trunk() -> None:
    # A projection is no skip: nothing goes along it unchanged.
    assert skips(checked("resnet", "resnet152")) == {("", "add")}
    # What a copy takes is no box's name.
    assert skips(checked("llama", "llama2_7b")) == {("", "attended"), ("attended", "out")}
    # The class token takes only the shape of the patches, which are the trunk.
    assert ("patches", "tokens") not in skips(checked("vit", "vit_b_16"))
    assert skips(checked("alexnet", None)) == set()
    assert "skip" in [one.text for one in shapes(checked("resnet", "resnet152"))]
    assert "skip" not in [one.text for one in shapes(checked("alexnet", None))]


@pytest.mark.parametrize(
    ("name", "preset", "frames"),
    [("llama", "llama2_7b", 1), ("gpt2", "gpt2", 1), ("whisper", "whisper_tiny", 1), ("resnet", "resnet152", 0)],
)
def test_a_way_around_begins_within_the_frame_of_copies(name: str, preset: str, frames: int) -> None:
    elements = shapes(checked(name, preset))
    dots = [one for one in elements if one.attrib.get("class") == "dot"]
    assert len(dots) == frames
    for dot in dots:
        x, y = float(dot.attrib["cx"]), float(dot.attrib["cy"])
        around = [one for one in elements if one.attrib.get("class") == "frame" and _has(one, x, y)]
        # The innermost is the frame of the copies: its title stands at its top.
        innermost = max(around, key=lambda one: float(one.attrib["y"]))
        titles = [one.text or "" for one in elements if _is_title(one) and _has(innermost, *_place(one))]
        assert re.search(r" × \d+$", titles[0]), titles


def _is_title(one: ElementTree.Element) -> bool:
    return one.tag == f"{SVG}text" and one.attrib["font-size"] == "12"


def _place(one: ElementTree.Element) -> tuple[float, float]:
    return float(one.attrib["x"]), float(one.attrib["y"])


def _has(rect: ElementTree.Element, x: float, y: float) -> bool:
    left, top, width, height = (float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
    return left < x < left + width and top < y < top + height


def test_a_block_that_is_drawn_for_others_has_their_strides_and_kernels_too() -> None:
    texts = [one.text or "" for one in shapes(checked("resnet", "resnet152")) if one.tag == f"{SVG}text"]
    strides = [text for text in texts if "stride 1 or 2" in text]
    # As in torchvision, the stride is in the 3×3, and in the projection beside it.
    assert strides == ["conv2d 3×3, 64, stride 1 or 2", "conv2d 1×1, 256, stride 1 or 2"]
    assert not any("stride" in text for text in texts[texts.index("(b) layer1.1: bottleneck × 2") :])
    texts = [one.text or "" for one in shapes(checked("efficientnet", "efficientnet_b0")) if one.tag == f"{SVG}text"]
    assert "conv2d 3×3 or 5×5, 96, stride 1 or 2, depthwise" in texts
    assert "conv2d 3×3, 1152, depthwise" in texts


STAGES = """\
archcalc: 1
name: Stages
input: [3, 224, 224]
blocks:
  mix:
    args: {c, k, s}
    layers:
      - {name: dw, kind: conv2d, out_channels: c, groups: in_channels, kernel_size: k, stride: s, padding: k//2}
      - {name: pw, kind: conv2d, out_channels: 4*c, kernel_size: 1}
      - {name: act, kind: sigmoid}
      - {name: out, kind: conv2d, out_channels: c, kernel_size: 1}
      - {name: sum, kind: add, from: [out, input], when: s == 1}
layers:
  - {name: stem, kind: conv2d, out_channels: 64, kernel_size: 4, stride: 4}
  - {name: stage1, kind: mix, repeat: 3, c: 64, k: 7, s: 1}
  - {name: down1, kind: mix, c: 128, k: 3, s: 2}
  - {name: stage2, kind: mix, repeat: 6, c: 128, k: 7, s: 1}
  - {name: down2, kind: mix, c: 256, k: 3, s: 2}
  - {name: stage3, kind: mix, repeat: 4, c: 256, k: 5, s: 1}
"""


def test_groups_are_open_level_by_level_where_there_is_no_room_for_all() -> None:
    view = figure_of(checked("t5", "t5_small"))
    assert {"encoder", "decoder", "encoder.block"} <= {box.path for box in view.root.opened()}
    assert count_of(view.root) <= MOST_ON_A_PAGE
    assert [one.box.kind for one in view.beside] == ["feed_forward", "self_attention", "cross_attention"]


def test_a_block_of_layers_that_comes_more_than_once_is_drawn_once_beside() -> None:
    view = figure_of(check_text(STAGES))
    # However often they repeat, the stages are of one form.
    assert [(one.box.name, one.box.times) for one in view.beside] == [("stage1.0", 3), ("down1", 1)]
    assert [one.box.name for one in view.root.closed()] == [
        *("input", "stem", "stage1.0", "down1", "stage2.0", "down2", "stage3.0", "output")
    ]
    (dw,) = (one.box for one in view.beside[0].closed() if one.box.name == "dw")
    assert dw.varied == "5×5 or 7×7, 64, depthwise"


def dashed(report: Report) -> set[str]:
    """The names of the boxes to which dashed arrows lead, none of them drawn as a skip."""
    found = picture(report)
    assert found is not None
    names = {str(box.number): box.name for box in found.root.boxes()}
    arrows = [one for one in shapes(report) if "stroke-dasharray" in (one[0].attrib if len(one) else {})]
    arrows = [one for one in arrows if "arrow" in one.attrib.get("class", "")]
    assert {one.attrib["class"] for one in arrows} <= {"arrow"}
    return {names[one.attrib["data-to"]] for one in arrows}


def test_arrows_along_which_no_values_go_are_dashed_and_told() -> None:
    # Of the map that arrives the crop takes the sizes only, and the mask those of the map that is rolled.
    attention = {"relative_position_bias_table", "bias", "crop_as"}
    assert dashed(checked("swin", "swin_t")) == attention
    # Which word is the last is looked up in the numbers of the words.
    assert "pooled" in dashed(checked("clip", "clip_vit_b_32"))
    assert dashed(checked("resnet", "resnet152")) == set()
    told = "no values, only sizes or a place"
    assert told in [one.text for one in shapes(checked("swin", "swin_t"))]
    assert told not in [one.text for one in shapes(checked("resnet", "resnet152"))]


def test_what_is_in_training_only_is_told() -> None:
    told = "in training only"
    assert told in [one.text for one in shapes(checked("googlenet", "googlenet_aux"))]
    assert told not in [one.text for one in shapes(checked("googlenet", "googlenet"))]


@pytest.mark.parametrize(
    ("name", "preset"),
    [
        ("swin", "swin_t"),
        ("resnet", "resnet152"),
        ("unet", "unet"),
        ("bert", "bert_base_uncased"),
        ("maxvit", "maxvit_t"),
    ],
)
def test_no_arrow_runs_through_a_title(name: str, preset: str) -> None:
    """Titles of frames: at least six thousandths a letter and point, which is less than Helvetica's."""

    def within(group: ElementTree.Element) -> None:
        lines: list[tuple[tuple[float, ...], tuple[float, ...]]] = []
        for arrow in [one for one in group if (one.attrib.get("class") or "").startswith("arrow")]:
            points = [tuple(map(float, at)) for at in re.findall(r"([\d.-]+) ([\d.-]+)", arrow[0].attrib["d"])]
            lines += pairwise(points)
        for title in [one for one in group if one.attrib.get("class") == "name"]:
            for text in title.iter(f"{SVG}text"):
                x, y, size = (float(text.attrib[name]) for name in ("x", "y", "font-size"))
                wide, words = 0.4 * size * len(text.text or ""), text.text
                for (a, b), (c, d) in lines:
                    apart = max(a, c) < x or min(a, c) > x + wide or max(b, d) < y - size or min(b, d) > y
                    assert apart, (words, (a, b), (c, d))
        for inner in group:
            within(inner)

    within(ElementTree.fromstring(draw(checked(name, preset))))
