"""What is drawn for each image: crops, erased rectangles, colours; and what an image cannot have."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import torch

from archcalc import check_text
from archcalc.targets.generate import GenerateError, generate
from tests.support.generated_folder import modules_of
from tests.support.recipe_folder import RUN, SGD_ALONE, made
from tests.support.torchvision_oracle import torchvision_module


@pytest.fixture(scope="module")
def drawing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    said = "  augment: {random_resized_crop: true, random_erasing: 0.5, lighting: 0.1}\n"
    with modules_of(made(said, tmp_path_factory.mktemp("drawing")), "augment") as (module,):
        yield module


def test_a_resized_crop_has_torchvisions_shares_and_ratios(drawing: ModuleType) -> None:
    draws = np.random.default_rng(0)
    shares, ratios = [], []
    for _ in range(2000):
        left, upper, right, lower = drawing.box_in(draws, 320, 300)
        assert 0 <= left < right <= 320
        assert 0 <= upper < lower <= 300
        shares.append((right - left) * (lower - upper) / (320 * 300))
        ratios.append((right - left) / (lower - upper))
    assert 0.078 < min(shares) < 0.09
    assert 0.9 < max(shares) <= 1
    assert 0.74 < min(ratios) < 0.77
    assert 1.3 < max(ratios) < 1.35
    assert np.mean(np.log(ratios)) == pytest.approx(0, abs=0.01)
    # Where no try fits, the middle, cut to the nearest ratio: torchvision's own.
    crop = torchvision_module("transforms").RandomResizedCrop
    for height, width in ((10, 4000), (4000, 10)):
        theirs = crop.get_params(torch.zeros(1, height, width), (0.9, 1.0), (3 / 4, 4 / 3))
        left, upper, right, lower = drawing.box_in(SimpleNamespace(uniform=lambda _, high: high), width, height)
        assert [round(one) for one in (upper, left, lower - upper, right - left)] == pytest.approx([*theirs], abs=1)


def test_what_is_erased_is_a_rectangle_in_half_of_the_images(drawing: ModuleType) -> None:
    draws = np.random.default_rng(0)
    holes = np.stack([drawing.hole(draws) for _ in range(1000)])
    erased = holes[:, 2] > 0
    assert 420 < erased.sum() < 580
    shares = (holes[:, 2] * holes[:, 3])[erased] / 144
    assert shares.min() > 0
    assert shares.max() < 0.4
    assert holes[:, 2:].max() < 12
    ratios = holes[erased, 3] / holes[erased, 2]
    assert 0.2 < ratios.min() < 0.5
    assert 2 < ratios.max() < 5
    images = torch.ones(1000, 2, 12, 12)
    found = drawing.erased(images, torch.from_numpy(holes))
    for image, (top, left, height, width) in zip(found, holes.tolist(), strict=True):
        expected = torch.ones(2, 12, 12)
        expected[:, top : top + height, left : left + width] = 0
        assert torch.equal(image, expected)


def test_colours_move_along_their_principal_components(drawing: ModuleType) -> None:
    assert np.allclose(drawing.VECTORS.T @ drawing.VECTORS, np.eye(3), atol=1e-3)
    draws = np.random.default_rng(0)
    shifts = np.stack([drawing.colours(draws) for _ in range(4000)]) / 255
    along = shifts @ drawing.VECTORS
    assert along.std(0) == pytest.approx([0.1 * 0.2175, 0.1 * 0.0188, 0.1 * 0.0045], rel=0.05)
    assert abs(along.mean(0)).max() < 0.002


REFUSED = {
    "mixup_alpha: 0.2": ("dense", "changes a picture with a class of its own"),
    "random_erasing: 0.2": ("dense", "changes a picture with a class of its own"),
    "random_resized_crop: true": ("dense", "changes a picture with a class of its own"),
    "cutmix_alpha: 1": ("flat", "cuts rectangles, and there are no pixels"),
    "lighting: 0.1": ("grey", "changes three colours, and there are others"),
}
SHAPES = {
    "dense": "input: [3, 8, 8]\nlayers: [{kind: conv2d, out_channels: 2, kernel_size: 1}]\n",
    "flat": "input: [8]\nlayers: [{kind: linear, out_features: 3}]\n",
    "grey": "input: [1, 8, 8]\nlayers: [{kind: flatten}, {kind: linear, out_features: 3}]\n",
}


@pytest.mark.parametrize("said", REFUSED)
def test_what_images_of_this_network_cannot_have_is_refused_in_its_place(said: str) -> None:
    shape, why = REFUSED[said]
    text = f"archcalc: 1\nname: Net\n{SHAPES[shape]}train:\n{SGD_ALONE}  augment: {{{said}}}\n{RUN}"
    with pytest.raises(GenerateError) as raised:
        generate(check_text(text))
    (error,) = raised.value.diagnostics
    assert (error.code, error.message) == ("A503", f"`{said.partition(':')[0]}` {why}" + (
        ", and this network gives a class for each pixel" if shape == "dense" else ""
    ))  # fmt: skip
    assert error.span is not None
    assert text.splitlines()[error.span.line - 1].strip().startswith("augment")
