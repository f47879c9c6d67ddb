"""Rearranging against torch's own modules that do one case of it each, and patterns that are none."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

import archcalc
from archcalc.layers.axis_pattern import AxisPattern
from archcalc.layers.contract import KINDS
from archcalc.layers.fields import FieldError
from archcalc.targets.torch.reference_functions import reference_source
from tests.support.own_modules import own_class

AS_TORCH: dict[str, tuple[nn.Module, dict[str, Any], tuple[int, ...]]] = {
    "c (h a) (w b) -> (c a b) h w": (nn.PixelUnshuffle(2), {"a": 2, "b": 2}, (3, 4, 6)),
    "(c a b) h w -> c (h a) (w b)": (nn.PixelShuffle(3), {"a": 3, "b": 3}, (18, 2, 4)),
    "(a k) h w -> (k a) h w": (nn.ChannelShuffle(3), {"a": 3}, (12, 2, 3)),
    "c h w -> c (h w)": (nn.Flatten(2), {}, (3, 4, 5)),
    "(a b c) -> a b c": (nn.Unflatten(1, (2, 3, 4)), {"a": 2, "c": 4}, (24,)),
}


def _evaluated(kind: str, settings: dict[str, Any], x: torch.Tensor) -> torch.Tensor:
    """What the function gives that generated tests have for a kind."""
    found: dict[str, Any] = {"torch": torch, "math": __import__("math"), "Tensor": torch.Tensor}
    exec("from typing import Any, NamedTuple", found)
    for source in reference_source([(KINDS[kind], kind)]):
        exec(source, found)
    given: torch.Tensor = found[kind](found["Layer"](settings, {}, False), x)
    return given


@pytest.mark.parametrize("pattern", AS_TORCH)
def test_values_go_where_torch_puts_them(pattern: str) -> None:
    module, sizes, shape = AS_TORCH[pattern]
    x = torch.arange(2.0 * torch.Size(shape).numel()).view(2, *shape)
    expected = module(x)
    assert torch.equal(own_class("rearrange", "Rearrange")(pattern, **sizes)(x), expected)
    assert torch.equal(_evaluated("rearrange", {"pattern": pattern, **sizes}, x), expected)


def test_windows_are_cut_and_put_back() -> None:
    """As torchvision's swin_transformer cuts them, by view and permute."""
    x = torch.arange(2 * 6 * 8 * 5).view(2, 6, 8, 5)
    cut = own_class("rearrange", "Rearrange")("(i a) (j b) c -> i j (a b) c", a=3, b=4)(x)
    theirs = x.view(2, 2, 3, 2, 4, 5).permute(0, 1, 3, 2, 4, 5).reshape(2 * 4, 12, 5)
    assert torch.equal(cut.flatten(0, 2), theirs)
    assert torch.equal(own_class("rearrange", "Rearrange")("i j (a b) c -> (i a) (j b) c", a=3)(cut), x)


@pytest.mark.parametrize(("shifts", "dims"), [(-3, (1, 2)), ((2, -1), (2, 1)), (9, (1,))])
@pytest.mark.parametrize("longer_than", [0, 5])
def test_axes_that_are_longer_are_rolled(shifts: Any, dims: tuple[int, ...], longer_than: int) -> None:
    x = torch.arange(2 * 5 * 7 * 3).view(2, 5, 7, 3)
    expected = x
    for dim, shift in zip(dims, shifts if isinstance(shifts, tuple) else (shifts,) * len(dims), strict=True):
        expected = expected if x.shape[dim] <= longer_than else expected.roll(shift, dim)
    assert torch.equal(own_class("roll", "Roll")(shifts, dims, longer_than)(x), expected)
    settings = {"shifts": shifts, "dims": dims, "longer_than": longer_than}
    assert torch.equal(_evaluated("roll", settings, x), expected)


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("a b", "takes one `->`"),
        ("a -> b -> c", "takes one `->`"),
        ("a b -> a", "`b` is on one"),
        ("a a -> a", "not `a` twice"),
        ("(a (b c)) -> a b c", "takes brackets in pairs"),
        ("(a b -> a b", "takes brackets in pairs"),
        ("() a -> a", "no brackets around nothing"),
        ("a 1 -> a 1", "not `1`"),
        ("-> a", "takes axes on both sides"),
        (
            " ".join(f"x{i}" for i in range(17)) + " -> " + " ".join(f"x{i}" for i in range(17)),
            "at most 16 axes, not 17",
        ),
    ],
)
def test_a_pattern_that_is_none_is_told_why(pattern: str, said: str) -> None:
    with pytest.raises(FieldError, match=said.replace("(", r"\(")):
        AxisPattern().read(pattern, 0)


SPEC = """
archcalc: 1
name: Windows
input: [3, 56, 60]
layers:
  - {name: places, kind: permute, dims: [0, 2, 3, 1]}
  - {name: windows, kind: rearrange, pattern: "(i a) (j b) c -> i j (a b) c", a: 7, b: 5}
"""


@pytest.mark.parametrize(
    ("right", "wrong", "code", "said"),
    [
        ("b: 5", "b: 7", "A204", "makes parts of 7 of `j b`, which do not divide 60"),
        (", b: 5", "", "A112", "needs the sizes of all but one of the axes that j and b make together"),
        ("b: 5", "b: 5, c: 4", "A203", "has 4 for `c`, but 3 arrive"),
        ("b: 5", "b: 5, d: 4", "A114", "has no axis `d` in its pattern"),
        (
            "(i a) (j b) c -> i j (a b) c",
            "(i a) (j b) -> i j (a b)",
            "A202",
            "takes (i a) (j b), as its pattern has it",
        ),
        ("(a b) c", "(a b)", "A114", "`c` is on one"),
    ],
)
def test_an_error_is_said_in_its_own_words(right: str, wrong: str, code: str, said: str) -> None:
    assert archcalc.check_text(SPEC).ok
    report = archcalc.check_text(SPEC.replace(right, wrong, 1))
    assert [one.code for one in report.diagnostics] == [code], report.diagnostics
    assert said in report.diagnostics[0].message


def test_legal_sizes_are_multiples_of_a_window() -> None:
    legal = archcalc.check_text(SPEC).legal
    assert legal is not None
    assert legal.proven
    for axis, each in (("H", 7), ("W", 5)):
        assert [n for n in range(1, 40) if n in legal.axes[axis]] == [*range(each, 40, each)]
