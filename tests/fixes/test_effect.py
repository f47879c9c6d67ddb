"""What a change of a network does further down: whether an error goes, and whether another one comes."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from archcalc.diagnostics.budget import Budget
from archcalc.fixes.effect import Effect, WrongNetwork
from archcalc.fixes.trials import Trials
from archcalc.sizes.rules import Shape
from tests.support.small import checked

CONV = "{kind: conv2d, out_channels: 8, kernel_size: 3, padding: 1}"


def effect(claimed: dict[str, Shape], alike: int) -> Effect:
    """Convolutions that keep a map of 32 × 32, and a linear layer that takes one of 16 × 16."""
    last = f"{{name: fc, kind: linear, in_features: {8 * 16 * 16}, out_features: 10}}"
    report = checked("{kind: conv2d, out_channels: 8, kernel_size: 1}", *[CONV] * alike, "{kind: flatten}", last)
    assert report.graph is not None
    assert report.facts is not None
    network = WrongNetwork(report.graph, report.facts, claimed, {})
    return Effect(network, len(report.graph.steps) - 1, ("A203", "in_features"), Trials(Budget()))


def strided(found: Effect) -> frozenset[int] | None:
    """What becomes of it when the first layer halves the map."""
    layer = found.steps[0].layer
    assert layer is not None
    return found.together({0: replace(layer, stride=2)}, found.values[0])


def test_an_error_goes_where_the_sizes_come_to_what_is_stated() -> None:
    assert strided(effect({}, 2)) == frozenset()


@pytest.mark.parametrize("at", [1, 2, 3])
def test_it_is_no_way_out_if_it_breaks_what_is_claimed_of_one_of_several_layers_that_are_alike(at: int) -> None:
    assert strided(effect({f"conv2d_{at}": (8, 32, 32)}, 3)) is None
    assert strided(effect({f"conv2d_{at}": (8, 16, 16)}, 3)) == frozenset()


def test_layers_that_are_alike_are_looked_at_once() -> None:
    """Else, of a deep network, few edits could be tried with what may be spent on one error."""
    found = effect({}, 60)
    before = found.trials.left
    assert strided(found) == frozenset()
    assert before - found.trials.left < 10
