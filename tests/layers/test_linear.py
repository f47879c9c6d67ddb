"""A linear layer some of whose outputs have no bias."""

from __future__ import annotations

from itertools import product

from archcalc.layers.contract import KINDS


def test_outputs_without_a_bias_are_some_of_those_that_there_are() -> None:
    """`unbiased: [start, stop]` are those of Python's `range`: one or more, and none beyond the last."""
    for start, stop in product(range(7), repeat=2):
        layer = KINDS["linear"](out_features=5, unbiased=(start, stop))
        legal = len(range(start, stop)) > 0 and set(range(start, stop)) <= set(range(5))
        assert all(need.holds for need in layer.checks((3,))) is legal, (start, stop)
