"""Legal input sizes against torch, size by size, and what is proven beyond against the walk on ints."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from functools import cache
from typing import Any

import pytest
import torch
from hypothesis import Phase, assume, example, given, settings

import archcalc
from archcalc.analysis import legal_inputs
from archcalc.analysis.legal_inputs import _scanned, pinned, together, tried, varying
from archcalc.analysis.lossless import sees_all
from archcalc.network.graph import Graph
from archcalc.sizes import looked, periodic
from archcalc.sizes.axis_products import ProductAtLeast, ProductEquals
from archcalc.sizes.looked import TooLong, one_question
from archcalc.sizes.periodic import AxisFunction, SizeSet
from archcalc.sizes.rules import Shape, known_sizes
from archcalc.sizes.set_notation import sizes_text
from tests.support.brute_force import disagreements
from tests.support.draw_chains import chain_texts
from tests.support.legal_sizes import found, sizes_of

FEWER = max(10, settings().max_examples // 4)
"""Examples where each is looked at at hundreds of sizes."""

NEAR = range(1, 65)
FAR = [*range(65, 700, 7), *range(1000, 1070), 4095, 4096, 4097, *range(9_980, 10_001)]


NORMED = """archcalc: 1
name: Normed
input: {input}
layers:
  - {{kind: avg_pool3d, kernel_size: 1, stride: [1, 3, 2]}}
  - {{kind: instance_norm3d}}
  - {{kind: avg_pool3d, kernel_size: 1, stride: [1, 1, 2]}}
  - {{kind: instance_norm3d}}
"""


@given(chain_texts())
@example(NORMED.format(input="[2, 1, 1, 9]"))
@example(NORMED.format(input="[2, 1, 4, 1]"))
@example(NORMED.format(input="[2, 2, 4, 5]"))
@example(f"{NORMED.format(input='[2, 1, 1, 9]')}  - {{kind: reshape, shape: [2, -1]}}\n")
@example(f"{NORMED.format(input='[2, 1, 1, 9]')}  - {{kind: reshape, shape: [-1]}}\n")
@example(f"{NORMED.format(input='[2, 1, 1, 13]')}  - {{kind: reshape, shape: [4, -1]}}\n")
def test_the_legal_sizes_are_those_that_torch_takes(text: str) -> None:
    report, sizes = found(text)
    assert disagreements(report, NEAR, sizes) == []


@pytest.mark.parametrize(
    ("shape", "legal"), [("[2, 1, 1, 9]", ["any", "any", "≥ 5"]), ("[2, 1, 4, 1]", ["any", "≥ 4", "any"])]
)
def test_a_product_that_must_be_so_large_is_proven_axis_by_axis(shape: str, legal: list[str]) -> None:
    # ⌈H/3⌉·⌈W/2⌉ and ⌈H/3⌉·⌈⌈W/2⌉/2⌉ are at least 2, of D = 1.
    _, sizes = found(NORMED.format(input=shape))
    assert sizes.proven
    assert [sizes_text(where) for where in sizes.axes.values()] == legal


def test_pairs_of_sizes_are_large_enough_for_what_is_normalised() -> None:
    text = """archcalc: 1
name: Paired
input: [1, 4, 6]
layers:
  - {name: pool, kind: avg_pool2d, kernel_size: 1, stride: [24, 3]}
  - {name: norm, kind: instance_norm2d}
  - {name: flat, kind: flatten, from: input}
  - {name: fc, kind: linear, in_features: 24, out_features: 1}
