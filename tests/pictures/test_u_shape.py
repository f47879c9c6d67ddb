"""A U is what the graph makes one, its sizes are the paper's, and every arrow and box is drawn."""

from __future__ import annotations

import re
from random import Random
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archcalc import DrawError, Report, check_text
from archcalc.pictures.build import picture
from archcalc.pictures.draw import draw
from archcalc.pictures.u_shape import MOST_COLUMNS, U, u_shape, u_view
from archcalc.pictures.view import View
from archcalc.pipeline import check_each
from tests.support.bundled import FIRST, checked
from tests.support.drawn.documents import draw as drawn
from tests.support.drawn.held import written

SVG = "{http://www.w3.org/2000/svg}"


def seen(report: Report) -> View | None:
    found = picture(report)
    assert found is not None
    return u_view(found)


def the_u(report: Report) -> tuple[View, U]:
    view = seen(report)
    assert view is not None
    found = u_shape(view)
    assert found is not None
    return view, found


def maps(view: View, numbers: tuple[int, ...]) -> list[tuple[int, ...] | None]:
    boxes = {shown.box.number: shown.box for shown in view.root.closed()}
    return [view.picture.maps[boxes[number].output] for number in numbers]


def test_u_net_is_figure_1_of_the_paper() -> None:
    view, found = the_u(checked("unet", "unet_paper"))
    # Of each row (channels, side) in the paper's figure; pooled and up-convolved maps stand first.
    down = [
        [(1, 572), (64, 570), (64, 568)],
        [(64, 284), (128, 282), (128, 280)],
        [(128, 140), (256, 138), (256, 136)],
        [(256, 68), (512, 66), (512, 64)],
        [(512, 32), (1024, 30), (1024, 28)],
    ]
    up = [
        [(64, 392), (128, 392), (64, 390), (64, 388), (2, 388), (2, 388)],
        [(128, 200), (256, 200), (128, 198), (128, 196)],
        [(256, 104), (512, 104), (256, 102), (256, 100)],
        [(512, 56), (1024, 56), (512, 54), (512, 52)],
        [],
    ]
    assert [maps(view, row.down) for row in found.rows] == [[(c, side, side) for c, side in row] for row in down]
    assert [maps(view, row.up) for row in found.rows] == [[(c, side, side) for c, side in row] for row in up]
    # "Copy and crop", from the last map of a row to its concatenation.
    assert [(skip.source, skip.target) for skip in reversed(found.skips)] == [
        (row.down[-1], row.up[1]) for row in found.rows[:-1]
    ]
    assert {skip.through for skip in found.skips} == {("slice", "slice")}
    assert found.columns <= MOST_COLUMNS


def test_with_padding_nothing_is_cut() -> None:
    _, found = the_u(checked("unet", "unet"))
    assert [skip.through for skip in found.skips] == [()] * 4


@pytest.mark.parametrize(("name", "preset"), [one.values for one in FIRST if one.values[0] != "unet"])
def test_no_other_bundled_network_is_one(name: str, preset: str | None) -> None:
    assert seen(checked(name, preset)) is None


def small(skips: str, *, second: str = "b", more: str = "") -> Report:
    return check_text(f"""\
archcalc: 1
name: Small
input: [4, 32, 32]
layers:
  - {{name: a, kind: conv2d, out_channels: 8, kernel_size: 3, padding: 1}}
  - {{name: halved, kind: max_pool2d, kernel_size: 2}}
  - {{name: b, kind: conv2d, out_channels: 8, kernel_size: 3, padding: 1}}
  - {{name: quartered, kind: max_pool2d, kernel_size: 2}}
  - {{name: c, kind: conv2d, out_channels: 8, kernel_size: 3, padding: 1}}
  - {{name: doubled, kind: upsample, scale_factor: 2}}
  - {{name: one, kind: add, from: [doubled, {second}]}}
  - {{name: again, kind: upsample, scale_factor: 2}}
  - {{name: two, kind: {skips}}}
{more}""")


