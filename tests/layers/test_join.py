"""Every join against torch, and joins that are broken on purpose, which must be found."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import pytest

from archcalc.layers.contract import KINDS, Layer
from archcalc.layers.kinds import join
from archcalc.layers.kinds.einsum import Einsum
from archcalc.layers.kinds.upsample import UpsampleAs
from archcalc.sizes import rules, symbolic
from archcalc.sizes.axis_products import AxisProduct, ProductEquals, Settled
from archcalc.sizes.periodic import AxisFunction, NotPeriodic, SizeSet
from archcalc.sizes.rules import Shape, dmin, equal, prod
from tests.support.broken_kinds import broken, without
from tests.support.draw_layers import steady
from tests.support.join_oracle import check_join_sizes, check_joins

JOINS = [name for name, kind in KINDS.items() if kind.joins]

OF_TORCH = {"crop_as": ("A209", "dims", 0), "upsample_as": ("A202", "mode", 0)}
"""A need that torch has, too, where it is not that sizes are alike."""

every_join = pytest.mark.parametrize("kind", JOINS)


@every_join
def test_keeps_the_contract(kind: str) -> None:
    check_joins(KINDS[kind])
    # Of few that are drawn anew, too few may be taken, or none refused for that need alone.
    tally = check_joins(KINDS[kind], steady(100))
    assert tally.accepted >= tally.examples / 10
    assert OF_TORCH.get(kind, ("A211", None, 0)) in tally.failed_alone


@every_join
def test_rules_agree_on_every_kind_of_size(kind: str) -> None:
    assert check_join_sizes(KINDS[kind]) >= 10


def _first(self: Layer, *xs: Shape) -> Shape:
    return xs[0]


def _last_two(self: Any, *xs: Shape) -> Shape:
    """Forgets what is between the first and the last."""
    return join.Concat.out(self, xs[0], xs[-1])


MUTANTS = {
    "add: sizes of any kind": without("add", "A211"),
    "add: what the first has": broken("add", out=_first),
    "multiply: the smaller of two sizes": broken(
        "multiply", out=lambda self, *xs: tuple(reduce(dmin, sizes) for sizes in zip(*xs, strict=True))
    ),
    "add: any number of axes": broken("add", checks=lambda self, *xs: self.needs(*xs)),
    "concat: what the first has": broken("concat", out=_first),
    "concat: the first and the last": broken("concat", out=_last_two),
    "concat: other sizes of any kind": without("concat", "A211"),
    "concat: an axis that is not there": without("concat", "A209"),
    "concat: any number of axes": broken("concat", checks=lambda self, *xs: self.needs(*xs)),
    "concat: along another axis": broken("concat", expression=lambda self, v: f"torch.cat(({', '.join(v)}), 1)"),
    "crop as: what the first has": broken("crop_as", out=_first),
    "crop as: all of the second's": broken("crop_as", out=lambda self, *xs: xs[1]),
    "crop as: more than there is": without("crop_as", "A215"),
    "crop as: an axis that is not there": without("crop_as", "A209"),
    "upsample as: what the first has": broken("upsample_as", out=_first),
    "upsample as: all of the second's": broken("upsample_as", out=lambda self, *xs: xs[1]),
    "upsample as: any mode on any map": without("upsample_as", "A202"),
    "upsample as: corners of what has none": without("upsample_as", "A114"),
    "subtract: sizes of any kind": without("subtract", "A211"),
    "einsum: what the first has": broken("einsum", out=_first),
    "einsum: sizes of any kind": without("einsum", "A211"),
    "einsum: any number of axes": broken("einsum", checks=lambda self, *xs: self.needs(*xs)),
    "einsum: axes in another order": broken("einsum", out=lambda self, *xs: Einsum.out(self, *xs)[::-1]),
    "einsum: nothing computed": broken("einsum", macs=lambda self, *xs: 0),
    "einsum: MACs without a sum": broken("einsum", macs=lambda self, *xs: prod(Einsum._sizes(self, xs).values())),
    "add: multiplies": broken("add", expression=lambda self, v: f"{v[0]} + {v[1]}"),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_broken_join_is_found(mutant: str) -> None:
    # Not only assertions: sizes of two ranks side by side are another error of the mutant's.
    with pytest.raises((AssertionError, IndexError, ValueError)):
        check_joins(MUTANTS[mutant], steady(3_000))


@pytest.mark.parametrize("mutant", ["add", "multiply", "concat", "crop_as", "upsample_as", "einsum"])
def test_unharmed(mutant: str) -> None:
    assert check_joins(broken(mutant), steady(50)).accepted


def _only_equal(a: Any, b: Any) -> Any:
    return equal(a, b)


@pytest.mark.parametrize(
    "replaced_by", [_only_equal, lambda a, b: True, lambda a, b: rules.either(equal(a, b), equal(a, 1))]
)
def test_a_wrong_rule_of_broadcasting_is_found(
    replaced_by: Callable[[Any, Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(join, "_equal_or_one", replaced_by)
    with pytest.raises(AssertionError):
        check_joins(KINDS["add"], steady(1_000))


def _all_of(self: SizeSet, other: SizeSet) -> SizeSet:
    return self & other


def test_an_or_that_is_an_and_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SizeSet, "__or__", _all_of)
    with pytest.raises(AssertionError):
        check_join_sizes(KINDS["add"], steady(400))


def test_an_or_of_symbols_that_forgets_one_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(symbolic, "either", lambda one, other: one)
    with pytest.raises(AssertionError):
        check_join_sizes(KINDS["multiply"], steady(400))


# A U-Net's join, where sizes are halved and doubled again


def test_a_join_of_what_was_halved_and_doubled_is_proven() -> None:
    n = AxisFunction.axis_itself("H")
    (need,) = [need for need in join.Concat().checks((4, n), (4, (n // 2) * 2)) if need.code == "A211"]
    assert isinstance(need.holds, SizeSet)
    assert [size in need.holds for size in range(1, 7)] == [False, True, False, True, False, True]
    assert need.holds.simplest().period == 2


def test_a_join_of_two_axes_is_not_proven() -> None:
    one, other = AxisFunction.axis_itself("H"), AxisFunction.axis_itself("W")
    with pytest.raises(NotPeriodic):
        list(join.Add().checks((1, one), (1, other)))


def test_a_join_of_the_same_product_is_proven() -> None:
    def flat() -> AxisProduct:
        return AxisProduct.of(AxisFunction.axis_itself("H")) * AxisFunction.axis_itself("W") * 3

    layer = join.Add()
    assert all(need.holds is True for need in layer.checks((flat(),), (flat(),)))
    (size,) = layer.out((flat(),), (flat(),))
    assert isinstance(size, AxisProduct)
    assert size.coefficient == 3
    # Of sizes from 1 on, one product is never twice itself.
    assert [need.holds for need in layer.checks((flat(),), (flat() * 2,))] == [False]
    assert isinstance(flat().equals(6), ProductEquals)


def test_a_join_holds_a_product_to_a_number_or_to_one() -> None:
    length = AxisFunction.axis_itself("H") * AxisFunction.axis_itself("W")
    layer = join.Add()
    (held,) = [need.holds for need in layer.checks((length,), (6,))]
    assert isinstance(held, ProductEquals)
    assert sorted(held.targets) == [1, 6]
    known = Settled()
    known.add(held)
    # Be it 6 or 1, what is repeated is 6.
    assert layer.out(*known.into(((length,), (6,)))) == (6,)
    (held,) = [need.holds for need in layer.checks((length + 1,), (6,))]
    assert isinstance(held, ProductEquals)
    assert held.targets == (5,)
    known = Settled()
    known.add(held)
    assert known.into(((length, length + 1, length * 2, 7),)) == ((5, 6, 10, 7),)


# What explanations are made of


@pytest.mark.parametrize(
    ("layer", "xs", "lines"),
    [
        (join.Concat(), ((64, 8), (32, 8)), ["C' = 64 + 32 = 96", "L' = 8", "L: 8 = 8"]),
        (join.Concat(dim=2), ((64, 8), (32, 8)), ["C' = 64", "C: 64 ≠ 32", "L' = 8 + 8 = 16"]),
        (join.Add(), ((64, 8), (64, 1)), ["C' = 64", "C: 64 = 64", "L' = 8", "L: 8 = 8"]),
        (
            UpsampleAs(mode="bilinear"),
            ((21, 5, 6), (3, 40, 48)),
            ["C' = 21", "H' = 40", "W' = 48"],
        ),
        (join.Multiply(), ((3,), (3,), (4,)), ["features' = 4", "features: 3 = 3", "features: 3 ≠ 4"]),
    ],
)
def test_what_a_join_shows(layer: join.Join, xs: tuple[Shape, ...], lines: list[str]) -> None:
    shown = [f"{line.of}: {line.text}" if line.code else f"{line.of} = {line.text}" for line in layer.derivation(*xs)]
    assert shown == lines
    assert [line.text for line in layer.spent(*xs)] == ["0"]


def test_what_a_join_sees() -> None:
    add, concat = join.Add(), join.Concat()
    assert len(add.window((3, 4, 5), (3, 4, 5)) or ()) == 2
    assert add.window((3, 4, 5), (3, 1, 1)) is None
    assert len(concat.window((3, 4, 5), (9, 4, 5)) or ()) == 2
    assert join.Concat(dim=2).window((3, 4, 5), (3, 2, 5)) is None
    assert concat.window((3,), (3,)) is None


def test_a_join_says_which_sizes_differ() -> None:
    (error,) = [need for need in join.Add().checks((3, 8), (3, 6), (3, 8)) if not need.holds][:1]
    assert (
        error.why()
        == "joins inputs of equal sizes (or 1), but 3 × 8, 3 × 6 and 3 × 8 arrive, which differ in the last axis"
    )
    for layer, xs, said in (
        (join.Add(), ((8, 6, 6), (4, 3, 1)), "which differ in C and H"),
        (join.Add(), ((8, 6, 6), (1, 1, 3)), "which differ in W"),
        (join.Multiply(), ((8, 6, 6), (4, 3, 3)), "which differ in C, H and W"),
        (
            join.Concat(),
            ((8, 6, 6), (4, 3, 5)),
            "joins along C, but 8 × 6 × 6 and 4 × 3 × 5 arrive, which differ in H and W too",
        ),
    ):
        said_of_each = {need.why() for need in layer.checks(*xs) if not need.holds}
        assert len(said_of_each) == 1
        assert said_of_each.pop().endswith(said)
    (error,) = [need for need in join.Concat().checks((3, 8), (3,)) if not need.holds]
    assert error.why() == "joins inputs with equally many axes, but 3 × 8 and 3 arrive"


def test_a_concat_along_places_says_nothing_of_where_they_go() -> None:
    """Place j of the second stands behind all of the first, so that no window tells what it sees."""
    along_places: Any = KINDS["concat"](dim=2)
    along_channels: Any = KINDS["concat"](dim=1)
    assert along_places.traces((3, 4), (3, 5), (3, 6)) == (None, None, None)
    assert None not in along_channels.traces((3, 4), (2, 4))
