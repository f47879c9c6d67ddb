"""The bundled Video Swin beside torchvision's: keys and counts at full size, outputs of a small one on short clips."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import archcalc
from archcalc.spec.bundled import bundled_specs
from archcalc.targets.generate import generate
from tests.support.generated_module import network_of
from tests.support.torchvision_oracle import built, torchvision_module
from tests.support.zoo_twins import differences

SWIN = bundled_specs()["swin3d"]


@pytest.mark.parametrize("preset", ["swin3d_t", "swin3d_s", "swin3d_b"])
def test_a_preset_is_torchvisions(preset: str) -> None:
    report = archcalc.check(SWIN, preset=preset)
    twin = built(f"video.{preset}")
    assert list(differences(report, twin, in_order=False, counted=preset == "swin3d_t")) == []


SMALL = {"width": 16, "heads": 1, "n3": 2, "long": 4, "window": 2, "classes": 10}
CLIPS = [(16, 64, 64), (9, 70, 66)]
"""Windows that fit; windows and patches that do not."""


def _twin() -> nn.Module:
    """torchvision's, as small."""
    torch.manual_seed(0)
    swin = torchvision_module("models.video.swin_transformer").SwinTransformer3d
    sizes = {"patch_size": [2, 4, 4], "window_size": [4, 2, 2], "depths": [2, 2, 2, 2], "num_heads": [1, 2, 4, 8]}
    theirs: nn.Module = swin(**sizes, embed_dim=16, num_classes=10).eval()
    for name, weight in theirs.named_parameters():
        if name.endswith(("relative_position_bias_table", "bias")):
            nn.init.normal_(weight)
    return theirs


@pytest.mark.parametrize("clip", CLIPS)
def test_with_the_weights_of_torchvision_it_gives_what_torchvision_gives(clip: tuple[int, int, int]) -> None:
    theirs = _twin()
    report = archcalc.check(SWIN, preset="swin3d_t", settings=SMALL, input=(3, *clip))
    assert report.ok
    ours = network_of(generate(report).files, report).eval()
    started = {name: value for name, value in ours.state_dict().items() if name.endswith("relative_position_index")}
    assert all(torch.equal(value, theirs.state_dict()[name]) for name, value in started.items())
    ours.load_state_dict(theirs.state_dict(), strict=True)
    x = torch.randn(2, 3, *clip)
    with torch.no_grad():
        torch.testing.assert_close(ours(x), theirs(x), rtol=0, atol=1e-5)
