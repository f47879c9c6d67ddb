"""Of sizes that would do, the one that people choose."""

from __future__ import annotations

from archcalc.fixes.round_sizes import roundest


def test_of_equally_round_sizes_the_nearest_is_chosen() -> None:
    assert roundest(range(20, 100), 130) == 96
    assert roundest(range(20, 100), 10) == 32
    assert roundest(range(20, 100), 60) == 64


def test_a_multiple_of_16_is_as_round_as_one_of_64_and_rounder_than_one_of_8() -> None:
    assert roundest((48, 64), 40) == 48
    assert roundest((40, 48), 40) == 48
