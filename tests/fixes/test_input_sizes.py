"""The sizes of an input that fit: their range, their rule, the nearest, and which leave no pixel unseen."""

from __future__ import annotations

from pathlib import Path

import torch

from archcalc.language.yaml_edits import edited
from archcalc.pipeline import check_text, find_fixes
from tests.support.broken_specs import torch_accepts

HEAD = "archcalc: 1\nname: Small\ninput: [3, 32, 32]\nlayers:\n"
CONV = "{kind: conv2d, out_channels: 8, kernel_size: 3}"
ALEXNET = (Path(__file__).parents[2] / "specs" / "alexnet.yaml").read_text("utf-8")
ALEXNET_224 = ALEXNET.replace("[3, 227, 227]", "[3, 224, 224]")


def test_where_every_size_leaves_pixels_unseen_none_is_named() -> None:
    large = "{kind: conv2d, out_channels: 8, kernel_size: 40}"
    skipping = "{kind: conv2d, out_channels: 8, kernel_size: 1, stride: 2}"
    for above, said in (([], "40 and up fit (40 leaves no pixel unseen)"), ([skipping], "79 and up fit")):
        report = check_text(HEAD + "".join(f"  - {layer}\n" for layer in [*above, large]))
        assert f"input height and width {said}" in [help.removeprefix("or ") for help in report.diagnostics[0].help]


def test_of_nearest_sizes_that_all_lose_no_pixel_none_is_preferred() -> None:
    halves = 4 * "  - {kind: conv2d, out_channels: 2, kernel_size: 3, stride: 2, padding: 1}\n"
    text = f"archcalc: 1\nname: Halves\ninput: [3, 390, 390]\nlayers:\n{halves}"
    (error,) = check_text(text + "  - {kind: pixel_unshuffle, downscale_factor: 2}\n").diagnostics
    (said,) = [help for help in error.help if "input height and width" in help]
    assert said.endswith("; the nearest are 384 and 401")
    # Every pixel of either has a gradient.
    convs = torch.nn.Sequential(*(torch.nn.Conv2d(1, 1, 3, 2, 1) for _ in range(4)), torch.nn.PixelUnshuffle(2))
    for parameter in convs.parameters():
        torch.nn.init.ones_(parameter)
    for n in (384, 401):
        x = torch.ones(1, 1, n, n, requires_grad=True)
        torch.autograd.backward(convs(x).sum())
        assert x.grad is not None
        assert bool((x.grad != 0).all())


def test_the_range_that_fits_is_torchs_own() -> None:
    report = check_text(ALEXNET.replace("4096", "1"), input=(3, 224, 224))
    assert [n for n in (224, 226, 227, 242, 258, 259) if torch_accepts(report, (3, n, n))] == [227, 242, 258]


def test_a_help_says_the_rule_of_sizes_that_repeat_and_the_nearest() -> None:
    patches = HEAD + "  - {kind: pixel_unshuffle, downscale_factor: 16}\n"
    report = check_text(patches.replace("32, 32", "227, 227"))
    assert "input height and width fit at multiples of 16; the nearest are 224 and 240" in report.diagnostics[0].help
    (fix,) = (one for one in find_fixes(report) if one.edit.startswith("input"))
    assert edited(report.text, *fix.changes) == patches.replace("32, 32", "224, 224")
    for sizes, help in (
        ("224, 230", "input width fits at multiples of 16; the nearest are 224 and 240"),
        ("10, 32", "input height fits at multiples of 16; the nearest is 16"),
    ):
        report = check_text(patches.replace("32, 32", sizes))
        assert report.diagnostics[0].help[0] == help
        fitting = [n for n in range(1, 300) if torch_accepts(report, (3, n, n))]
        assert fitting == [*range(16, 300, 16)]


def test_a_clip_fits_at_another_length_and_side_also_where_a_layer_asks_for_places_enough() -> None:
    """363 features are 3 · 11 · 11; an instance norm in training asks that a channel has more than one place."""
    rows = (
        "{kind: conv3d, out_channels: 1, kernel_size: [1, 3, 3], stride: [1, 2, 2]}",
        "{kind: instance_norm3d}",
        "{kind: flatten}",
        "{kind: linear, in_features: 363, out_features: 2}",
    )
    text = "archcalc: 1\nname: Clip\ninput: [1, 6, 10, 10]\nlayers:\n" + "".join(f"  - {row}\n" for row in rows)
    report = check_text(text)
    assert "input: [1, 3, 23, 23]" in [fix.edit for fix in find_fixes(report)]
    assert torch_accepts(report, (1, 3, 23, 23))


def test_a_size_that_loses_no_pixel_is_named_only_where_it_fits() -> None:
    """Windows of 16 side by side lose none at 16, 32, 48, …, of which 32 alone makes the 2 · 2 places asked for."""
    rows = (
        "{kind: conv2d, out_channels: 1, kernel_size: 16, stride: 16}",
        "{kind: flatten}",
        "{kind: linear, in_features: 4, out_features: 2}",
    )
    report = check_text(HEAD.replace("32, 32", "60, 60") + "".join(f"  - {row}\n" for row in rows))
    assert "input height and width 32…47 fit (32 leaves no pixel unseen)" in report.diagnostics[0].help
    assert [n for n in range(16, 64) if torch_accepts(report, (3, n, n))] == [*range(32, 48)]


def test_a_clip_is_made_longer_or_shorter_by_a_few_frames_alone_for_a_round_length() -> None:
    """256 places are 4 · 8 · 8, near the 5 · 9 · 9 stated; 16 · 4 · 4 is rounder in time, and far from it."""
    rows = "  - {kind: flatten}\n  - {kind: linear, in_features: 256, out_features: 2}\n"
    report = check_text(f"archcalc: 1\nname: Clip\ninput: [1, 5, 9, 9]\nlayers:\n{rows}")
    assert report.errors[0].help[0] == "write `input: [1, 4, 8, 8]`"
    assert torch_accepts(report, (1, 4, 8, 8))
