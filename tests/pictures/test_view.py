"""Which boxes are open: as many as a page has room for, and of each block one that shows what is in it."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archcalc import check_text
from archcalc.pictures.build import picture
from archcalc.pictures.model import BLOCK, Picture
from archcalc.pictures.view import MOST_ON_A_PAGE, MOST_WITH_ONE_OPEN, View, least_depth, view
from archcalc.pictures.words import in_full, lines
from archcalc.pipeline import check_each
from tests.support.bundled import FIRST, checked
from tests.support.drawn.documents import draw
from tests.support.drawn.held import written


def drawn(name: str, preset: str | None) -> Picture:
    found = picture(checked(name, preset))
    assert found is not None
    return found


def open_blocks(seen: View) -> list[str]:
    return [box.path for box in seen.root.opened() if box.family == BLOCK]


def holds(seen: View) -> None:
    """What is true of every view of a page: room, one open of each form, and that those like it are."""
    even = view(seen.picture, seen.depth)
    boxes = sum(1 for _ in seen.root.closed())
    assert sum(1 for _ in even.root.closed()) <= MOST_ON_A_PAGE or seen.depth == 0
    assert boxes <= max(MOST_WITH_ONE_OPEN, sum(1 for _ in even.root.closed()))
    beside = {box.number for box in seen.root.opened()} - {box.number for box in even.root.opened()}
    forms = [box.form for box in seen.picture.root.boxes() if box.number in beside and box.form]
    assert len(forms) == len({*forms})
    for shown in seen.root.closed():
        like = seen.likes.get(shown.box.form)
        assert (like is not None) == any(f"like {like and like.path}" in line for line in lines(shown.box, like))
        if like is not None:
            assert like.kind == shown.box.kind
            assert like.number in seen.referred


@pytest.mark.parametrize(("name", "preset"), FIRST)
def test_a_page_has_room_and_one_of_each_block_open(name: str, preset: str | None) -> None:
    holds(view(drawn(name, preset)))


@given(st.integers(0, 2**40))
def test_any_page_has_room_and_one_of_each_block_open(number: int) -> None:
    with written(draw(Random(number))) as path:
        for report in check_each(path):
            found = picture(report)
            if found is not None:
                holds(view(found))


@pytest.mark.parametrize(
    ("name", "preset", "blocks"),
    [
        # Figure 5 of the paper, with a projection and without; all others are like one of them.
        ("resnet", "resnet152", ["layer1", "layer1.0", "layer1.1", "layer2", "layer3", "layer4"]),
        ("googlenet", "googlenet", ["inception3a"]),
        # Figures 5, 6, 7 and 10 of the paper.
        ("inception_v3", "inception_v3", ["Mixed_5b", "Mixed_6a", "Mixed_6b", "Mixed_7a", "Mixed_7b"]),
        # Figure 4d: with a stride and without, and the first, which does not expand.
        ("mobilenet_v2", "mobilenet_v2", ["features.1", "features.2", "features.3"]),
        # However many dense layers a block has, it is one form.
        (
            "densenet",
            "densenet121",
            ["features.denseblock1", "features.denseblock1.denselayer1", "features.transition1"],
        ),
        ("llama", "llama2_7b", ["model.layers.0"]),
    ],
)
def test_what_papers_draw_is_open(name: str, preset: str, blocks: list[str]) -> None:
    assert open_blocks(view(drawn(name, preset))) == blocks


def test_resnet_has_its_shortcut() -> None:
    seen = view(drawn("resnet", "resnet152"))
    (opened,) = [box for box in seen.root.opened() if box.path == "layer1.1"]
    inside = {box.number for box in opened.boxes()}
    (add,) = [box for box in opened.parts if box.kind == "add"]
    sources = {arrow.source for arrow in seen.arrows if arrow.target == add.number}
    assert len(sources & inside) == len(sources - inside) == 1
    assert in_full(opened) == "layer1.1: bottleneck × 2"
    (third,) = [shown.box for shown in seen.root.closed() if shown.box.path == "layer3.1"]
    assert lines(third, seen.likes[third.form])[:2] == ("like layer1.1", "planes 256, stride 1")


SIDES = """\
archcalc: 1
input: [8, 9, 9]
blocks:
  one:
    args: {{act}}
    layers:
      - {{name: a, kind: conv2d, out_channels: 8, kernel_size: 3, padding: 1}}
      - {{kind: relu, when: act}}
      - {{kind: gelu, when: not act}}
      - {{name: b, kind: {kind}, from: {sources}}}
layers:
  - {{kind: one, act: true}}
  - {{kind: one, act: false}}
"""


def test_activations_make_no_other_form_but_wiring_does() -> None:
    found = picture(check_text(SIDES.format(kind="add", sources="[a, input]")))
    assert found is not None
    one, other = (box for box in found.root.parts if box.family == BLOCK)
    assert one.form == other.form > 0
    crossed = SIDES.replace("from: {sources}", "from: {sources}, when: act").replace(
        "layers:\n  - {{kind: one",
        "      - {{name: c, kind: {kind}, from: [input, a], when: not act}}\nlayers:\n  - {{kind: one",
        1,
    )
    found = picture(check_text(crossed.format(kind="concat", sources="[a, input]")))
    assert found is not None
    one, other = (box for box in found.root.parts if box.family == BLOCK)
    assert one.form != other.form


@pytest.mark.parametrize(
    ("name", "preset", "depth", "least"),
    [
        ("resnet", "resnet152", 2, 2),
        ("resnet", "resnet152", 10**9, 3),
        ("vit", "vit_b_16", 5, 2),
        ("lenet5", None, 1, 0),
    ],
)
def test_the_least_depth_shows_the_same(name: str, preset: str | None, depth: int, least: int) -> None:
    found = drawn(name, preset)
    assert least_depth(found, depth) == least
    assert view(found, least).root == view(found, depth).root