outputs: [norm, fc]
"""
    report = archcalc.check_text(text)
    assert report.ok, report.diagnostics
    assert report.facts is not None
    pairs = together(pinned(report.facts))
    # H·W is 24, and ⌈H/24⌉·⌈W/3⌉ at least 2.
    assert [{axis: sizes_text(where) for axis, where in pair.items()} for pair in pairs] == [
        {"H": str(h), "W": str(24 // h)} for h in (3, 2, 6, 1)
    ]


def walked(graph: Graph, axis: int, sizes: Iterable[int]) -> dict[int, tuple[bool, bool]]:
    """Whether the walk on ints takes each size of an axis, and whether a pixel along it is lost."""
    found: dict[int, tuple[bool, bool]] = {}
    for n in sizes:
        x: Shape = (*graph.input[:axis], n, *graph.input[axis + 1 :])
        fits: Any = True
        for step in graph.steps:
            assert step.layer is not None
            fits = fits and all(need.holds for need in step.layer.checks(x))
            if not fits:
                break
            x = step.layer.out(x)
        fits = fits and min(known_sizes(x)) >= 1
        found[n] = fits, fits and not sees_all(graph, axis, n)
    return found


@settings(max_examples=FEWER)
@given(chain_texts())
def test_what_is_proven_holds_far_beyond(text: str) -> None:
    report, sizes = found(text)
    assert report.facts is not None
    graph = pinned(report.facts)
    for axis, name in varying(graph):
        for n, (fits, loses) in walked(graph, axis, (*NEAR, *FAR) if sizes.proven else NEAR).items():
            assert (n in sizes.axes[name]) == fits, (name, n)
            whole = sizes.lossless[name]
            assert whole is None or (n in whole) == (fits and not loses), (name, n)


@settings(max_examples=FEWER)
@given(chain_texts())
def test_trying_each_size_says_the_same_as_the_proof(text: str) -> None:
    report, sizes = found(text)
    assume(sizes.proven)
    assert report.facts is not None
    scanned = _scanned(pinned(report.facts))
    for name, where in sizes.axes.items():
        for one, other in ((where, scanned.axes[name]), (sizes.lossless[name], scanned.lossless[name])):
            if one is None or other is None:
                assert one is other is None, name
                continue
            assert [n for n in range(1, 513) if n in one] == [n for n in range(1, 513) if n in other], name


def test_nearly_every_network_is_proven() -> None:
    # Of the kinds that no function of an axis follows, an instance norm is the most often drawn.
    proven = [sizes_of(graph).proven for graph in drawn()]
    assert sum(proven) >= 0.85 * len(proven)


@given(chain_texts())
def test_sizes_said_to_be_legal_together_are(text: str) -> None:
    report, _ = found(text)
    assert report.facts is not None
    graph = pinned(report.facts)
    places = {name: axis for axis, name in varying(graph)}
    for pair in together(graph)[:3]:
        x = list(graph.input)
        for name, where in pair.items():
            x[places[name]] = next(n for n in range(1, 100_000) if n in where)
        assert tried(graph, tuple(x)), (x, pair)


# The harness finds what is broken


@cache
def drawn() -> list[Graph]:
    """Some chains, the same ones every time, and one that norms maps of few places."""
    graphs = []
    for shape in ("[2, 1, 1, 9]", "[2, 1, 4, 1]", "[2, 1, 4, 3]"):
        graphs.append(pinned(archcalc.check_text(NORMED.format(input=shape)).require_ok().facts))

    @settings(max_examples=80, derandomize=True, database=None, phases=[Phase.generate])
    @given(chain_texts())
    def keep(text: str) -> None:
        facts = archcalc.check_text(text).facts
        assert facts is not None
        graphs.append(pinned(facts))

    keep()
    return graphs


def wrong_somewhere() -> bool:
    """Whether a legal set or a lossless one differs from the walk on ints."""
    for graph in drawn():
        sizes = sizes_of(graph)
        for axis, name in varying(graph):
            for n, (fits, loses) in walked(graph, axis, (*NEAR, *FAR[:40]) if sizes.proven else NEAR).items():
                whole = sizes.lossless[name]
                if (n in sizes.axes[name]) != fits or (whole is not None and (n in whole) != (fits and not loses)):
                    return True
    return False


def test_unharmed_nothing_is_wrong() -> None:
    assert not wrong_somewhere()


def _divided(period: bool, rise: bool) -> Callable[[AxisFunction, Any], AxisFunction]:
    """Division that forgets that the period grows, or that the values rise."""
    whole = AxisFunction.__floordiv__

    def divide(self: AxisFunction, divisor: Any) -> AxisFunction:
        f = whole(self, divisor)
        end = f.start + self.period - 1
        values = f.values[:end] if period else f.values
        return AxisFunction(f.axis, values, f.start, self.period if period else f.period, 0 if rise else f.rise)

    return divide


def _joined(self: AxisFunction, other: AxisFunction, compute: Any) -> AxisFunction:
    """Addition and subtraction that take the first one's rise for that of both."""
    f = WHOLE_JOINED(self, other, compute)
    return AxisFunction(f.axis, f.values, f.start, f.period, self.rise)


