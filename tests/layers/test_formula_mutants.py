"""Broken formulas, arithmetic, flags, conditions on the batch and constructors: each must be found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from archcalc.layers import contract
from archcalc.layers.call import Call
from archcalc.layers.contract import KINDS, Layer
from archcalc.layers.fields import Flag
from archcalc.layers.kinds import conv, pool
from archcalc.layers.need import BatchNeed
from archcalc.sizes import symbolic
from archcalc.sizes.columns import Column
from archcalc.sizes.periodic import AxisFunction
from archcalc.sizes.rules import (
    Dim,
    Shape,
    ceil_div,
    dmax,
    dmin,
    equal,
    floor_div,
    is_known,
    prod,
)
from tests.support.broken_kinds import ENOUGH, broken, with_default
from tests.support.draw_layers import steady
from tests.support.number_kinds import check_sizes
from tests.support.torch_flags import check_constructor, check_flags
from tests.support.torch_oracle import check_batches, check_contract


def _rounded_up(n: Dim, k: Dim, s: Dim, p: Dim, d: Dim) -> Dim:
    return ceil_div(n + 2 * p - d * (k - 1) - 1, s) + 1


def _undilated(n: Dim, k: Dim, s: Dim, p: Dim, d: Dim) -> Dim:
    return floor_div(n + 2 * p - k, s) + 1


def _padded_once(n: Dim, k: Dim, s: Dim, p: Dim, d: Dim) -> Dim:
    return floor_div(n + p - d * (k - 1) - 1, s) + 1


def _short_of_one(n: Dim, k: Dim, s: Dim, p: Dim, d: Dim) -> Dim:
    return floor_div(n + 2 * p - d * (k - 1) - 1, s)


def _unclamped(n: Dim, k: Dim, s: Dim, p: Dim, d: Dim, ceil_mode: bool) -> Dim:
    return (_rounded_up if ceil_mode else conv.window)(n, k, s, p, d)


def _clamped_at_the_input(n: Dim, k: Dim, s: Dim, p: Dim, d: Dim, ceil_mode: bool) -> Dim:
    if not ceil_mode:
        return conv.window(n, k, s, p, d)
    return dmin(ceil_div(n + 2 * p - d * (k - 1) - 1, s), floor_div(n - 1, s)) + 1


@pytest.mark.parametrize(
    ("kind", "module", "function", "replaced_by"),
    [
        ("conv1d", conv, "window", _rounded_up),
        ("conv2d", conv, "window", _undilated),
        ("conv3d", conv, "window", _padded_once),
        ("max_pool1d", pool, "window", _rounded_up),
        ("max_pool3d", pool, "window", _undilated),
        ("avg_pool2d", pool, "window", _short_of_one),
        ("avg_pool1d", pool, "pooled", _unclamped),
        ("max_pool2d", pool, "pooled", _unclamped),
        ("max_pool2d", pool, "pooled", _clamped_at_the_input),
    ],
)
def test_a_broken_formula_is_found(
    kind: str, module: Any, function: str, replaced_by: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, function, replaced_by)
    with pytest.raises(AssertionError):
        check_contract(KINDS[kind], steady(ENOUGH))


def _true_division_of_columns(a: Any, b: Any) -> Any:
    return a / b if isinstance(a, Column) else floor_div(a, b)


def _larger_of_columns(a: Dim, b: Dim) -> Dim:
    return dmax(a, b) if isinstance(a, Column) or isinstance(b, Column) else dmin(a, b)


def _larger_of_functions(a: Dim, b: Dim) -> Dim:
    return dmax(a, b) if isinstance(a, AxisFunction) or isinstance(b, AxisFunction) else dmin(a, b)


def _unknown_is_wrong(a: Dim, b: Dim) -> Any:
    return equal(a, b) if is_known(a, b) else False


@pytest.mark.parametrize(
    ("kind", "module", "function", "replaced_by"),
    [
        # One of the tools that we know of drops the floor where sizes are symbols.
        ("conv2d", symbolic, "floor_div", lambda a, b: symbolic.closed(a) / symbolic.closed(b)),
        ("conv1d", conv, "floor_div", _true_division_of_columns),
        ("max_pool2d", pool, "dmin", _larger_of_columns),
        ("max_pool1d", pool, "dmin", _larger_of_functions),
        ("linear", contract, "equal", _unknown_is_wrong),
    ],
)
def test_a_rule_that_knows_ints_only_is_found(
    kind: str, module: Any, function: str, replaced_by: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_sizes(KINDS[kind], steady(50))
    monkeypatch.setattr(module, function, replaced_by)
    with pytest.raises(AssertionError):
        check_sizes(KINDS[kind], steady(400))


@pytest.mark.parametrize(
    "mutant",
    [
        broken("dropout", random_in_training=False),
        broken("relu", random_in_training=True),
        broken("batch_norm1d", batch_statistics=False),
        broken("local_response_norm", batch_statistics=True),
        broken("softmax", gives_probabilities=False),
        broken("log_softmax", gives_probabilities=True),
        broken("softmin", gives_probabilities=True),
        broken("stochastic_depth", random_in_training=False),
        broken("group_norm", batch_statistics=True),
    ],
)
def test_a_wrong_flag_is_found(mutant: type[Layer]) -> None:
    check_flags(KINDS[mutant.kind])
    with pytest.raises(AssertionError):
        check_flags(mutant)


def _asking(kind: str, **changes: Any) -> type[Layer]:
    """The kind with something else in what it asks of the batch."""

    def batch_needs(self: Layer, x: Shape) -> Iterator[BatchNeed]:
        return (msgspec.structs.replace(need, **changes) for need in KINDS[kind].batch_needs(self, x))

    return broken(kind, batch_needs=batch_needs)


def _asking_too(kind: str, each: Callable[[Any, Shape], Dim], only_in_training: bool = True) -> type[Layer]:
    """The kind with two samples asked for where one has so few values."""

    def batch_needs(self: Layer, x: Shape) -> Iterator[BatchNeed]:
        yield BatchNeed(each(self, x), 2, only_in_training, "A216", lambda: "breaks a rule that torch does not have")

    return broken(kind, batch_needs=batch_needs)


BATCH_MUTANTS: dict[str, type[Layer]] = {
    "batch norm: any batch": broken("batch_norm2d", batch_needs=lambda self, x: iter(())),
    "batch norm: two samples of any map": _asking("batch_norm2d", each=1),
    "batch norm: one value of all channels": _asking_too("batch_norm3d", lambda self, x: prod(x)),
    "batch norm: one value along the first axis": _asking_too("batch_norm3d", lambda self, x: x[1]),
    "batch norm: three values": _asking("batch_norm1d", least=3),
    "batch norm: any batch in evaluation": _asking("batch_norm1d", only_in_training=True),
    "batch norm: two samples in evaluation": _asking("batch_norm2d", only_in_training=False),
    "layer norm: two samples of one value": _asking_too("layer_norm", lambda self, x: prod(x)),
    "instance norm: two samples of three pixels": _asking_too("instance_norm2d", lambda self, x: prod(x[1:]) // 2),
    "linear: two samples of one feature": _asking_too("linear", lambda self, x: x[0]),
}


@pytest.mark.parametrize("mutant", BATCH_MUTANTS)
def test_a_wrong_condition_on_the_batch_is_found(mutant: str) -> None:
    kind = BATCH_MUTANTS[mutant]
    check_batches(KINDS[kind.kind])
    with pytest.raises(AssertionError):
        check_batches(kind)


@pytest.mark.parametrize(
    "mutant",
    [
        broken("conv2d", positional=("out_channels", "in_channels")),
        with_default("conv1d", "bias", Flag(), False),
        with_default("instance_norm2d", "affine", Flag(), True),
        with_default("mean", "keepdim", Flag(), True),
        with_default("max_pool2d", "return_first", Flag(), False),
        broken("dropout", torch=lambda self, x: Call("Dropout", (self.p,), {"inplace": self.inplace})),
    ],
)
def test_a_wrong_constructor_is_found(mutant: type[Layer]) -> None:
    check_constructor(KINDS[mutant.kind])
    with pytest.raises(AssertionError):
        check_constructor(mutant)
