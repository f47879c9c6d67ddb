"""A part of a network drawn alone: its layers and no others, what it takes from outside and what it gives there."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from archcalc import DrawError, draw
from archcalc.pictures.draw import whole
from archcalc.pictures.model import INPUT, OUTPUT, Box, Picture
from tests.support import small
from tests.support.bundled import checked


def leaves(box: Box) -> list[Box]:
    return [one for one in box.boxes() if not one.parts]


def ends(picture: Picture, family: str) -> list[tuple[str, str]]:
    return [(box.name, picture.sizes[box.output]) for box in picture.root.parts if box.family == family]


@pytest.mark.parametrize(
    ("name", "preset", "of", "taken", "given"),
    [
        # From torchvision's ResNet: a bottleneck takes the map of the stage before it, or of the block before it.
        ("resnet", "resnet50", "layer2.0", [("layer1", "256 × 56 × 56")], [("output", "512 × 28 × 28")]),
        ("resnet", "resnet50", "layer2.1", [("layer2.0", "512 × 28 × 28")], [("output", "512 × 28 × 28")]),
        ("resnet", "resnet50", "layer1", [("maxpool", "64 × 56 × 56")], [("output", "256 × 56 × 56")]),
        # A step up takes what is below it and what skips.
        (
            "unet",
            "unet",
            "up4",
            [("up3", "128 × 256 × 256"), ("inc", "64 × 512 × 512")],
            [("output", "64 × 512 × 512")],
        ),
        ("vit", "vit_b_16", "encoder", [("tokens", "197 × 768")], [("output", "197 × 768")]),
    ],
)
def test_a_part_has_its_layers_and_its_ends(
    name: str, preset: str, of: str, taken: list[tuple[str, str]], given: list[tuple[str, str]]
) -> None:
    report = checked(name, preset)
    found = whole(report, of=of)
    assert (ends(found, INPUT), ends(found, OUTPUT)) == (taken, given)
    inside = [place for place, layer in enumerate(report.layers) if layer.name.startswith(f"{of}.")]
    assert sorted(place for box in leaves(found.root) for place in box.places) == inside
    assert found.root.params == sum(report.layers[place].params for place in inside)
    joined = {number for arrow in found.arrows for number in (arrow.source, arrow.target)}
    assert joined == {box.number for box in leaves(found.root)}


def test_several_outputs_have_the_names_of_what_gives_them() -> None:
    report = small.checked(
        "{name: body, layers: [{name: a, kind: conv2d, out_channels: 4, kernel_size: 1}, "
        "{name: b, kind: conv2d, out_channels: 4, kernel_size: 1}]}",
        "{name: sum, kind: add, from: [body.a, body]}",
    )
    found = whole(report, of="body")
    assert ends(found, OUTPUT) == [("body.a", "4 × 32 × 32"), ("body.b", "4 × 32 × 32")]
    assert ends(found, INPUT) == [("input", "3 × 32 × 32")]


@pytest.mark.parametrize("form", ["svg", "html", "dot", "mermaid"])
def test_every_format_draws_a_part(form: str) -> None:
    text = draw(checked("resnet", "resnet50"), form, of="layer2.0")
    assert "512, stride 2" in text
    assert "maxpool" not in text


@pytest.mark.parametrize(
    ("of", "says"),
    [
        ("Layer2.0", "there is no group, block or repeat `Layer2.0`: did you mean `layer2.0`?"),
        ("bottleneck", "there is no group, block or repeat `bottleneck`: did you mean `layer1.0`?"),
        (
            "layer3.downsample",
            "there is no group, block or repeat `layer3.downsample`: did you mean `layer3.0.downsample`?",
        ),
        ("zzz", "there is no group, block or repeat `zzz`: there are `layer1`, `layer2`, `layer3`, `layer4`"),
        ("conv1", "`conv1` is a layer, and only a group, block or repeat is drawn alone"),
    ],
)
def test_what_is_no_group_is_said_with_a_way_out(of: str, says: str) -> None:
    with pytest.raises(DrawError) as raised:
        draw(checked("resnet", "resnet50"), "dot", of=of)
    assert says in str(raised.value)


def test_its_shares_are_of_the_part() -> None:
    svg = draw(checked("resnet", "resnet50"), of="layer2.0")
    assert "share of its parameters" in svg
    assert "share of all parameters" in draw(checked("lenet5", None))


@pytest.mark.parametrize("style", ["layers", "boxes"])
def test_a_plain_figure_is_the_same_picture_without_words_around_it(style: str) -> None:
    full, plain = (draw(checked("lenet5", None), style=style, plain=plain) for plain in (False, True))

    def texts(svg: str) -> list[str]:
        return [one.text or "" for one in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]

    left_out = [text for text in texts(full) if text not in texts(plain)]
    assert left_out[0] == "LeNet5"
    assert "parameters" in left_out[1]
    assert all(text.startswith(("share of all", "Sides are drawn")) for text in left_out[2:])
    assert len(texts(full)) - len(left_out) == len(texts(plain))
    high = [float(ElementTree.fromstring(svg).attrib["height"]) for svg in (full, plain)]
    assert high[0] - high[1] == pytest.approx(104)


def test_a_page_is_not_plain_and_text_for_graphviz_has_no_label() -> None:
    report = checked("lenet5", None)
    with pytest.raises(DrawError, match="is not `plain`"):
        draw(report, "html", plain=True)
    assert "labelloc" in draw(report, "dot")
    assert "labelloc" not in draw(report, "dot", plain=True)
