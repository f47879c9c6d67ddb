"""Windows that are tried: those of the papers, and paddings that go with a kernel."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from archcalc.fixes.windows import forms, paddings, scales
from archcalc.layers.contract import KINDS, Layer

FORMS = {
    "VGG (Simonyan and Zisserman 2015)": ("conv2d", (3, 1, 1)),
    "MobileNet where it halves (Howard et al. 2017)": ("conv2d", (3, 2, 1)),
    "AlexNet's second (Krizhevsky et al. 2012)": ("conv2d", (5, 1, 2)),
    "ResNet's first (He et al. 2016)": ("conv2d", (7, 2, 3)),
    "ConvNeXt between stages (Liu et al. 2022)": ("conv2d", (2, 2, 0)),
    "U-Net's up-convolution (Ronneberger et al. 2015)": ("conv_transpose2d", (2, 2, 0)),
    "DCGAN (Radford et al. 2016)": ("conv_transpose2d", (4, 2, 1)),
    "DCGAN's first, of one pixel": ("conv_transpose2d", (4, 1, 0)),
    "DeconvNet within a stage (Noh et al. 2015)": ("conv_transpose2d", (3, 1, 1)),
    "VGG's pool": ("max_pool2d", (2, 2, 0)),
    "ResNet's pool": ("max_pool2d", (3, 2, 1)),
    "GoogLeNet's pool in a branch (Szegedy et al. 2015)": ("max_pool2d", (3, 1, 1)),
}
NAMES = ("kernel_size", "stride", "padding")


def layer(kind: str, **values: object) -> Layer:
    channels = {"out_channels": 8} if "conv" in kind else {}
    return KINDS[kind](**(channels | values))


@pytest.mark.parametrize("paper", FORMS)
def test_windows_of_the_papers_are_tried_in_place_of_a_larger_one(paper: str) -> None:
    kind, form = FORMS[paper]
    large = layer(kind, kernel_size=9, stride=1, padding=0)
    tried = [replace(large, **values) for values in forms(large)]
    assert form in [tuple(getattr(other, name) for name in NAMES) for other in tried]


def test_a_window_does_not_grow_and_another_stride_is_a_step_of_two() -> None:
    """What is larger reaches beyond the map that the smaller one was stated for."""
    small = layer("conv2d", kernel_size=3, stride=1, padding=0)
    assert {values.get("kernel_size", 3) for values in forms(small)} == {2, 3}
    steep = layer("conv2d", kernel_size=9, stride=5, padding=0)
    assert list(forms(steep)) == []


def test_a_pool_whose_windows_lie_side_by_side_may_become_another_such_whatever_its_stride() -> None:
    tiling = list(forms(layer("max_pool2d", kernel_size=8, stride=8, padding=0)))
    assert tiling == [{"kernel_size": 2, "stride": 2}]


@pytest.mark.parametrize("side", [4, 8, 14, 16, 32])
def test_pictures_are_cut_into_patches_of_other_sides(side: int) -> None:
    """ViT-B/16 and B/32, ViT-H/14 (Dosovitskiy et al. 2021); Swin's and MLP-Mixer's are 4 and 8."""
    patches = list(forms(layer("conv2d", kernel_size=12, stride=12, padding=0)))
    assert {"kernel_size": side, "stride": side} in patches
    # With an overlap it is no patch.
    assert {"kernel_size": side, "stride": side} not in list(forms(layer("conv2d", kernel_size=12, stride=11)))


def test_of_a_large_kernel_a_few_paddings_are_tried() -> None:
    """One by one up to eight, and the one that keeps the size of a map."""
    found = [values["padding"] for values in paddings(layer("conv2d", kernel_size=61))]
    assert found == [*range(1, 9), 30]


@pytest.mark.parametrize("kernel", [1, 2, 3, 7, 8])
def test_a_kernel_is_padded_up_to_half_of_it(kernel: int) -> None:
    """With more, some windows of a kernel would see padding alone."""
    for dilation in (1, 2):
        half = (dilation * (kernel - 1) + 1) // 2
        found = [values["padding"] for values in paddings(layer("conv2d", kernel_size=kernel, dilation=dilation))]
        # A conv that is dilated keeps the map's size, or is not padded at all.
        assert found == ([half] if dilation > 1 and half else [*range(1, half + 1)])


def test_a_map_is_made_larger_by_usual_factors_in_place_of_what_is_stated() -> None:
    assert [values["scale_factor"] for values in scales(layer("upsample", scale_factor=2))] == [4, 3, 8]
