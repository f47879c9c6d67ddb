"""What stands in a box."""

from __future__ import annotations

import pytest

from archcalc import check_text
from archcalc.layers.kinds import FAMILIES
from archcalc.network.graph import INPUT
from archcalc.pictures.build import picture
from archcalc.pictures.colours import SHADE
from archcalc.pictures.data import data
from archcalc.pictures.model import GROUP, Box
from archcalc.pictures.view import view
from archcalc.pictures.words import frame, head, lines, title
from archcalc.reports.tables.short_numbers import in_three_digits
from tests.support.bundled import checked as bundled
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
    assert in_three_digits(number) == text


def box(*layers: str) -> Box:
    found = picture(checked(*layers))
    assert found is not None
    return found.root.parts[1]


@pytest.mark.parametrize(
    ("layer", "texts"),
    [
        ("{name: c, kind: conv2d, out_channels: 8, kernel_size: [3, 5], stride: 2}", ["c", "conv2d 3×5, 8, stride 2"]),
        ("{kind: conv2d, out_channels: 8, kernel_size: 3, padding: 1}", ["conv2d 3×3, 8"]),
        ("{kind: conv2d, out_channels: 8, kernel_size: 4, stride: 4}", ["conv2d 4×4, 8, stride 4"]),
        ("{kind: conv2d, out_channels: 8, kernel_size: 3, stride: [2, 1]}", ["conv2d 3×3, 8, stride 2×1"]),
        ("{kind: max_pool2d, kernel_size: 2}", ["max_pool2d 2×2"]),
        ("{kind: max_pool2d, kernel_size: 3, stride: 1}", ["max_pool2d 3×3, stride 1"]),
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


def test_layers_with_what_stands_behind_them_that_are_alike_are_one_box() -> None:
    chained = ["{kind: conv2d, out_channels: 3, kernel_size: 3, padding: 1}", "{kind: relu}"]
    deep = box(*chained * 5)
    assert (title(deep), lines(deep)[0]) == ("conv2d 3×3, 3 × 5", "+ relu")
    assert box(*chained * 2).times == 1


COPIES = """\
archcalc: 1
input: [4]
layers:
  - name: layers
    layers:
      - {name: layer_0, layers: &copy [{name: a, kind: linear, out_features: 4}, {name: b, kind: softplus}]}
      - {name: layer_1, layers: *copy}
"""


def test_in_a_frame_are_the_numbers_of_one_copy() -> None:
    found = picture(check_text(COPIES.replace("softplus", "linear, out_features: 4")))
    assert found is not None
    frame = found.root.parts[1]
    assert head(frame) == ("layers × 2", "80 params · 64 MACs in all")
    assert [lines(part)[-1] for part in frame.parts] == ["20 params · 16 MACs"] * 2
    boxes = {one["title"]: one for one in data(view(found))["boxes"]}
    assert (boxes["a"]["params"], boxes["a"]["copies"], boxes["layers × 2"]["params"]) == ("20", 2, "80")


def test_a_count_names_whose_it_is() -> None:
    report = checked("{name: c, kind: conv2d, out_channels: 8, kernel_size: 3}", "{kind: batch_norm2d}")
    found = picture(report)
    assert found is not None
    _, box, *_ = data(view(found))["boxes"][1:]
    assert box["params"] == "240 (conv2d 224 + batch_norm2d 16)"


@pytest.mark.parametrize(
    ("name", "until", "says"),
    [
        ("layers.encoder_layer_0", "encoder_layer_11", "layers × 12"),
        ("h.0", "11", "h × 12"),
        ("denselayer1", "denselayer12", "denselayer × 12"),
        ("encoder_layer_0", "encoder_layer_11", "encoder_layer × 12"),
        ("0", "11", "(0 … 11) × 12"),
        ("first", "last", "(first … last) × 12"),
    ],
)
def test_copies_have_the_common_part_of_their_names(name: str, until: str, says: str) -> None:
    assert title(Box(number=1, name=name, until=until, times=12, path="", kind="", family=GROUP, output=INPUT)) == says


def test_a_layer_of_each_family_has_a_shade() -> None:
    assert FAMILIES.keys() <= SHADE.keys()


@pytest.mark.parametrize(
    ("name", "preset", "path", "text"),
    [
        ("llama", "llama2_7b", "model.layers.0", "layers: decoder_layer × 32"),
        ("vit", "vit_b_16", "encoder.layers.encoder_layer_0", "layers: encoder_layer × 12"),
        ("resnet", "resnet152", "layer2", "layer2: stage"),
        ("mixtral", "mixtral_8x7b", "model.layers.0.block_sparse_moe.experts.0", "expert × 8"),
    ],
)
def test_a_frame_says_which_block_it_is(name: str, preset: str, path: str, text: str) -> None:
    found = picture(bundled(name, preset))
    assert found is not None
    assert [frame(one) for one in found.root.boxes() if one.path == path] == [text]


def test_experts_are_one_box_that_goes_into_the_layer_they_end_in() -> None:
    found = picture(bundled("qwen_moe", "qwen1_5_moe_a2_7b"))
    assert found is not None
    (experts,) = [one for one in found.root.boxes() if one.path == "model.layers.0.mlp.experts" and one.parts]
    one, end = experts.parts
    assert (one.times, one.kind, title(end), lines(end)[0]) == (60, "expert", "experts", "route top 4")
    inside = {box.number for box in one.boxes()}
    assert len([arrow for arrow in found.arrows if arrow.source in inside and arrow.target == end.number]) == 1
