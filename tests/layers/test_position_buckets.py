"""Biases by buckets of distances beside the function of T5's authors, and stated factors beside their formula."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

import archcalc
from archcalc.analysis.channel_axis import maps
from archcalc.layers.contract import KINDS
from templates.torch.reference.embedding import bucketed_position_bias
from templates.torch.reference.layer import Layer
from templates.torch.reference.scale import rescale
from tests.support.own_modules import own_class

KIND: Any = KINDS["bucketed_position_bias"]
SETTINGS = [
    (32, 128, True),
    (32, 128, False),
    (8, 20, True),
    (7, 16, False),
    (4, 2, True),
    (2, 2, False),
    (9, 5, False),
]


def published(ahead: Tensor, buckets: int, farthest: int, *, bidirectional: bool) -> Tensor:
    """``_relative_position_bucket`` of mesh_tensorflow's transformer_layers.py, as transformers 5.24.0 has it."""
    found = torch.zeros_like(ahead)
    if bidirectional:
        buckets //= 2
        found += (ahead > 0).to(torch.long) * buckets
        far = torch.abs(ahead)
    else:
        far = -torch.min(ahead, torch.zeros_like(ahead))
    exact = buckets // 2
    large = exact + (torch.log(far.float() / exact) / math.log(farthest / exact) * (buckets - exact)).to(torch.long)
    large = torch.min(large, torch.full_like(large, buckets - 1))
    return found + torch.where(far < exact, far, large)


@pytest.mark.parametrize(("buckets", "farthest", "bidirectional"), SETTINGS)
def test_rows_are_those_of_the_authors(buckets: int, farthest: int, bidirectional: bool) -> None:
    fields: dict[str, Any] = {"num_buckets": buckets, "max_distance": farthest, "bidirectional": bidirectional}
    module = own_class("bucketed_position_bias", "BucketedPositionBias")(3, **fields)
    layer = Layer({"num_heads": 3, **fields}, {"weight": module.weight}, False)
    for length in (1, 2, 45, 150):
        x = torch.zeros(2, length, 5)
        places = torch.arange(length)
        rows = published(places - places[:, None], buckets, farthest, bidirectional=bidirectional)
        expected = module.weight[rows].permute(2, 0, 1).expand(2, -1, -1, -1)
        assert torch.equal(module(x), expected)
        assert torch.equal(bucketed_position_bias(layer, x), expected)


def test_other_distances_are_told() -> None:
    module = own_class("bucketed_position_bias", "BucketedPositionBias")
    for buckets, farthest, bidirectional in ((3, 128, True), (1, 128, False), (32, 8, True), (32, 16, False)):
        layer = KIND(num_heads=2, num_buckets=buckets, max_distance=farthest, bidirectional=bidirectional)
        (failed,) = (need for need in layer.checks((6,)) if not need.holds)
        assert failed.code == "A221"
        with pytest.raises(ValueError, match="buckets up to distance"):
            module(2, buckets, farthest, bidirectional)


SPEC = """archcalc: 1
name: Biased
let: {T: 8}
axes: [T]
input: [T, 12]
layers:
  - {name: bias, kind: bucketed_position_bias, num_heads: 3, num_buckets: 32, max_distance: 8}
  - {name: all, kind: attention, from: [input, input, input, bias], num_heads: 3, is_causal: true}
"""


def test_a_way_out_is_offered() -> None:
    (error,) = archcalc.check_text(SPEC).errors
    assert error.message == "`bias` has a row for each distance below 8, and so none up to 8"
    assert any("max_distance: 9" in str(help) for help in error.help)
    assert archcalc.check_text(SPEC.replace("max_distance: 8", "max_distance: 9")).ok


def test_what_it_gives_is_no_map_of_channels() -> None:
    """Its axes are heads, and places twice: nothing in it is where it was in what arrives."""
    facts = archcalc.check_text(SPEC.replace("max_distance: 8", "max_distance: 9")).facts
    assert facts is not None
    assert facts.layers[0].output == (3, 8, 8)
    assert maps(facts)[1] is False


@pytest.mark.parametrize(("factor", "power"), [(1.0, 0.0), (0.5, -0.5), (-2.0, 0.5), (3, -1)])
def test_a_stated_factor(factor: float, power: float) -> None:
    x = torch.randn(2, 5, 16, dtype=torch.float64)
    expected = factor * 16.0**power * x
    torch.testing.assert_close(own_class("rescale", "Rescale")(factor, power)(x), expected)
    torch.testing.assert_close(rescale(Layer({"factor": factor, "width_power": power}, {}, False), x), expected)


def test_a_factor_alone_is_all_that_is_multiplied_by() -> None:
    """As torch.mul has it; how often the width goes in is stated or nothing."""
    layer: Any = KINDS["rescale"](factor=2.5)
    x = torch.randn(2, 5, 16)
    torch.testing.assert_close(own_class("rescale", "Rescale")(layer.factor, layer.width_power)(x), torch.mul(x, 2.5))
