"""Attention against torch, and attention that is broken on purpose, which must be found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch

from archcalc.layers.contract import KINDS, Layer
from archcalc.layers.need import Need
from archcalc.sizes.rules import Shape
from tests.support.attention_oracle import (
    check_attention,
    check_attention_constructor,
    check_attention_sizes,
)
from tests.support.broken_kinds import broken
from tests.support.draw_layers import steady, thorough
from tests.support.own_modules import own_class
from tests.support.shown_arithmetic import holds

KIND = KINDS["attention"]


def test_keeps_the_contract() -> None:
    tally = check_attention(KIND, thorough(KIND))
    assert tally.accepted >= tally.examples / 10


def test_every_need_is_met() -> None:
    tally = check_attention(KIND, steady(600))
    words = {(code, str(word)) for code, _, word in tally.needs}
    assert {code for code, word in words if word.isdecimal()} == {"A204", "A211"}
    # A bias with an axis too many is seldom drawn.
    assert {word for word in words if not word[1].isdecimal()} - {("A202", "a")} == {
        ("A202", "three"),
        ("A211", "a"),
        ("A204", "queries"),
        ("A204", "keys"),
        ("A204", "values"),
    }


def test_a_bias_has_at_most_an_axis_more_than_queries() -> None:
    layer: Any = KIND(num_heads=1)
    x = (2, 4)
    taken, refused = ([*layer.checks(x, x, x, bias)] for bias in ((1, 2, 2), (1, 1, 2, 2)))
    assert all(need.holds for need in taken)
    (need,) = refused
    assert (need.code, need.holds) == ("A202", False)
    assert "takes a bias of heads × T × S" in need.why()


def test_its_class_has_its_fields() -> None:
    check_attention_constructor(KIND)


def test_rules_agree_on_every_kind_of_size() -> None:
    assert check_attention_sizes(KIND, steady(200)) >= 20


def _without(word: str) -> type[Layer]:
    def needs(self: Any, *xs: Shape) -> Iterator[Need]:
        return (need for need in KIND.needs(self, *xs) if word not in need.why())

    return broken("attention", needs=needs)


def _macs_of_half(self: Any, *xs: Shape) -> Any:
    """As some count a causal mask."""
    macs = KIND.macs(self, *xs)
    return macs // 2 if self.is_causal and xs[0][0] > 1 else macs


MUTANTS = {
    "heads of any width": _without("queries of width"),
    "keys of any width": _without("keys of width"),
    "values of any width": _without("values of width"),
    "heads that cannot be shared": _without("share"),
    "as wide as the queries": broken("attention", out=lambda self, *xs: xs[0]),
    "as long as the keys": broken("attention", out=lambda self, *xs: (xs[1][0], KIND.out(self, *xs)[1])),
    "as wide as the values": broken("attention", out=lambda self, *xs: (xs[0][0], xs[2][1])),
    "a causal mask halves": broken("attention", macs=_macs_of_half),
    "compared, and not summed up": broken("attention", macs=lambda self, *xs: xs[0][0] * xs[1][0] * xs[0][1]),
    "MACs of the heads of keys": broken("attention", macs=lambda s, *xs: xs[0][0] * xs[1][0] * (xs[1][1] + xs[2][1])),
    "MACs of one window": broken("attention", macs=lambda self, *xs: KIND.macs(self, *(x[-2:] for x in xs[:3]))),
    "any number of axes": broken("attention", checks=lambda self, *xs: self.needs(*xs)),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_broken_attention_is_found(mutant: str) -> None:
    # Not only assertions: what has another number of axes is another error of the mutant's.
    with pytest.raises((AssertionError, ValueError)):
        check_attention(MUTANTS[mutant], steady(1_000))


def test_each_key_has_a_value() -> None:
    layer: Any = KIND(num_heads=2)
    (failed,) = (need for need in layer.checks((3, 4), (5, 4), (6, 4)) if not need.holds)
    assert (failed.code, failed.why()) == ("A211", "has 5 keys, but 6 values")


def test_a_bias_is_of_what_is_compared() -> None:
    layer: Any = KIND(num_heads=2)
    windows = ((5, 3, 8), (5, 6, 8), (5, 6, 4))
    taken: tuple[Shape, ...] = ((2, 3, 6), (5, 2, 3, 6), (1, 1, 3, 1), (6,))
    for bias in taken:
        assert all(need.holds for need in layer.checks(*windows, bias))
    refused: dict[Shape, str] = {
        (2, 6, 3): "adds a bias of 2 × 6 × 3 to scores of 2 × 3 × 6",
        (1, 5, 2, 3, 6): "takes a bias",
    }
    for bias, said in refused.items():
        assert any(said in need.why() for need in layer.checks(*windows, bias) if not need.holds)


def test_a_bias_beside_a_mask_is_added_to_what_is_not_hidden() -> None:
    torch.manual_seed(0)
    q, k, v, bias = (torch.randn(2, *x) for x in ((3, 8), (5, 8), (5, 4), (2, 3, 5)))
    given = own_class("attention", "Attention")(2, is_causal=True)(q, k, v, bias)
    scores = torch.einsum("nthd,nshd->nhts", q.view(2, 3, 2, 4), k.view(2, 5, 2, 4)) / 2 + bias
    scores = scores.masked_fill(torch.ones(3, 5, dtype=torch.bool).triu(1), -torch.inf)
    expected = torch.einsum("nhts,nshe->nthe", scores.softmax(3), v.view(2, 5, 2, 2)).flatten(2)
    torch.testing.assert_close(given, expected)


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize(("queries", "keys"), [(5, 5), (3, 7), (6, 4), (1, 1)])
def test_a_window_hides_what_is_as_far_away_as_it_is_wide(queries: int, keys: int, causal: bool) -> None:
    torch.manual_seed(0)
    for window in (queries - keys + 1, 2, 3, 9):
        layer: Any = KIND(num_heads=2, is_causal=causal, sliding_window=max(1, window))
        q, k, v = torch.randn(2, queries, 8), torch.randn(2, keys, 8), torch.randn(2, keys, 6)
        (failed, *_) = [*[need for need in layer.checks(*(x.shape[1:] for x in (q, k, v))) if not need.holds], None]
        behind = torch.arange(queries)[:, None] - torch.arange(keys)
        hidden = (behind >= layer.sliding_window) | (behind <= (-1 if causal else -layer.sliding_window))
        assert hidden.all(1).any() == (failed is not None)
        if failed is not None:
            assert failed.code == "A211"
            continue
        given = own_class("attention", "Attention")(2, is_causal=causal, sliding_window=layer.sliding_window)(q, k, v)
        scores = torch.einsum("nthd,nshd->nhts", q.view(2, -1, 2, 4), k.view(2, -1, 2, 4)) / 2
        weights = scores.masked_fill(hidden, -torch.inf).softmax(3)
        torch.testing.assert_close(given, torch.einsum("nhts,nshe->nthe", weights, v.view(2, -1, 2, 3)).flatten(2))
        assert layer.twice_hidden((queries, 8), (keys, 8), (keys, 6)) == 2 * int(hidden.sum()) * 14


@pytest.mark.parametrize("fields", [{}, {"is_causal": True}, {"is_causal": True, "sliding_window": 2, "scale": 0.3}])
@pytest.mark.parametrize("biased", [False, True])
def test_a_cap_is_on_what_is_compared_before_a_bias_or_a_mask(fields: dict[str, Any], biased: bool) -> None:
    torch.manual_seed(0)
    q, k, v, bias = (torch.randn(2, *x) * 4 for x in ((5, 8), (5, 4), (5, 6), (2, 5, 5)))
    given = own_class("attention", "Attention")(2, softcap=1.5, **fields)(q, k, v, *([bias] if biased else []))
    scores = torch.einsum("nthd,nshd->nhts", q.view(2, 5, 2, 4), k.view(2, 5, 1, 4).expand(2, 5, 2, 4))
    scores = 1.5 * torch.tanh(scores * fields.get("scale", 0.5) / 1.5) + (bias if biased else 0)
    behind = torch.arange(5)[:, None] - torch.arange(5)
    hidden = (behind < 0) & bool(fields) | (behind >= fields.get("sliding_window", 5))
    weights = scores.masked_fill(hidden, -torch.inf).softmax(3)
    values = v.view(2, 5, 1, 6).expand(2, 5, 2, 6)
    torch.testing.assert_close(given, torch.einsum("nhts,nshe->nthe", weights, values).flatten(2))


def test_what_the_mask_hides_is_told_as_it_is_counted() -> None:
    for window in (None, 1, 3, 9):
        layer: Any = KIND(num_heads=2, is_causal=True, sliding_window=window)
        for xs in (((5, 8), (5, 8), (5, 6)), ((2, 3, 8), (2, 7, 8), (2, 7, 6)), ((6, 8), (4, 8), (4, 6))):
            line = next(iter(layer.spent(*xs)))
            assert line.of == "skipped"
            assert holds(line.text)
            assert 2 * line.value == layer.twice_hidden(*xs)


def test_unharmed() -> None:
    assert check_attention(broken("attention"), steady(50)).accepted


@pytest.mark.parametrize("before", [(), (5,)])
@pytest.mark.parametrize("bias", [(3,), (7, 3), (9, 7, 3), (6, 9, 7, 3)])
def test_a_bias_that_is_offered_is_one_that_torch_adds(before: tuple[int, ...], bias: tuple[int, ...]) -> None:
    layer: Any = KIND(num_heads=2)
    x = (*before, 4, 8)
    for xs in layer.nearest_shapes(x, x, x, bias[-len(x) - 1 :]):
        scores = torch.zeros(*before, 2, 4, 4)
        assert (scores + torch.zeros(xs[3])).shape == scores.shape
        assert xs[3] != bias
        assert all(need.holds for need in layer.checks(*xs))


def test_heads_of_keys_are_looked_for_near_those_that_arrive_and_no_further() -> None:
    """720,720 heads have 240 divisors, and a billion would take half a minute to try."""
    layer: Any = KIND(num_heads=720720)
    found = [xs[1][-1] for xs in layer.nearest_shapes((2, 720720), (2, 7), (2, 7))]
    assert found[:3] == [7, 6, 8]
    assert sorted(found)[-2:] == [504, 720720]
    assert all(720720 % heads == 0 for heads in found)


def test_keys_are_as_wide_as_a_number_of_heads_that_share_the_queries_and_a_bias_is_as_large_as_the_scores() -> None:
    """Six heads of 8 share 1, 2, 3 or 6 of keys; of two that are as near the fewer."""
    layer = KINDS["attention"](num_heads=6)
    near = list(layer.nearest_shapes((4, 48), (5, 20), (7, 20), (1, 1, 1)))
    assert [keys[-1] for _, keys, _, _ in near] == [16, 24, 8, 48]
    assert {bias for *_, bias in near} == {(6, 4, 5)}
