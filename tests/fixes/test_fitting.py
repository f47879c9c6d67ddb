"""Which sizes fit, in words: a run of them, or a rule with those nearest, and one that is round."""

from __future__ import annotations

from archcalc.fixes.fitting import Fitting


def test_a_run_of_sizes_is_its_first_and_its_last() -> None:
    found = Fitting(shape=(3, 227, 227), axes=(1, 2), first=227, last=258, whole=227)
    assert found.text == "input height and width 227…258 fit (227 leaves no pixel unseen)"
    assert Fitting(shape=(3, 227), axes=(1,), first=227, last=None, whole=None).text == "input length 227 and up fits"


def test_sizes_by_a_rule_are_told_with_the_nearest_and_with_a_round_one_beside() -> None:
    rule = Fitting((3, 608, 608), (1, 2), 608, 608, None, rule="multiples of 32", nearest=(608, 640))
    assert rule.text == "input height and width fit at multiples of 32; the nearest are 608 and 640"
    far = Fitting((3, 512, 512), (1, 2), 512, 512, None, rule="multiples of 32", nearest=(608, 640))
    assert far.text == f"{rule.text}, and 512 is a round one"
    alone = Fitting((4, 8), (1,), 8, 8, None, rule="multiples of 8", nearest=(8,), names=("C", "T"))
    assert alone.text == "input T fits at multiples of 8; the nearest is 8"
