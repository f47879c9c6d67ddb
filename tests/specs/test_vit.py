"""The bundled ViT at other sizes than its own: torchvision's figures, its laws, its legal inputs, its errors."""

import pytest
import torch

import archcalc
from archcalc.sizes.rules import known_size, known_sizes
from archcalc.sizes.symbolic import at, closed
from archcalc.spec.bundled import bundled_specs
from archcalc.targets.generate import generate
from tests.support.torchvision_oracle import built
from tests.support.zoo_numbers import network_of
from tests.support.zoo_twins import differences

VIT = bundled_specs()["vit"]

PUBLISHED = {
    "IMAGENET1K_SWAG_E2E_V1 of vit_b_16": ("vit_b_16", 384, 86859496, 55.484),
    "IMAGENET1K_SWAG_E2E_V1 of vit_l_16": ("vit_l_16", 512, 305174504, 361.986),
    "IMAGENET1K_SWAG_E2E_V1 of vit_h_14": ("vit_h_14", 518, 633470440, 1016.717),
}
"""Weights that torchvision publishes for larger pictures: its function, their side, parameters and GMACs."""


@pytest.mark.parametrize("weights", PUBLISHED)
def test_at_a_larger_size_the_figures_are_those_published(weights: str) -> None:
    preset, side, params, gmacs = PUBLISHED[weights]
    report = archcalc.check(VIT, preset=preset, input=(3, side, side))
    assert report.totals is not None
    assert report.totals.params == params
    assert round(known_size(report.totals.macs) / 1e9, 3) == gmacs


@pytest.mark.parametrize("side", [32, 96, 416])
def test_at_any_size_that_torchvision_takes_it_is_torchvisions(side: int) -> None:
    report = archcalc.check(VIT, preset="vit_b_32", input=(3, side, side), settings={"classes": 7, "depth": 2})
    model = built("vit_b_32", image_size=side, num_classes=7)
    model.encoder.layers = model.encoder.layers[:2]  # type: ignore[union-attr, index]
    assert list(differences(report, model, in_order=False)) == []


def test_the_law_is_of_the_tokens_until_the_table_of_positions_says_how_many() -> None:
    laws = archcalc.laws(archcalc.check(VIT, preset="vit_b_16"))
    by_name = {law.name: law for law in laws.layers}
    assert str(by_name["tokens"].output[0]) == "(H//16)*(W//16) + 1"
    assert by_name["encoder.placed"].output == (197, 768)
    (demand,) = laws.valid.demands
    assert (str(demand.relation.lhs), demand.relation.rhs) == ("(H//16)*(W//16)", 196)
    for H, W in ((224, 224), (239, 230), (112, 448)):
        sizes = {laws.variables["H"]: H, laws.variables["W"]: W, laws.variables["N"]: 1}
        there = archcalc.check(VIT, preset="vit_b_16", input=(3, H, W))
        assert there.totals is not None
        assert at(closed(laws.total.macs), sizes) == there.totals.macs


def test_legal_sizes_are_those_of_as_many_patches_and_whole_patches_lose_nothing() -> None:
    legal = archcalc.check(VIT, preset="vit_b_16").legal
    assert legal is not None
    assert legal.proven
    for axis in ("H", "W"):
        assert [n for n in range(1, 600) if n in legal.axes[axis]] == [*range(224, 240)]
        whole = legal.lossless[axis]
        assert whole is not None
        assert [n for n in range(1, 600) if n in whole] == [224]


TABLE = "{name: pos_embedding, kind: parameter, "


@pytest.mark.parametrize(
    ("settings", "right", "wrong", "code", "said"),
    [
        ({"heads": 10}, "", "", "A204", "has a width of 768, which does not divide into 10 heads"),
        ({}, TABLE, TABLE + "shape: [50, width], ", "A211", "197 × 768 and 50 × 768 arrive, which differ"),
        ({}, TABLE, TABLE + "shape: [width], ", "A202", "197 × 768 and 768 arrive"),
        ({"patch": 256}, "", "", "A201", "256"),
    ],
)
def test_an_error_is_said_in_its_own_words(
    settings: dict[str, int], right: str, wrong: str, code: str, said: str
) -> None:
    text = VIT.read_text(encoding="utf-8")
    assert right in text
    report = archcalc.check_text(text.replace(right, wrong, 1), preset="vit_b_16", settings=settings)
    assert [(one.code, said in one.message) for one in report.diagnostics] == [(code, True)]


SMALL = """
archcalc: 1
name: Small
input: [3, 12, 8]
layers:
  - {name: patches, kind: conv2d, out_channels: 8, kernel_size: 4, stride: 4}
  - {kind: flatten, start_dim: 2}
  - {name: words, kind: permute, dims: [0, 2, 1]}
  - {name: token, kind: parameter, shape: [1, 8], init: {weight: {normal: {std: 0.5}}}}
  - {name: tokens, kind: concat, from: [token, words]}
  - {name: places, kind: parameter, batch_axis: true}
  - {kind: add, from: [tokens, places]}
  - {kind: multihead_attention, num_heads: 2}
  - {kind: slice, stop: 1}
  - {kind: flatten}
"""


def test_a_parameter_is_learnt_for_every_sample_alike() -> None:
    report = archcalc.check_text(SMALL)
    assert report.facts is not None
    weights = {layer.key(name): shape for layer in report.facts.layers for name, shape in layer.weights.items()}
    assert weights["token"] == (1, 8)
    assert weights["places"] == (1, 7, 8)
    drawn = {key: torch.randn(known_sizes(shape)) for key, shape in weights.items()}
    network = network_of(generate(report).files["model.py"], "Small", drawn)
    one, two = network(torch.ones(1, 3, 12, 8)), network(torch.ones(5, 3, 12, 8))
    torch.testing.assert_close(two, one.expand(5, 8))
    two.sum().backward()
    assert all(weight.grad is not None for weight in network.parameters())


def test_what_is_behind_a_parameter_alone_does_not_take_what_is_above_it() -> None:
    lines = SMALL.replace("from: [tokens, places]", "from: [places, places]")
    assert [one.code for one in archcalc.check_text(lines).diagnostics] == ["A315"]


def test_a_layer_in_place_does_not_overwrite_a_parameter() -> None:
    lines = SMALL.replace("  - {name: tokens,", "  - {name: act, kind: relu, inplace: true}\n  - {name: tokens,")
    report = archcalc.check_text(lines.replace("[token, words]", "[act, words]"))
    (error,) = report.diagnostics
    assert error.code == "A320"
    assert error.message == "`act` overwrites what `token` gives, a parameter, which is the same for every sample"
