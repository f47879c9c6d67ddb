"""The bundled Swin beside torchvision's: weights load as they are, at any size it pads, and errors in its own words."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
import torch
from torch import nn

import archcalc
from archcalc.sizes.symbolic import at, closed
from archcalc.spec.bundled import bundled_specs
from archcalc.targets.generate import generate
from tests.support.torchvision_oracle import built, torchvision_models
from tests.support.zoo_twins import differences

SWIN = bundled_specs()["swin"]


@cache
def _both() -> tuple[nn.Module, nn.Module]:
    """The generated swin_t and torchvision's, with weights as these start, but a bias that tells."""
    torch.manual_seed(0)
    theirs = torchvision_models().swin_t(weights=None).eval()
    for name, weight in theirs.named_parameters():
        if name.endswith("relative_position_bias_table"):
            nn.init.normal_(weight)
    found: dict[str, Any] = {"__name__": "model"}
    code = generate(archcalc.check(SWIN, preset="swin_t")).files["model.py"]
    exec(compile(code, "model.py", "exec"), found)
    ours = found["Swin"]().eval()
    assert all(
        torch.equal(value, theirs.state_dict()[name])
        for name, value in ours.state_dict().items()
        if name.endswith("relative_position_index")
    )
    ours.load_state_dict(theirs.state_dict(), strict=True)
    return ours, theirs


SIZES = [(224, 224), (256, 256), (200, 300), (37, 70)]
"""Its own; windows that do not divide and are shifted in the last stage; padded unevenly; a window larger than all."""


@pytest.mark.parametrize("size", SIZES)
def test_with_the_weights_of_torchvision_it_gives_what_torchvision_gives(size: tuple[int, int]) -> None:
    ours, theirs = _both()
    pictures = torch.randn(2, 3, *size)
    with torch.no_grad():
        torch.testing.assert_close(ours(pictures), theirs(pictures), rtol=0, atol=1e-5)


@pytest.mark.parametrize("size", SIZES[1:])
def test_at_other_sizes_the_counts_are_torchs_and_the_law_says_them(size: tuple[int, int]) -> None:
    report = archcalc.check(SWIN, preset="swin_t", input=(3, *size))
    assert list(differences(report, built("swin_t"), in_order=False)) == []
    laws = archcalc.laws(archcalc.check(SWIN, preset="swin_t"))
    sizes = {laws.variables[axis]: n for axis, n in zip("HWN", (*size, 1), strict=True)}
    assert report.totals is not None
    assert at(closed(laws.total.macs), sizes) == report.totals.macs


def test_every_size_of_a_patch_or_more_is_legal() -> None:
    legal = archcalc.check(SWIN, preset="swin_t").legal
    assert legal is not None
    assert legal.proven
    for axis in ("H", "W"):
        assert [n for n in range(1, 300) if n in legal.axes[axis]] == [*range(4, 300)]
    assert list(legal.single) == []


PADDED = "      - {name: padded, kind: pad_to_multiple, from: input, multiple: window, dims: [1, 2]}\n"


@pytest.mark.parametrize(
    ("settings", "right", "wrong", "code", "said"),
    [
        ({"heads": 5}, "", "", "A204", "has queries of width 96, which do not divide into 5 heads"),
        ({}, PADDED, PADDED.replace("multiple: window", "multiple: 5"), "A204", "makes parts of 7 of `i a`"),
        ({}, "[(2*window - 1)*(2*window - 1), heads]", "[window*window, heads]", "A221", "in a table of 49 rows"),
        ({}, "from: [back, input]", "from: [input, back]", "A215", "which is more than it has"),
    ],
)
def test_an_error_is_said_in_its_own_words(
    settings: dict[str, int], right: str, wrong: str, code: str, said: str
) -> None:
    text = SWIN.read_text(encoding="utf-8")
    assert right in text
    report = archcalc.check_text(text.replace(right, wrong, 1), preset="swin_t", input=(3, 200, 200), settings=settings)
    assert any(one.code == code and said in one.message for one in report.diagnostics), report.diagnostics
