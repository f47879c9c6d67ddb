"""AlexNet at 224 pixels: the two repairs of history."""

from __future__ import annotations

from pathlib import Path

from archcalc.pipeline import check_text

ALEXNET = (Path(__file__).parents[2] / "specs" / "alexnet.yaml").read_text("utf-8")


ALEXNET_224 = ALEXNET.replace("[3, 227, 227]", "[3, 224, 224]")


def test_alexnet_at_224_finds_both_repairs_of_history_against_its_claims() -> None:
    (error,) = check_text(ALEXNET_224).diagnostics
    assert error.help[:2] == (
        "input height and width 227…230 fit (227 leaves no pixel unseen)",
        "or `conv1 padding: 2`",
    )


def test_alexnet_at_224_finds_both_repairs_of_history_without_claims() -> None:
    (error,) = check_text(ALEXNET, input=(3, 224, 224)).diagnostics
    assert error.help[:2] == (
        "input height and width 227…258 fit (227 leaves no pixel unseen)",
        "or `conv1 padding: 2`",
    )
    assert error.help[-1] == "or `in_features: 6400`"
