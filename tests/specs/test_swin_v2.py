"""The bundled Swin V2 beside torchvision's: its buffers, weights that load as they are, and the sizes that it takes."""

from __future__ import annotations

from functools import cache

import pytest
import torch
from torch import nn

import archcalc
from archcalc.spec.bundled import bundled_specs
from archcalc.targets.generate import generate
from tests.support.generated_module import network_of
from tests.support.torchvision_oracle import built, torchvision_models
from tests.support.zoo_twins import differences

SWIN = bundled_specs()["swin_v2"]


@cache
def _both() -> tuple[nn.Module, nn.Module]:
    """The generated swin_v2_t and torchvision's: keys have biases that would tell, and some scales are cut off."""
    torch.manual_seed(0)
    theirs = torchvision_models().swin_v2_t(weights=None).eval()
    for name, weight in theirs.named_parameters():
        if name.endswith("logit_scale"):
            nn.init.uniform_(weight, 2, 6)
        elif name.endswith(("norm1.weight", "norm2.weight", "bias")):
            nn.init.normal_(weight)
    report = archcalc.check(SWIN, preset="swin_v2_t")
    ours = network_of(generate(report).files, report).eval()
    start = theirs.state_dict()
    for name, value in ours.state_dict().items():
        if name.endswith(("relative_position_index", "relative_coords_table")):
            assert torch.equal(value, start[name]), name
    ours.load_state_dict(start, strict=True)
    return ours, theirs


SIZES = [(256, 256), (50, 140)]
"""Its own, where the last stage has a window; windows that do not divide, and one that is larger than the map."""


@pytest.mark.parametrize("size", SIZES)
def test_with_the_weights_of_torchvision_it_gives_what_torchvision_gives(size: tuple[int, int]) -> None:
    ours, theirs = _both()
    pictures = torch.randn(1, 3, *size)
    with torch.no_grad():
        torch.testing.assert_close(ours(pictures), theirs(pictures), rtol=0, atol=1e-5)


def test_at_another_size_the_counts_are_torchs() -> None:
    report = archcalc.check(SWIN, preset="swin_v2_t", input=(3, *SIZES[1]))
    assert list(differences(report, built("swin_v2_t"), in_order=False)) == []


def test_every_size_of_a_patch_or_more_is_legal() -> None:
    legal = archcalc.check(SWIN, preset="swin_v2_t").legal
    assert legal is not None
    assert legal.proven
    for axis in ("H", "W"):
        assert [n for n in range(1, 300) if n in legal.axes[axis]] == [*range(4, 300)]


@pytest.mark.parametrize(
    ("right", "wrong", "code", "said"),
    [
        (
            "shape: [heads, 1, 1]",
            "shape: [2*heads, 1, 1]",
            "A203",
            "scales by 6 × 1 × 1, but 8 × 8 × 3 × 64 × 32 arrives",
        ),
        ("unbiased: [width, 2*width]", "unbiased: [width, 4*width]", "A215", "has no outputs from 96 up to 384"),
        (
            "window_size: [window, window]}\n      - name: cpb",
            "window_size: [7, 7]}\n      - name: cpb",
            "A221",
            "of 169 rows",
        ),
    ],
)
def test_an_error_is_said_in_its_own_words(right: str, wrong: str, code: str, said: str) -> None:
    text = SWIN.read_text(encoding="utf-8")
    assert right in text
    report = archcalc.check_text(text.replace(right, wrong, 1), preset="swin_v2_t")
    assert any(one.code == code and said in one.message for one in report.diagnostics), report.diagnostics