WHOLE_JOINED = AxisFunction._joined


def _from_one(self: SizeSet, n: int) -> bool:
    """A set that repeats from 1 on."""
    return self.holds[-self.period :][(n - self.start) % self.period]


MUTANTS: dict[str, tuple[Any, str, Any]] = {
    "a period that division leaves as it is": (AxisFunction, "__floordiv__", _divided(True, False)),
    "a rise that division forgets": (AxisFunction, "__floordiv__", _divided(False, True)),
    "a rise that addition forgets": (AxisFunction, "_joined", _joined),
    "a set that has no beginning": (SizeSet, "__contains__", _from_one),
    "a start too small": (periodic, "_settled", lambda f: f.start),
    "a start one too small": (periodic, "_settled", lambda f, whole=periodic._settled: max(1, whole(f) - 1)),
    "a coupling that forgets the other axis": (
        ProductEquals,
        "for_factor",
        lambda self, f, others: f.equals(self.targets[0]),
    ),
    "a coupling that is forgotten": (
        ProductEquals,
        "for_factor",
        lambda self, f, others: SizeSet.everywhere(f.axis),
    ),
    "a least product that forgets the other axis": (
        ProductAtLeast,
        "for_factor",
        lambda self, f, others: f >= self.least,
    ),
    "a need that is forgotten": (
        legal_inputs,
        "_needs",
        lambda layer, xs: [need.holds for need in layer.checks(*xs)][1:],
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn()
    monkeypatch.setattr(*MUTANTS[name])
    assert wrong_somewhere(), f"no chain shows {name}"


def test_sizes_that_are_tried_count_by_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    layers = "layers: [{kind: relu}, {kind: tanh}, {kind: relu}]"
    graph = archcalc.check_text(f"archcalc: 1\nname: N\ninput: [3, 8, 8]\n{layers}\n").graph
    assert graph is not None
    for most in (3, 2):
        monkeypatch.setattr(looked, "MAX_LOOKED", most * looked.A_LAYER)
        with one_question(), pytest.raises(TooLong) if most < 3 else nullcontext():
            assert tried(graph, (3, 9, 8))


def test_of_sizes_that_are_tried_none_is_said_to_lose_pixels_where_that_is_not_seen() -> None:
    """Every other one of all products of two pixels: each pixel is in some of them, though half are left out."""
    report = archcalc.check_text("""archcalc: 1
name: Products
input: [1, 8]
layers:
  - {name: turned, kind: permute, dims: [0, 2, 1]}
  - {kind: multiply, from: [input, turned]}
  - {kind: flatten}
  - {kind: reshape, shape: [1, -1]}
  - {kind: conv1d, out_channels: 2, kernel_size: 1, stride: 2}
  - {kind: flatten}
  - {kind: linear, in_features: 64, out_features: 3}
""")
    assert report.legal is not None
    assert not report.legal.proven
    assert 8 in report.legal.axes["L"]
    whole = report.legal.lossless["L"]
    assert whole is None or 8 in whole
    x = torch.ones(8, requires_grad=True)
    (x[:, None] * x).flatten()[::2].sum().backward()  # type: ignore[no-untyped-call]
    assert x.grad is not None
    assert bool((x.grad != 0).all())
