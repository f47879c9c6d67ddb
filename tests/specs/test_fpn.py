"""The feature pyramid beside torchvision's backbone of detectors: its keys, its counts, and its five maps."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

import archcalc
from archcalc.spec.bundled import bundled_specs
from archcalc.targets.generate import generate
from tests.support.generated_module import network_of
from tests.support.state_keys import state_keys
from tests.support.torchvision_oracle import torchvision_module


def backbone(name: str) -> Any:
    made = torchvision_module("models.detection.backbone_utils").resnet_fpn_backbone
    return made(backbone_name=name, weights=None, norm_layer=nn.BatchNorm2d, trainable_layers=5).eval()


@pytest.mark.parametrize("depth", [50, 101])
def test_keys_and_counts_are_torchvisions(depth: int) -> None:
    report = archcalc.check(bundled_specs()["fpn"], preset=f"fpn_resnet{depth}", input=(3, 160, 224))
    with torch.device("meta"):
        theirs = backbone(f"resnet{depth}")
        with FlopCounterMode(display=False) as counter:
            theirs(torch.empty(1, 3, 160, 224))
    assert sorted(state_keys(report)) == sorted((key, tuple(one.shape)) for key, one in theirs.state_dict().items())
    assert report.totals is not None
    assert report.totals.params == sum(one.numel() for one in theirs.parameters())
    assert report.totals.macs == counter.get_total_flops() // 2


@cache
def both() -> tuple[nn.Module, Any]:
    """The generated network and torchvision's, with the same weights."""
    report = archcalc.check(bundled_specs()["fpn"], preset="fpn_resnet50")
    torch.manual_seed(0)
    ours, theirs = network_of(generate(report).files, report).eval(), backbone("resnet50")
    ours.load_state_dict(theirs.state_dict())
    return ours, theirs


# Odd sizes, at which a map is not twice the one below it.
@pytest.mark.parametrize("size", [(64, 96), (75, 97)])
def test_the_five_maps_are_torchvisions(size: tuple[int, int]) -> None:
    ours, theirs = both()
    x = torch.randn(1, 3, *size)
    with torch.no_grad():
        found: tuple[Tensor, ...] = ours(x)
        meant: dict[str, Tensor] = theirs(x)
    assert list(meant) == ["0", "1", "2", "3", "pool"]
    for one, other in zip(found, meant.values(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-5 * float(other.abs().max()))
