"""Receptive fields through blocks and branches, beside published ones.

VGG-16, ResNet-18 and ResNet-50: Araujo et al. 2019, "Computing receptive fields of convolutional neural
networks", and torchvision's networks: size, effective stride, effective padding at the last map.
"""

from __future__ import annotations

from itertools import islice

import pytest

from archcalc import check, check_each, explain, explain_each
from archcalc.spec.bundled import bundled_specs

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


# Behind permuted axes and gates


def folded(windows: list[tuple[int, int]]) -> tuple[int, int]:
    """The size and stride of windows one behind the other, each a kernel and a stride."""
    size, stride = 1, 1
    for kernel, step in windows:
        size, stride = size + (kernel - 1) * stride, stride * step
    return size, stride


def convnext(depths: tuple[int, ...]) -> list[tuple[int, int]]:
    """Liu et al. 2022, "A ConvNet for the 2020s": patches of 4, blocks of a 7 × 7, halved between the stages."""
    windows = [(4, 4)]
    for at, depth in enumerate(depths):
        windows += [(2, 2)] * (at > 0) + [(7, 1)] * depth
    return windows


def efficientnet_b0() -> list[tuple[int, int]]:
    """Tan and Le 2019, "EfficientNet", table 1: kernel, stride and number of blocks of each stage."""
    stages = [(3, 1, 1), (3, 2, 2), (5, 2, 2), (3, 2, 3), (5, 1, 3), (5, 2, 4), (3, 1, 1)]
    return [(3, 2)] + [(k, s if at == 0 else 1) for k, s, blocks in stages for at in range(blocks)]


@pytest.mark.parametrize(
    ("spec", "preset", "layer", "windows", "gated"),
    [
        ("convnext", "convnext_tiny", "features.7.2.add", convnext((3, 3, 9, 3)), False),
        ("convnext", "convnext_base", "features.7.2.add", convnext((3, 3, 27, 3)), False),
        ("efficientnet", "efficientnet_b0", "features.8.2", efficientnet_b0(), True),
    ],
)
def test_the_local_path_is_followed(
    spec: str, preset: str, layer: str, windows: list[tuple[int, int]], gated: bool
) -> None:
    seen = explain(check(bundled_specs()[spec], preset=preset), layer).seen
    assert seen.fields is not None
    assert {(field.size, field.stride) for field in seen.fields} == {folded(windows)}
    assert seen.everything == gated


@pytest.mark.parametrize("spec", ["convnext", "efficientnet", "efficientnet_v2", "mobilenet_v3", "mnasnet", "regnet"])
def test_every_layer_is_told(spec: str) -> None:
    for report in islice(check_each(bundled_specs()[spec]), 3):
        for one in explain_each(report):
            assert one.seen.fields is not None, one.name
