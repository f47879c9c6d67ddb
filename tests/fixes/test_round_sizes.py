"""Of sizes that would do, the one that people choose."""

from __future__ import annotations

from archcalc.fixes.round_sizes import roundest


def test_of_equally_round_sizes_the_nearest_is_chosen() -> None:
    assert roundest(range(20, 100), 130) == 96
    assert roundest(range(20, 100), 10) == 32
    assert roundest(range(20, 100), 60) == 64


def test_a_multiple_of_32_is_as_round_as_one_of_64_and_rounder_than_one_of_16() -> None:
    assert roundest((96, 128), 80) == 96
    assert roundest((48, 64), 48) == 64


def test_the_side_of_published_clips_is_as_round_as_any() -> None:
    assert roundest((96, 112), 110) == 112
