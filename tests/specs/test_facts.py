"""The bundled specs against published figures, layer by layer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from archcalc.analysis.report import Report
from archcalc.pipeline import check, check_text
from archcalc.spec.bundled import bundled_specs

FACTS = Path(__file__).parent / "facts"
ALEXNETS = json.loads((FACTS / "alexnet.json").read_text("utf-8"))["variants"]
LENET = json.loads((FACTS / "lenet5.json").read_text("utf-8"))

OURS = {
    "article_227_ungrouped": "alexnet",
    "paper_227_grouped": "alexnet-paper",
    "torchvision_owt": "alexnet-torchvision",
}

# BVLC's deploy.prototxt: pooling rounds up, LRN with k = 1 comes before pooling.
CAFFE = """\
archcalc: 1
name: CaffeAlexNet
input: [3, 227, 227]
layers:
  - {name: conv1, kind: conv2d, out_channels: 96, kernel_size: 11, stride: 4}
  - {name: relu1, kind: relu}
  - {name: norm1, kind: local_response_norm, size: 5, alpha: 1e-4, beta: 0.75, k: 1}
  - {name: pool1, kind: max_pool2d, kernel_size: 3, stride: 2, ceil_mode: true}
  - {name: conv2, kind: conv2d, out_channels: 256, kernel_size: 5, padding: 2, groups: 2}
  - {name: relu2, kind: relu}
  - {name: norm2, kind: local_response_norm, size: 5, alpha: 1e-4, beta: 0.75, k: 1}
  - {name: pool2, kind: max_pool2d, kernel_size: 3, stride: 2, ceil_mode: true}
  - {name: conv3, kind: conv2d, out_channels: 384, kernel_size: 3, padding: 1}
  - {name: relu3, kind: relu}
  - {name: conv4, kind: conv2d, out_channels: 384, kernel_size: 3, padding: 1, groups: 2}
  - {name: relu4, kind: relu}
  - {name: conv5, kind: conv2d, out_channels: 256, kernel_size: 3, padding: 1, groups: 2}
  - {name: relu5, kind: relu}
  - {name: pool5, kind: max_pool2d, kernel_size: 3, stride: 2, ceil_mode: true}
  - {name: flatten, kind: flatten}
  - {name: fc6, kind: linear, out_features: 4096}
  - {name: relu6, kind: relu}
  - {name: drop6, kind: dropout}
  - {name: fc7, kind: linear, out_features: 4096}
  - {name: relu7, kind: relu}
  - {name: drop7, kind: dropout}
  - {name: fc8, kind: linear, out_features: 1000}
"""


def reported(variant: str) -> Report:
    return check_text(CAFFE) if variant == "caffe_bvlc_alexnet" else check(bundled_specs()[OURS[variant]])


@pytest.mark.parametrize("variant", ALEXNETS)
def test_an_alexnet_is_as_published_in_every_layer(variant: str) -> None:
    report, facts = reported(variant), ALEXNETS[variant]
    assert report.ok
    assert report.input == tuple(facts["input"])
    found: list[Any] = [
        [layer.name, list(layer.output or ()), layer.params, layer.macs]
        for layer in report.layers
    ]  # fmt: skip
    assert found == [[name, output, params, macs] for name, _, output, params, macs in facts["layers"]]


@pytest.mark.parametrize("variant", ALEXNETS)
def test_an_alexnet_is_as_published_in_total(variant: str) -> None:
    totals, facts = reported(variant).totals, ALEXNETS[variant]
    assert totals is not None
    assert (totals.params, totals.trainable_params) == (facts["params"], facts["params"])
    assert (totals.macs, totals.flops) == (facts["macs"], 2 * facts["macs"])
    assert totals.weight_layers == 8


def test_lenet5_is_as_published() -> None:
    report = check(bundled_specs()["lenet5"])
    assert report.ok
    assert report.totals is not None
    assert (report.totals.params, report.totals.macs) == (LENET["modern"]["params"], LENET["modern"]["macs"])
    params = {layer.name: layer.params for layer in report.layers}
    published = LENET["paper_1998"]["layers"]
    assert {name: params[name] for name in published} == published


def test_the_224_pixels_of_the_paper_do_not_give_its_55() -> None:
    report = check(bundled_specs()["alexnet-paper"], input=(3, 224, 224))
    assert report.layers[0].output == (96, 54, 54)
