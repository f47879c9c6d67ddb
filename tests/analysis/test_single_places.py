"""Reshapes that find a single place along an axis, of which other sizes of the input have several."""

from __future__ import annotations

import pytest

from archcalc.pipeline import check, check_text
from archcalc.reports import text

HEAD = "archcalc: 1\nname: Crnn\ninput: [1, 32, 128]\nlayers:\n"
POOLS = """\
  - {name: conv, kind: conv2d, out_channels: 8, kernel_size: 3, padding: 1}
  - {name: pool1, kind: max_pool2d, kernel_size: [16, 1]}
  - {name: pool2, kind: max_pool2d, kernel_size: [2, 4]}
"""


def found(*layers: str, head: str = HEAD) -> list[tuple[str, str, tuple[bool, ...]]]:
    legal = check_text(head + POOLS + "".join(f"  - {layer}\n" for layer in layers)).require_ok().legal
    assert legal is not None
    return [(one.layer, one.axis, tuple(n in one.sizes for n in (16, 31, 32, 63, 64, 128))) for one in legal.single]


AT_HEIGHT_1 = ("H", (False, False, True, True, False, False))


@pytest.mark.parametrize(
    ("layers", "told"),
    [
        (["{name: seq, kind: reshape, shape: [8, -1]}"], [("seq", *AT_HEIGHT_1)]),
        (["{name: seq, kind: flatten, start_dim: 2}"], [("seq", *AT_HEIGHT_1)]),
        (["{kind: permute, dims: [0, 3, 1, 2]}", "{name: seq, kind: flatten, start_dim: 2}"], [("seq", *AT_HEIGHT_1)]),
        (
            [
                "{name: one, kind: flatten, start_dim: 2}",
                "{name: other, kind: flatten, from: pool2, start_dim: 2}",
                "{kind: add, from: [one, other]}",
            ],
            [("one", *AT_HEIGHT_1)],
        ),
        (["{name: seq, kind: reshape, shape: [8, 32]}"], []),
        (["{kind: mean, dim: 2}"], []),
        (["{kind: adaptive_avg_pool2d, output_size: [1, 8]}", "{kind: flatten, start_dim: 2}"], []),
        (["{kind: adaptive_avg_pool2d, output_size: 1}", "{kind: flatten}"], []),
        (["{kind: upsample, size: [4, 8]}", "{kind: flatten, start_dim: 2}"], []),
        (["{kind: flatten}", "{kind: linear, in_features: 256, out_features: 2}"], []),
    ],
)
def test_where_a_single_place_is_left_out(layers: list[str], told: list[tuple[str, str, tuple[bool, ...]]]) -> None:
    assert found(*layers) == told


def test_at_another_stated_height_several_are_meant() -> None:
    assert found("{name: seq, kind: reshape, shape: [8, -1]}", head=HEAD.replace("32", "64")) == []


def test_it_is_told_of_a_clean_spec_and_as_json() -> None:
    report = check_text(HEAD + POOLS + "  - {name: seq, kind: reshape, shape: [8, -1]}\n").require_ok()
    assert report.diagnostics == ()
    said = "  `seq` finds a single place along H only at 32…63, as here: at other sizes it puts several into one axis"
    assert said in text.render(report)
    assert report.to_dict()["single_places"] == [{"layer": "seq", "axis": "H", "sizes": [[32, 63]]}]


@pytest.mark.parametrize("name", ["vit_b_16", "resnet18", "lenet5"])
def test_other_networks_have_none(name: str) -> None:
    legal = check(name).legal
    assert legal is not None
    assert legal.single == ()