def test_any_names_and_a_sum_do() -> None:
    _, found = the_u(small("add, from: [again, a]"))
    assert [len(row.down) for row in found.rows] == [2, 2, 2]
    assert [len(row.up) for row in found.rows] == [3, 2, 0]
    assert len(found.skips) == 2


@pytest.mark.parametrize(
    "report",
    [
        # One skip alone, a skip that stays on its way, an arrow over a row, and a map that is flattened at the end.
        small("relu"),
        small("add, from: [again, again]"),
        small(
            "add, from: [again, a]",
            more="  - {name: far, kind: upsample, from: c, scale_factor: 4}\n  - {kind: add, from: [far, two]}",
        ),
        small("add, from: [again, a]", more="  - {kind: flatten}"),
    ],
)
def test_what_is_none(report: Report) -> None:
    assert report.ok
    assert seen(report) is None


@given(st.integers(0, 2**40))
def test_whatever_is_one_has_every_box_and_arrow_once(number: int) -> None:
    with written(drawn(Random(number))) as path:
        for report in check_each(path):
            found = picture(report)
            view = None if found is None else u_view(found)
            one = None if view is None else u_shape(view)
            if view is None or one is None:
                continue
            boxes = [number for row in one.rows for number in (*row.down, *row.up)]
            assert len(boxes) == len({*boxes})
            assert {*boxes} <= {shown.box.number for shown in view.root.closed()}
            told = [*one.links, *((skip.source, skip.target) for skip in one.skips)]
            cuts = sum(len(skip.through) for skip in one.skips)
            assert len({*told}) + cuts == len({(arrow.source, arrow.target) for arrow in view.arrows})


def texts(svg: str) -> list[str]:
    return [text for text in ElementTree.fromstring(svg).itertext() if text.strip()]


@pytest.mark.parametrize("preset", ["unet", "unet_paper"])
def test_it_is_drawn_whole_at_the_width_of_a_page(preset: str) -> None:
    report = checked("unet", preset)
    svg = draw(report, style="boxes")
    root = ElementTree.fromstring(svg)
    _, found = the_u(report)
    groups = [one for one in root.iter(f"{SVG}g") if one.attrib.get("class") in ("leaf", "closed")]
    numbers = [number for row in found.rows for number in (*row.down, *row.up)]
    assert sorted(int(group.attrib["data-n"]) for group in groups) == sorted(numbers)
    arrows = [one for one in root.iter(f"{SVG}g") if one.attrib.get("class") in ("arrow", "arrow skip")]
    told = {(int(one.attrib["data-from"]), int(one.attrib["data-to"])) for one in arrows}
    assert told == {*found.links, *((skip.source, skip.target) for skip in found.skips)}
    assert len(told) == len(arrows)
    # Skips go straight across.
    lines = [one[0].attrib["d"] for one in arrows if one.attrib["class"] == "arrow skip"]
    heights = [re.findall(r"[ML][\d.]+ ([\d.]+)", line) for line in lines]
    assert len(heights) == 4
    assert all(len({*ys}) == 1 for ys in heights)
    # On 800 pixels the smallest letters have 8.
    wide = float(root.attrib["width"])
    sizes = [float(text.attrib["font-size"]) for text in root.iter(f"{SVG}text")]
    assert min(sizes) * min(1, 800 / wide) >= 8


def test_its_words_are_there() -> None:
    told = texts(draw(checked("unet", "unet_paper"), style="boxes"))
    for word in ("conv 3×3 + relu", "max pool 2×2", "conv transpose 2×2", "concat", "conv 1×1", "skip", "572²", "1024"):
        assert word in told


@pytest.mark.parametrize(("name", "preset", "length"), [("gpt2", "gpt2", "1,024"), ("vit", "vit_b_16", "197")])
def test_sequences_are_no_boxes(name: str, preset: str, length: str) -> None:
    with pytest.raises(DrawError, match=f"sequences of {length}, .*; leave out --style boxes"):
        draw(checked(name, preset), style="boxes")
