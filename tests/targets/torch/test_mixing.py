"""Mixup and cutmix are torchvision's, and what a loss makes of mixed and smoothed targets is torch's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from archcalc import check_text
from archcalc.targets.generate import generate
from tests.support.generated_folder import modules_of
from tests.support.recipe_folder import NET, RUN, SGD_ALONE, made
from tests.support.torchvision_oracle import torchvision_module


class Said:
    """Draws that are said beforehand: what a Beta distribution gives, then a row and a column."""

    def __init__(self, share: float, row: int = 0, column: int = 0) -> None:
        self.share, self.places = share, iter((row, column))

    def beta(self, *_: float) -> float:
        return self.share

    def integers(self, _: int) -> int:
        return next(self.places)


@pytest.fixture(scope="module")
def mixing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    said = "  augment: {mixup_alpha: 0.2, cutmix_alpha: 1}\n"
    with modules_of(made(said, tmp_path_factory.mktemp("mixing")), "mixing") as (module,):
        yield module


IMAGES = torch.randn(6, 3, 12, 10, generator=torch.Generator().manual_seed(0))
TARGET = torch.tensor([0, 4, 2, 2, 1, 3])


def mixed(mixing: ModuleType, kind: str, draws: Any) -> tuple[Tensor, Tensor]:
    """What the generated code makes of a batch where it takes this kind of mixing."""
    with patch.object(Said, "random", lambda _: 0.0 if kind == "mixup" else 0.9, create=True):
        images, classes = mixing.mix(IMAGES, TARGET, draws)
    assert images.is_contiguous(memory_format=torch.channels_last)
    return images, classes


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_mixup_is_torchvisions(share: float, mixing: ModuleType) -> None:
    theirs = torchvision_module("transforms.v2").MixUp(alpha=0.2, num_classes=5)
    with patch.object(theirs._dist, "sample", lambda _: torch.tensor(share, dtype=torch.float64)):
        images, classes = theirs(IMAGES, TARGET)
    found = mixed(mixing, "mixup", Said(share))
    assert torch.allclose(found[0], images, atol=1e-6)
    assert torch.allclose(found[1], classes)


@pytest.mark.parametrize(("share", "row", "column"), [(0.3, 5, 5), (0.9, 0, 9), (0.0, 11, 0), (1.0, 3, 3), (0.5, 6, 1)])
def test_cutmix_is_torchvisions(share: float, row: int, column: int, mixing: ModuleType) -> None:
    theirs = torchvision_module("transforms.v2").CutMix(alpha=1.0, num_classes=5)
    places = iter((column, row))
    with (
        patch.object(theirs._dist, "sample", lambda _: torch.tensor(share, dtype=torch.float64)),
        patch.object(torch, "randint", lambda *_, **__: torch.tensor([next(places)])),
    ):
        images, classes = theirs(IMAGES, TARGET)
    found = mixed(mixing, "cutmix", Said(share, row, column))
    assert torch.equal(found[0], images)
    assert torch.allclose(found[1], classes)


def test_what_mixes_a_pass_follows_from_its_place_in_the_run(mixing: ModuleType) -> None:
    def ready(images: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        return images, target

    def run(seed: int, epoch: int, *numbers: int) -> list[Tensor]:
        mix = mixing.mixed(ready, seed, epoch, numbers)
        return [mix(IMAGES, TARGET)[1] for _ in numbers]

    whole = run(0, 3, *range(6))
    assert all(map(torch.equal, whole[4:], run(0, 3, 4, 5)))
    others = [run(0, 3, 3)[0], run(0, 2, 4)[0], run(1, 3, 4)[0]]
    assert not any(torch.equal(whole[4], other) for other in others)
    # Both kinds come up, and the share is drawn from each one's own distribution.
    calls: list[tuple[float, ...]] = []

    def beta(*alphas: float) -> float:
        calls.append(alphas)
        return 0.5

    kinds = {(mixing.MIXUP_ALPHA,) * 2: mixing.mixup, (mixing.CUTMIX_ALPHA,) * 2: mixing.cutmix}
    for alphas, kind in kinds.items():
        draws = SimpleNamespace(beta=beta, integers=lambda _: 0)
        kind(IMAGES, draws)
        assert calls.pop() == alphas
    chosen = [np.random.default_rng((0, 3, number, 1)).random() < 0.5 for number in range(40)]
    assert 8 < sum(chosen) < 32


@pytest.fixture(scope="module")
def objective(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    folder = made("  label_smoothing: 0.1\n", tmp_path_factory.mktemp("smooth"))
    with modules_of(folder, "objective", "model") as (module, model):
        module.net = model.Net  # type: ignore[attr-defined]
        yield module


def test_smoothing_is_torchs_and_only_in_training(objective: ModuleType) -> None:
    network = objective.net().eval()
    images = torch.randn(6, 3, 12, 12)
    logits = network(images)
    smooth = nn.CrossEntropyLoss(label_smoothing=0.1)(logits, TARGET)
    assert torch.allclose(objective.Objective(network)(images, TARGET), smooth)
    assert torch.allclose(objective.loss_of(logits, TARGET), nn.CrossEntropyLoss()(logits, TARGET))
    shares = torch.rand(6, 5).softmax(1)
    mixed = nn.CrossEntropyLoss(label_smoothing=0.1)(logits, shares)
    assert torch.allclose(objective.Objective(network)(images, shares), mixed)


def test_every_output_is_smoothed(tmp_path: Path) -> None:
    text = NET.replace("train:", "  - {name: aux, from: ln, kind: linear, out_features: 5}\noutputs: [fc, aux]\ntrain:")
    folder = generate(check_text(text + SGD_ALONE + "  label_smoothing: 0.2\n" + RUN, file="net.yaml"), out=tmp_path)
    folder.write()
    with modules_of(folder.folder, "objective", "model") as (objective, model):
        network, images = model.Net(), torch.randn(6, 3, 12, 12)
        main, aux = (F.cross_entropy(output, TARGET, label_smoothing=0.2) for output in network(images))
        assert torch.allclose(objective.Objective(network)(images, TARGET), main + 0.3 * aux)


@pytest.mark.parametrize(("smoothing", "mixes"), [("  label_smoothing: 0.1\n", False), ("", True)])
def test_probabilities_are_smoothed_and_mixed_as_their_logits_are(smoothing: str, mixes: bool, tmp_path: Path) -> None:
    # A softmax in a group stays in the network: the loss is of probabilities.
    text = NET.replace("{name: fc, kind: linear, out_features: 5}", "{name: a, layers: [{kind: linear, "
                       "out_features: 5}, {kind: softmax}]}")  # fmt: skip
    said = smoothing + ("  augment: {mixup_alpha: 0.2}\n" if mixes else "")
    folder = generate(check_text(text + SGD_ALONE + said + RUN, file="net.yaml"), out=tmp_path)
    folder.write()
    with modules_of(folder.folder, "objective") as (module,):
        logits, target = torch.randn(6, 5), F.one_hot(TARGET, 5).float() * 0.7 + 0.06 if mixes else TARGET
        more = {"smoothing": 0.1} if smoothing else {}
        expected = F.cross_entropy(logits, target, label_smoothing=0.1 if smoothing else 0.0)
        assert torch.allclose(module.loss_of(logits.softmax(1), target, **more), expected, atol=1e-6)
