"""The bundled YOLOv8 beside the reference, by kept figures: counts and keys of all sizes, values of the smallest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

import archcalc
from archcalc.sizes.rules import known_size
from archcalc.spec.bundled import bundled_specs
from archcalc.targets.generate import generate
from tests.support.generated_module import network_of
from tests.support.state_keys import digest, state_keys
from tests.support.stated_weights import stated, stated_values

YOLO = bundled_specs()["yolov8"]
FILE = Path(__file__).parent / "facts" / "yolov8.json"
FACTS: dict[str, dict[str, Any]] = json.loads(FILE.read_text("utf-8"))["models"]

LAYERS = [464, 4672, 7360, 18560, 49664, 73984, 197632, 295424, 460288, 164608]
"""Parameters of the layers of the backbone of yolov8n, as the reference prints them (ultralytics issue 17547)."""


@pytest.mark.parametrize("name", FACTS)
def test_a_network_has_the_parameters_and_the_keys_of_the_reference(name: str) -> None:
    facts, report = FACTS[name], archcalc.check(YOLO, preset=name)
    assert report.ok
    assert report.totals is not None
    assert report.totals.params == facts["params"]
    found = state_keys(report)
    assert len(found) == facts["n_keys"]
    assert digest(found) == facts["keys_sorted_sha256"]


def test_layers_of_the_backbone_have_the_parameters_that_the_reference_prints() -> None:
    report = archcalc.check(YOLO, preset="yolov8n")
    found = [0] * len(LAYERS)
    for layer in report.layers:
        place = layer.name.split(".")[1]
        if layer.name.startswith("model.") and place.isdecimal() and int(place) < len(LAYERS):
            found[int(place)] += known_size(layer.params or 0)
    assert found == LAYERS


def test_values_are_those_of_the_reference() -> None:
    report = archcalc.check(YOLO, preset="yolov8n")
    network = network_of(generate(report).files, report).double().eval()
    stated(network.state_dict())
    with torch.no_grad():
        given: tuple[Tensor, ...] = network(stated_values(1, 3, 64, 96))
    for found, (shape, *figures) in zip(given, FACTS["yolov8n"]["outputs"], strict=True):
        assert [*found[0].shape] == shape
        for channel, ends in zip((0, 3, 4, 83), figures, strict=True):
            here = found[0, channel].flatten()[[0, -1]]
            torch.testing.assert_close(here, torch.tensor(ends, dtype=torch.float64), rtol=1e-9, atol=1e-9)


def test_the_neck_takes_what_comes_back_to_the_sizes_of_the_backbone() -> None:
    legal = archcalc.check(YOLO, preset="yolov8n").legal
    assert legal is not None
    assert legal.proven
    assert [n for n in range(1, 100) if n in legal.axes["H"]] == [*range(25, 33), *range(57, 65), *range(89, 97)]
