"""What a need says when it fails, in full, where it says more for some sizes than for others."""

from __future__ import annotations

from typing import Any

import pytest

from archcalc.layers.contract import KINDS


@pytest.mark.parametrize(
    ("kind", "fields", "shape", "said"),
    [
        ("avg_pool1d", {"kernel_size": 3}, (1, 2), "has windows of 3 pixels, but only 2 arrive"),
        ("avg_pool1d", {"kernel_size": 3}, (1, 1), "has windows of 3 pixels, but only 1 arrives"),
        (
            "max_pool1d",
            {"kernel_size": 5, "padding": 1},
            (1, 2),
            "has windows of 5 pixels, but only 4 arrive (2 and 2 of padding)",
        ),
        (
            "avg_pool3d",
            {"kernel_size": 3, "padding": 1},
            (1, 2, 3, 3),
            "has windows of 3 pixels, but only 2 arrive, and padding does not count here",
        ),
    ],
)
def test_a_sentence_has_the_sizes_that_arrive(kind: str, fields: dict[str, Any], shape: Any, said: str) -> None:
    failed = [need for need in KINDS[kind](**fields).checks(shape) if not need.holds]
    assert [(need.why(), need.field) for need in failed] == [(said, "kernel_size")]
