"""What was given from outside and fits no more is told to be given otherwise: the file may be right."""

from __future__ import annotations

import pytest

from archcalc.pipeline import check_text

HEADS = """\
archcalc: 1
name: N
let: {heads: 8, width: 512, deep: true}
input: [64, 512]
layers:
  - {name: proj, kind: linear, out_features: width}
  - {name: attn, kind: multihead_attention, num_heads: heads}
  - {name: norm, kind: layer_norm, when: deep}
"""


@pytest.mark.parametrize(
    ("settings", "said", "then"),
    [
        ({"heads": 7}, "give `heads` another value, 8", {"heads": 8}),  # as the spec says
        ({"width": 500, "deep": False}, "give `width` another value, 512", {"width": 512, "deep": False}),
        ({"heads": 9, "width": 500}, "give `heads` another value, 10", {"heads": 10, "width": 500}),
    ],
)
def test_another_value_is_said_first_and_mends(settings: dict[str, object], said: str, then: dict[str, object]) -> None:
    (error,) = check_text(HEADS, settings=settings).errors
    assert error.help[0] == said
    assert check_text(HEADS, settings=then).ok


def test_nothing_is_said_of_a_setting_that_is_not_to_blame() -> None:
    wrong = HEADS.replace("num_heads: heads", "embed_dim: 256, num_heads: heads")
    for settings in ({}, {"deep": False}, {"heads": 4}):
        (error,) = check_text(wrong, settings=settings).errors
        assert not any("another value" in way for way in error.help)
