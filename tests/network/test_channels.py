"""What of a layer's output is known without heights and widths, beside all that is found of the layer."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archcalc.layers.outcome import infer_layer, output_of
from archcalc.sizes.rules import UNKNOWN, Shape
from tests.support.draw_layers import ONE_INPUT, cases


@pytest.mark.parametrize("kind", ONE_INPUT)
def test_a_layer_gives_the_channels_that_the_walk_finds(kind: str) -> None:
    """Legal layers and others, at sizes that are known and at none but the first."""

    @settings(max_examples=15)
    @given(cases(ONE_INPUT[kind]), st.booleans())
    def holds(case: tuple[object, tuple[int, ...]], known: bool) -> None:
        layer, sizes = case
        assert isinstance(layer, ONE_INPUT[kind])
        x: Shape = sizes if known else (*sizes[:1], *(UNKNOWN for _ in sizes[1:]))
        whole, alone = infer_layer(layer, (x,)).output, output_of(layer, (x,))
        assert (whole is None) == (alone is None)
        assert whole is None or alone is None or whole[:1] == alone[:1]

    holds()
