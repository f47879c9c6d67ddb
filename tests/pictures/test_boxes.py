"""Maps as boxes in proportion: where their arrows begin, and what is said of their sides."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

from archcalc import Report, check_text
from archcalc.pictures.draw import draw
from tests.support.bundled import checked

SVG = "{http://www.w3.org/2000/svg}"

WAVE = """\
archcalc: 1
input: [1, 16, 800]
layers:
  - {name: a, kind: conv2d, out_channels: 8, kernel_size: 3, padding: 1, stride: [1, 2]}
  - {name: b, kind: conv2d, out_channels: 16, kernel_size: 3, padding: 1, stride: [1, 2]}
  - {name: c, kind: conv2d, out_channels: 32, kernel_size: 3, padding: 1, stride: [1, 2]}
"""


def points(path: ElementTree.Element) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"([\d.-]+) ([\d.-]+)", path.attrib["d"])]


def test_an_arrow_leaves_the_front_of_its_box_and_is_straight_to_the_next() -> None:
    root = ElementTree.fromstring(draw(check_text(WAVE), style="boxes"))
    lines = [path for path in root.iter(f"{SVG}path") if path.attrib.get("stroke-width") == "1.2"]
    assert len({y for line in lines for _, y in points(line)}) == 1
    leaving = 0
    for group in root.iter(f"{SVG}g"):
        paths = [child for child in group if child.tag == f"{SVG}path"]
        if not paths or paths[0] not in lines or "data-n" not in group.attrib:
            continue
        (x, y), _ = points(paths[0])
        fronts = [points(path) for path in paths[1:] if is_upright(points(path))]
        assert any(left <= x <= right and top <= y <= low for left, right, top, low in map(sides, fronts))
        leaving += 1
    assert leaving == 4


def is_upright(corners: list[tuple[float, float]]) -> bool:
    """Whether a face is a rectangle whose sides stand upright."""
    return len(corners) == 4 and all(a == c or b == d for (a, b), (c, d) in pairwise(corners))


def sides(corners: list[tuple[float, float]]) -> tuple[float, float, float, float]:
    xs, ys = zip(*corners, strict=True)
    return min(xs), max(xs), min(ys), max(ys)


def note(report: Report) -> str:
    texts = [text.text or "" for text in ElementTree.fromstring(draw(report, style="boxes")).iter(f"{SVG}text")]
    return next(text for text in texts if text.startswith("Sides are"))


def test_the_note_says_what_the_height_of_a_vector_is() -> None:
    assert note(checked("alexnet", None)).endswith(
        "thickness its channels; the height of what has no map is its features."
    )
    assert note(check_text(WAVE)).endswith("thickness its channels.")


def test_a_box_says_the_code_of_its_error() -> None:
    layers = "  - {name: pool, kind: max_pool2d, kernel_size: 3, stride: 2, expect: [3, 9, 9]}\n"
    picture = draw(check_text(f"archcalc: 1\nname: Wrong\ninput: [3, 16, 16]\nlayers:\n{layers}"), style="boxes")
    assert re.findall(r'fill="#c62828"[^>]*>([^<]*)<', picture).count("✗ A401") == 1
