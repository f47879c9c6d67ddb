"""The walk: unknown sizes, and one error blamed once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from archcalc.analysis import claim_check, walk
from archcalc.analysis.report import Report
from archcalc.diagnostics.model import Span
from archcalc.layers import outcome
from archcalc.layers.contract import KINDS, Layer
from archcalc.layers.outcome import decide, total
from archcalc.sizes.rules import UNKNOWN, Shape
from archcalc.spec import layer_list
from tests.support.small import checked, codes


def outputs(report: Report) -> list[Shape | None]:
    return [layer.output for layer in report.layers]


FC = "{kind: linear, in_features: 2048, out_features: 10}"

# An error, and below it what would fail too if the error's own sizes were passed on.
ROOT_CAUSES = {
    "need": ("A205", ["{kind: max_pool2d, kernel_size: 3, padding: 2}", "{kind: flatten}", FC]),
    "same with a stride": (
        "A206",
        ["{kind: conv2d, out_channels: 8, kernel_size: 3, stride: 2, padding: same}", "{kind: flatten}", FC],
    ),
    "no pixel left": (
        "A201",
        ["{kind: conv2d, out_channels: 8, kernel_size: 33}", "{kind: conv2d, out_channels: 8, kernel_size: 3}"],
    ),
    "wrong number of axes": (
        "A202",
        ["{kind: conv3d, out_channels: 8, kernel_size: 3}", "{kind: conv2d, out_channels: 8, kernel_size: 3}"],
    ),
    "axis": ("A209", ["{kind: flatten, start_dim: 9}", FC]),
    "unknown key": (
        "A110",
        ["{kind: conv2d, out_channels: 8, kernel_size: 3, wibble: 1}", "{kind: flatten}", FC],
    ),
    "unknown kind": ("A113", ["{kind: wibble}", "{kind: conv2d, in_channels: 9, out_channels: 8, kernel_size: 3}"]),
    "unreadable value": (
        "A303",
        ["{kind: conv2d, out_channels: 8, kernel_size: 3, stride: two}", "{kind: flatten}", FC],
    ),
    "unreadable flag": ("A111", ["{kind: max_pool2d, kernel_size: 3, ceil_mode: maybe}", "{kind: flatten}", FC]),
    "missing field": ("A112", ["{kind: conv2d, kernel_size: 3}", "{kind: flatten}", FC]),
    "no layer": ("A111", ["max_pool_2", "{kind: flatten}", FC]),
}


@pytest.mark.parametrize("name", ROOT_CAUSES)
def test_an_error_is_reported_once_and_nothing_below_is_blamed(name: str) -> None:
    code, layers = ROOT_CAUSES[name]
    assert codes(checked(*layers)) == [code]


def test_a_claimed_shape_is_passed_on_where_the_layer_gives_another() -> None:
    report = checked("{kind: conv2d, out_channels: 8, kernel_size: 3, expect: [8, 16, 16]}", "{kind: flatten}", FC)
    assert codes(report) == ["A401"]
    assert outputs(report) == [(8, 30, 30), (2048,), (10,)]


def test_a_claim_that_only_its_own_layer_contradicts_is_the_slip() -> None:
    report = checked(
        "{kind: conv2d, out_channels: 8, kernel_size: 3, expect: [9, 30, 30]}",
        "{kind: conv2d, out_channels: 8, kernel_size: 3, groups: 2, expect: [8, 28, 28]}",
    )
    assert codes(report) == ["A401"]
    assert outputs(report) == [(8, 30, 30), (8, 28, 28)]


def test_two_errors_are_two_diagnostics() -> None:
    report = checked(
        "{kind: conv2d, out_channels: 8, kernel_size: 3, padding: 4, groups: 2}",
        "{kind: max_pool2d, kernel_size: 2}",
        "{kind: flatten}",
        "{kind: linear, in_features: 100, out_features: 64}",
        "{kind: linear, in_features: 64, out_features: 10}",
    )
    assert codes(report) == ["A204", "A203"]


def blind_to_failures(layer: Layer, xs: tuple[Shape, ...], codes: set[str]) -> Shape | None:
    return tuple(UNKNOWN if isinstance(size, int) and size < 1 else size for size in layer.out(*xs))


MUTANTS: dict[str, tuple[Any, str, Any, str]] = {
    "a failed layer passes on what it computes": (outcome, "_output", blind_to_failures, "need"),
    "padding same with a stride keeps its size": (outcome, "_output", blind_to_failures, "same with a stride"),
    "a layer with an unknown key is trusted": (
        outcome.Outcome,
        "despite_an_error",
        lambda found, x: found,
        "unknown key",
    ),
    "an unreadable flag is its default": (
        outcome.Outcome,
        "despite_an_error",
        lambda found, x: found,
        "unreadable flag",
    ),
    "what is no layer is passed over": (layer_list.LayerListReader, "_no_layer", lambda self, *_: None, "no layer"),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_that_blames_followers_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where, attribute, mutant, case = MUTANTS[name]
    code, layers = ROOT_CAUSES[case]
    monkeypatch.setattr(where, attribute, mutant)
    assert codes(checked(*layers)) != [code]


CLAIM_MUTANTS: dict[str, tuple[Any, str, Callable[..., Any]]] = {
    "claims are not passed on": (claim_check, "infer", lambda graph, declared, *_: walk.infer(graph, {})),
    "no layer is at fault already": (Span, "covers", lambda self, other: False),
}


@pytest.mark.parametrize("name", CLAIM_MUTANTS)
def test_a_mutant_that_blames_claims_twice_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    layers = [
        "{kind: conv2d, out_channels: 8, kernel_size: 3, in_channels: 4, expect: {params: 99}}",
        "{kind: conv2d, out_channels: 8, kernel_size: 3, expect: [8, 16, 16]}",
        "{kind: flatten}",
        FC,
    ]
    assert codes(checked(*layers)) == ["A203", "A401"]
    where, attribute, mutant = CLAIM_MUTANTS[name]
    monkeypatch.setattr(where, attribute, mutant)
    assert codes(checked(*layers)) != ["A203", "A401"]


def test_without_an_input_each_kind_still_says_what_it_can() -> None:
    report = checked(
        "{kind: relu}",
        "{kind: conv2d, out_channels: 8, kernel_size: 3}",
        "{kind: flatten}",
        "{kind: linear, out_features: 10}",
        head="archcalc: 1\nname: Small\nlayers:\n",
    )
    assert codes(report) == ["A112"]
    assert outputs(report) == [None, (8, UNKNOWN, UNKNOWN), (UNKNOWN,), (10,)]
    assert report.input is None


def test_unknown_sizes_make_unknown_counts() -> None:
    report = checked("{kind: conv2d, out_channels: wide, kernel_size: 3}", "{kind: relu}")
    assert outputs(report) == [(UNKNOWN, 30, 30), (UNKNOWN, 30, 30)]
    assert [(layer.params, layer.macs) for layer in report.layers] == [(UNKNOWN, UNKNOWN), (0, UNKNOWN)]
    assert report.totals is not None
    assert report.totals.params is UNKNOWN
    assert report.totals.flops is UNKNOWN
    assert report.totals.weight_layers == 1


def test_a_layer_is_inferred_once_for_each_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Shape] = []
    out = KINDS["conv2d"].out

    def counted(self: Layer, x: Shape) -> Shape:
        seen.append(x)
        return out(self, x)

    monkeypatch.setattr(KINDS["conv2d"], "out", counted)
    row = "{kind: conv2d, out_channels: 8, kernel_size: 3, padding: 1}"
    report = checked(*[row] * 50)
    assert len(report.layers) == 50
    assert set(seen) == {(3, 32, 32), (8, 32, 32)}
    assert len(seen) < 10


def test_totals_cross_two_to_the_63() -> None:
    largest = 2**31 - 1
    report = checked(
        *["{kind: linear, out_features: 1}", f"{{kind: linear, out_features: {largest}}}"] * 2**10,
        head=f"archcalc: 1\nname: Large\ninput: [536870912, {largest}]\nlayers:\n",
    )  # fmt: skip
    assert report.totals is not None
    assert report.totals.macs == 2**29 * 2 * 2**10 * largest


def test_a_need_is_true_false_or_undecided() -> None:
    import numpy
    import sympy

    n = sympy.Symbol("n", integer=True, positive=True)
    assert decide(True) is True
    assert decide(None) is None
    assert decide(n > 3) is None
    assert decide(n > 0) is True
    assert decide(numpy.array([True, False])) is False
    assert decide(numpy.array([True, True])) is True


def test_a_sum_of_symbols_is_one_sum() -> None:
    import sympy

    n = sympy.Symbol("n", integer=True, positive=True)
    assert total([n, 2 * n, 3]) == 3 * n + 3
    assert total([1, UNKNOWN]) is UNKNOWN
    assert total([]) == 0


def test_symbols_leave_conditions() -> None:
    from archcalc.sizes import symbolic

    report = checked(
        "{kind: conv2d, out_channels: 8, kernel_size: 3}",
        "{kind: conv2d, in_channels: 9, out_channels: 8, kernel_size: 3}",
    )
    assert report.graph is not None
    h = symbolic.size("H")
    facts = walk.infer(report.graph, shape=(3, h, h))
    assert facts.layers[0].output == (8, h - 2, h - 2)
    assert [failure.need.code for failure in facts.failures] == ["A203"]
    assert {condition.need.code for condition in facts.conditions} == {"A201"}
