"""The order of practice, and what nobody does; the stated sizes that follow."""

from __future__ import annotations

import pytest

from archcalc.fixes.following import following, reshaped
from archcalc.fixes.practice import Practice, of_fields, of_input
from archcalc.layers.contract import KINDS, Layer
from archcalc.pipeline import check_text

X = ((8, 32, 32),)


def conv(**values: object) -> Layer:
    return KINDS["conv2d"](**({"out_channels": 8, "kernel_size": 3} | values))


def pool(**values: object) -> Layer:
    return KINDS["max_pool2d"](**({"kernel_size": 2} | values))


def test_every_practice_has_a_reason_and_those_of_nobody_stand_last() -> None:
    assert all(practice.value for practice in Practice)
    printed = [practice.is_printed for practice in sorted(Practice, key=lambda one: one.rank)]
    assert printed == sorted(printed, reverse=True)
    assert {True, False} == set(printed)


@pytest.mark.parametrize(
    ("old", "new", "practice"),
    [
        (conv(), conv(padding=1), Practice.PADDING),
        (conv(), conv(padding=2), Practice.OVERPADDED),
        (conv(padding=5), conv(padding=1), Practice.PADDING),
        (conv(), conv(dilation=2), Practice.DILATED),
        (conv(), conv(stride=4), Practice.SKIPPING),
        (conv(kernel_size=1), conv(kernel_size=1, stride=2), Practice.WINDOW),
        (conv(kernel_size=1), conv(kernel_size=1, stride=3), Practice.SKIPPING),
        (conv(groups=8), conv(groups=1), Practice.DENSE),
        (conv(groups=2), conv(groups=1), Practice.CHANNELS),
        (conv(), conv(kernel_size=7), Practice.STRETCHED),
        (conv(), conv(kernel_size=4), Practice.STRETCHED),
        (conv(kernel_size=5), conv(), Practice.WINDOW),
        (pool(), pool(ceil_mode=True), Practice.ONE_PIXEL),
        (pool(), pool(kernel_size=1), Practice.IDLE),
        (pool(), pool(padding=1), Practice.OVERPADDED),
        (pool(kernel_size=3), pool(kernel_size=3, padding=1), Practice.WINDOW),
        (conv(kernel_size=3, padding=1), conv(kernel_size=1, padding=1), Practice.OVERPADDED),
        (KINDS["pixel_shuffle"](upscale_factor=4), KINDS["pixel_shuffle"](upscale_factor=3), Practice.RESCALED),
    ],
)
def test_the_practice_of_an_edit(old: Layer, new: Layer, practice: Practice) -> None:
    assert of_fields(old, new, X, at_error=False) is practice


def test_the_practice_of_an_input() -> None:
    assert of_input((3, 32, 32), (3, 64, 64)) is Practice.INPUT
    assert of_input((3, 32, 32), (3, 64, 32)) is Practice.UNSQUARE
    assert of_input((3, 32, 128), (3, 64, 128)) is Practice.INPUT
    assert of_input((3, 32, 32), (3, 7, 7)) is Practice.TINY
    assert of_input((3, 32, 32), (3, 36, 36)) is Practice.UNUSUAL
    assert of_input((3, 224, 224), (3, 227, 227)) is Practice.INPUT
    assert of_input((3, 30, 30), (3, 36, 36)) is Practice.INPUT
    assert of_input((3, 32, 32), (4, 32, 32)) is Practice.INPUT_CHANNELS
    assert of_input((1, 8, 32, 32), (1, 32, 32, 32)) is Practice.INPUT
    assert of_input((1, 8, 32, 32), (1, 33, 32, 32)) is Practice.LENGTHENED


def test_stated_sizes_follow_and_a_depthwise_conv_stays_one() -> None:
    assert following(conv(in_channels=8), X, ((6, 32, 32),)) == conv(in_channels=6)
    assert following(conv(), X, ((6, 32, 32),)) is None
    depthwise = conv(in_channels=8, out_channels=16, groups=8)
    assert following(depthwise, X, ((6, 32, 32),)) == conv(in_channels=6, out_channels=12, groups=6)
    view = KINDS["reshape"](shape=(8, 1024))
    assert following(view, X, ((8, 16, 16),)) is None
    assert reshaped((8192,), (8, 32, 32), (8, 16, 16)) == (2048,)
    assert reshaped((8, 32, 32), (8, 32, 32), (8, 16, 16)) == (8, 16, 16)


def test_a_stride_that_both_convs_like_it_have_not_is_suggested() -> None:
    convs = "".join(
        f"  - {{name: {name}, kind: conv2d, out_channels: 8, kernel_size: 3, padding: 1{more}}}\n"
        for name, more in (("a", ""), ("b", ""), ("c", ", stride: 2"))
    )
    report = check_text(
        "archcalc: 1\nname: Small\ninput: [3, 32, 32]\nlayers:\n"
        f"{convs}  - {{kind: flatten}}\n  - {{kind: linear, in_features: 8192, out_features: 8}}\n"
    )
    (error,) = report.errors
    assert error.help.index("or `c stride: 1`") < error.help.index("or `in_features: 2048`")
