"""What `explain` says of the axes of waves."""

from __future__ import annotations

from archcalc.layers.contract import KINDS


def test_the_axes_of_what_is_told_in_waves_arrive_and_the_last_is_stated() -> None:
    lines = [*KINDS["sinusoidal_embedding"](embedding_dim=8).derivation((3, 5))]
    assert [(line.value, line.note) for line in lines] == [
        (3, "as it arrives"),
        (5, "as it arrives"),
        (8, "embedding_dim"),
    ]
