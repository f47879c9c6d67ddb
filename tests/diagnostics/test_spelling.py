"""Words that are near."""

from __future__ import annotations

import pytest

from archcalc.diagnostics.spelling import SURE, did_you_mean, nearest

KNOWN = ("route", "out_channels", "kernel_size", "stride", "padding", "T_max")
FOREIGN = {"filters": "out_channels", "strides": "stride", "units": "out_features"}


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("out_chanels", "out_channels"),
        ("outChannels", "out_channels"),
        ("OUT-CHANNELS", "out_channels"),
        ("kernel size", "kernel_size"),
        ("kernelsize", "kernel_size"),
        ("paddnig", "padding"),
        ("t_max", "T_max"),
        ("tmax", "T_max"),
        ("filters", "out_channels"),
        ("Filters", "out_channels"),
        ("strides", "stride"),
        ("units", None),
        # As a word begins, it is nearer than any other: not `route`, of the same letters.
        ("kernel", "kernel_size"),
        ("out", "out_channels"),
        ("wibble", None),
        ("", None),
        ("x" * 100_000, None),
    ],
)
def test_the_nearest_word(word: str, meant: str | None) -> None:
    assert nearest(word, KNOWN, FOREIGN) == meant
    assert did_you_mean(word, KNOWN, FOREIGN) == (f"did you mean `{meant}`?" if meant else "")


@pytest.mark.parametrize("word", ["layer4321x", "layr4321", "Layer4321", "4321", "_layer_4321", "lyaer4321"])
def test_of_very_many_names_one_is_found_that_is_alike_before_the_slip_or_behind_it(word: str) -> None:
    known = [f"layer{place}" for place in range(9000) if place % 10 == 1 or place == 4321]
    assert nearest(word, [*known, "layer"]) == "layer4321"


def test_what_is_only_likely_is_not_sure() -> None:
    assert nearest("batch_norm", ["batch_norm2d"], alike=SURE) == "batch_norm2d"
    assert nearest("instance_norm2d", ["batch_norm2d"]) == "batch_norm2d"
    assert nearest("instance_norm2d", ["batch_norm2d"], alike=SURE) is None


def test_a_word_that_several_begin_with_is_none_of_them() -> None:
    assert nearest("out", ["out_channels", "out_features"]) is None
    assert nearest("out", ["out_features"], alike=SURE) is None


def test_letters_in_another_order_are_surely_meant() -> None:
    assert nearest("rleu", ["relu", "elu"], alike=SURE) == "relu"
