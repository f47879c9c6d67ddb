"""What stands in a box."""

from __future__ import annotations

import pytest

from archcalc.layers.kinds import FAMILIES
from archcalc.pictures.build import picture
from archcalc.pictures.colours import SHADE
from archcalc.pictures.model import Box
from archcalc.pictures.words import count, lines, title
from tests.support.small import checked


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1.00k"),
        (34_944, "34.9k"),
        (999_499, "999k"),
        (999_500, "1.00M"),
        (62_378_344, "62.4M"),
        (11_514_000_000, "11.5G"),
        (7 * 10**15, "7000T"),
    ],
)
def test_counts_have_three_digits(number: int, text: str) -> None:
    assert count(number) == text


def box(*layers: str) -> Box:
    found = picture(checked(*layers))
    assert found is not None
    return found.root.parts[1]


@pytest.mark.parametrize(
    ("layer", "texts"),
    [
        ("{name: c, kind: conv2d, out_channels: 8, kernel_size: [3, 5], stride: 2}", ["c", "conv2d 3×5, 8, stride 2"]),
        ("{kind: conv2d, out_channels: 8, kernel_size: 3, padding: 1}", ["conv2d 3×3, 8"]),
        ("{kind: max_pool2d, kernel_size: 2}", ["max_pool2d 2×2"]),
        ("{kind: max_pool2d, kernel_size: 3, stride: 2}", ["max_pool2d 3×3, stride 2"]),
        ("{kind: adaptive_avg_pool2d, output_size: 1}", ["adaptive_avg_pool2d to 1×1"]),
        ("{name: mine, kind: relu}", ["mine", "relu"]),
    ],
)
def test_a_box_says_what_figures_say(layer: str, texts: list[str]) -> None:
    one = box(layer)
    assert [title(one), *lines(one)][: len(texts)] == texts


def test_what_stands_behind_a_layer_is_in_its_box() -> None:
    one = box("{name: c, kind: conv2d, out_channels: 8, kernel_size: 3}", "{kind: batch_norm2d}", "{kind: relu}")
    assert lines(one)[1] == "+ batch_norm2d + relu"
    assert len(one.parts) == 3
    other = box(
        "{name: c, kind: conv2d, out_channels: 8, kernel_size: 3}", "{name: r, kind: relu}", "{kind: add, from: [c, r]}"
    )
    assert not other.parts


def test_layers_that_are_alike_are_one_box() -> None:
    assert title(box(*["{kind: conv2d, out_channels: 3, kernel_size: 3, padding: 1}"] * 5)) == "conv2d 3×3, 3 × 5"
    assert box(*["{kind: conv2d, out_channels: 3, kernel_size: 3}"] * 5).times == 1


def test_a_layer_of_each_family_has_a_shade() -> None:
    assert FAMILIES.keys() <= SHADE.keys()
