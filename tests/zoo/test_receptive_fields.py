"""Receptive fields through blocks and branches, beside published ones.

VGG-16, ResNet-18 and ResNet-50: Araujo et al. 2019, "Computing receptive fields of convolutional neural
networks", and torchvision's networks: size, effective stride, effective padding at the last map.
"""

from __future__ import annotations

import pytest

from archcalc import check, explain
from archcalc.bundled import bundled_specs

FIELDS = [
    ("alexnet-torchvision", None, "features.12", (195, 32, 66)),
    ("vgg", "vgg16", "features.30", (212, 32, 90)),
    ("resnet", "resnet18", "layer4.1.add", (435, 32, 217)),
    ("resnet", "resnet50", "layer4.2.add", (427, 32, 213)),
]


@pytest.mark.parametrize(("spec", "preset", "layer", "expected"), FIELDS)
def test_a_receptive_field_is_the_published_one(
    spec: str, preset: str | None, layer: str, expected: tuple[int, int, int]
) -> None:
    seen = explain(check(bundled_specs()[spec], preset=preset), layer).seen
    assert seen.fields is not None
    assert [(field.size, field.stride, field.padding) for field in seen.fields] == [expected] * 2
