"""The contract between a join and torch: what ``torch_oracle`` is for the kinds of one input.

A join is an expression in generated code, so what torch says is asked of that expression.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, TypeAlias

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from archcalc.diagnostics.codes import CODES
from archcalc.layers.contract import Layer
from archcalc.layers.record import fields_of
from archcalc.layers.size_fields import Axis
from archcalc.sizes import symbolic
from archcalc.sizes.columns import Column
from archcalc.sizes.periodic import AxisFunction, NotPeriodic, SizeSet
from archcalc.sizes.rules import UNKNOWN, Shape
from tests.support.attention_oracle import attended
from tests.support.draw_layers import steady
from tests.support.number_kinds import element, substituted
from tests.support.torch_oracle import BATCH, REFUSALS, Tally

Joined: TypeAlias = tuple[Layer, tuple[tuple[int, ...], ...]]
"""A join and its inputs' shapes, without the batch."""


@st.composite
def joins(draw: st.DrawFn, kind: type[Layer]) -> Joined:
    """A join of this kind and inputs for it, which differ in some sizes, or in the number of axes."""
    if kind.kind == "einsum":
        return draw(multiplied(kind))
    rank = draw(st.integers(1, 4))
    first = draw(st.tuples(*[st.sampled_from((1, 2, 3, 4, 6))] * rank))
    values = {}
    for name, field in fields_of(kind).items():
        if isinstance(field, Axis):
            values[name] = draw(st.integers(-rank - 1, rank) | st.integers(1, rank) | field.values(kind.axes))
        else:
            values[name] = draw(field.values(kind.axes))
    inputs = [first]
    for _ in range(draw(st.integers(kind.arity[0], kind.arity[1] or 4)) - 1):
        changed = list(first)
        for axis in draw(st.frozensets(st.integers(0, rank - 1), max_size=2)):
            changed[axis] = draw(st.sampled_from((1, 2, 3, 5)))
        if draw(st.integers(0, 9)) == 0:
            changed = changed[1:] if rank > 1 and draw(st.booleans()) else [2, *changed]
        inputs.append(tuple(changed))
    return kind(**values), tuple(draw(st.permutations(inputs)))


@st.composite
def multiplied(draw: st.DrawFn, kind: type[Layer]) -> Joined:
    """A product whose inputs have the axes that it names, as a rule, and sizes that agree, as a rule."""
    equation = str(draw(fields_of(kind)["equation"].values(0)))
    sides = [side.split() for side in equation.split("->")[0].split(",")]
    sizes = {name: draw(st.sampled_from((1, 2, 3, 4, 6))) for side in sides for name in side}
    xs = [[sizes[name] for name in side] for side in sides]
    shared = sorted({*sides[0]} & {*sides[1]})
    if shared and draw(st.integers(0, 1)) == 0:
        xs[0][sides[0].index(draw(st.sampled_from(shared)))] = draw(st.sampled_from((1, 2, 5)))
    if draw(st.integers(0, 9)) == 0:
        xs[draw(st.integers(0, 1))].append(2)
    return kind(equation=equation), (tuple(xs[0]), tuple(xs[1]))


def multiply_adds(layer: Layer, xs: tuple[tuple[int, ...], ...]) -> int:
    """Those of one sample that torch counts."""
    names = [f"x{place}" for place in range(len(xs))]
    values = {name: torch.empty(BATCH, *x, device="meta") for name, x in zip(names, xs, strict=True)}
    with FlopCounterMode(display=False) as counter:
        eval(layer.expression(names), {"torch": torch}, values)
    return int(counter.get_total_flops()) // (2 * BATCH)


def joined_in_torch(layer: Layer, xs: tuple[tuple[int, ...], ...], batch: int = BATCH) -> Any:
    """The output of the expression on random values, after a backward pass, or what torch raised."""
    names = [f"x{place}" for place in range(len(xs))]
    values = {name: torch.randn(batch, *x, requires_grad=True) for name, x in zip(names, xs, strict=True)}
    try:
        output = eval(layer.expression(names), {"torch": torch}, values)
        output.sum().backward()
    except REFUSALS as refusal:
        return refusal
    return output


def check_join(case: Joined, tally: Tally) -> None:
    """Hold one join against torch: what it accepts and gives."""
    layer, xs = case
    failed = []
    for need in layer.checks(*xs):
        assert type(need.holds) is bool
        assert need.code in CODES
        if not need.holds:
            assert need.why()
            failed.append(need)
    result = joined_in_torch(layer, xs)
    if any(not need.beyond_torch for need in failed):
        assert isinstance(result, Exception), f"torch accepts what fails {[need.why() for need in failed]}"
        tally.refused += 1
        if len({need.code for need in failed}) == 1:
            tally.failed_alone.add((failed[0].code, failed[0].field, 0))
    elif failed:
        tally.beyond_torch += 1
    else:
        assert not isinstance(result, Exception), f"torch refuses it: {result}"
        assert (BATCH, *layer.out(*xs)) == tuple(result.shape)
        assert (layer.weights(*xs), layer.buffers(*xs)) == ({}, {})
        # Along an axis of 1, torch sums nothing.
        if not any(1 in x for x in xs):
            assert layer.macs(*xs) == multiply_adds(layer, xs)
        alone = joined_in_torch(layer, xs, batch=1)
        assert isinstance(alone, Exception) == any(need.samples > 1 for need in layer.batch_needs(*xs)), alone
        tally.accepted += 1


def check_joins(kind: type[Layer], chosen: settings | None = None) -> Tally:
    """Draw joins of this kind and check each; AssertionError at a counterexample."""
    tally = Tally()

    @(chosen or settings())
    @given(joins(kind))
    def run(case: Joined) -> None:
        check_join(case, tally)

    run()
    return tally


@st.composite
def shifted(draw: st.DrawFn, kind: type[Layer]) -> Joined:
    """A mask of shifted windows, a bias and a rolled map."""
    windows = tuple(draw(st.lists(st.integers(1, 3), min_size=1, max_size=2)))
    layer = kind(window_size=windows, shift=draw(st.integers(0, min(windows) - 1)))
    pairs = math.prod(windows)
    bias = (*draw(st.sampled_from(((), (2,)))), pairs, pairs)
    return layer, (bias, (*(size * draw(st.integers(1, 3)) for size in windows), 2))


@st.composite
def chosen(draw: st.DrawFn, kind: type[Layer]) -> Joined:
    """A sequence, and a value for each of its places."""
    sequence = draw(st.lists(st.integers(1, 4), min_size=2, max_size=4))
    return kind(), (tuple(sequence), (sequence[0],))


@st.composite
def scanned(draw: st.DrawFn, kind: type[Layer]) -> Joined:
    """A sequence, and what a scan needs besides."""
    length, channels, states = (draw(st.integers(1, 4)) for _ in range(3))
    x, entering = (length, channels), (length, states)
    return kind(), (x, x, entering, entering, (channels, states), (channels,))


NO_JOINS = {"attention": attended, "shifted_window_mask": shifted, "at_argmax": chosen, "selective_scan": scanned}
"""Kinds of several inputs that are modules, each with what draws it."""


def taken_joins(kind: type[Layer]) -> list[Joined]:
    """Some joins that take their inputs, the same ones every time."""
    found: list[Joined] = []

    @steady(75)
    @given(joins(kind) if kind.joins else NO_JOINS[kind.kind](kind))
    def keep(case: Joined) -> None:
        if all(need.holds for need in case[0].checks(*case[1])):
            found.append(case)

    keep()
    return found


@st.composite
def _varied(draw: st.DrawFn, kind: type[Layer]) -> tuple[Joined, list[Joined], frozenset[tuple[int, int]], bool]:
    """A join, the same with other sizes at some (input, axis), these places, and whether symbols stay open."""
    layer, xs = draw(joins(kind))
    places = [(i, axis) for i, x in enumerate(xs) for axis in range(len(x))]
    hidden = draw(st.frozensets(st.sampled_from(places), min_size=1))
    others = []
    for _ in range(3):
        sizes = {place: draw(st.sampled_from((1, 2, 3, 4, 6))) for place in sorted(hidden)}
        others.append((layer, _with(xs, sizes)))
    return (layer, xs), others, hidden, draw(st.booleans())


def _with(xs: tuple[Shape, ...], sizes: Mapping[tuple[int, int], Any]) -> Any:
    return tuple(tuple(sizes.get((i, axis), n) for axis, n in enumerate(x)) for i, x in enumerate(xs))


def rules(layer: Layer, xs: tuple[Shape, ...]) -> dict[str, Any]:
    """Everything that a join says about its inputs, by name."""
    said = {}
    for number, need in enumerate(layer.checks(*xs)):
        said[f"need {number} {need.code}"] = need.holds
        if need.code == "A202" and need.holds is False:
            return said
    return said | {f"out[{axis}]": size for axis, size in enumerate(layer.out(*xs))}


def check_join_sizes(kind: type[Layer], chosen: settings | None = None) -> int:
    """Hold the rules on every kind of size against the same rules on ints; how many were functions of an axis."""
    proven = 0

    @(chosen or settings())
    @given(_varied(kind))
    def run(case: tuple[Joined, list[Joined], frozenset[tuple[int, int]], bool]) -> None:
        nonlocal proven
        (layer, xs), others, hidden, is_open = case
        cases = [xs, *(other for _, other in others)]
        on_ints = [rules(layer, inputs) for inputs in cases]
        columns = {(i, axis): Column.of([inputs[i][axis] for inputs in cases]) for i, axis in hidden}
        on_columns = rules(layer, _with(xs, columns))
        letters = {place: symbolic.size(f"n{place[0]}{place[1]}") for place in hidden}
        shown = {place: symbolic.Open(letter) if is_open else letter for place, letter in letters.items()}
        on_symbols = {name: symbolic.closed(value) for name, value in rules(layer, _with(xs, shown)).items()}
        for index, (inputs, expected) in enumerate(zip(cases, on_ints, strict=True)):
            sizes = {letter: inputs[i][axis] for (i, axis), letter in letters.items()}
            assert expected == {name: element(value, index, len(cases)) for name, value in on_columns.items()}
            assert expected == {name: substituted(value, sizes) for name, value in on_symbols.items()}
        for name, value in rules(layer, _with(xs, dict.fromkeys(hidden, UNKNOWN))).items():
            assert value is UNKNOWN or value is None or value == on_ints[0][name], name
        proven += _check_functions(layer, xs, hidden)

    run()
    return proven


def _check_functions(layer: Layer, xs: tuple[Shape, ...], hidden: frozenset[tuple[int, int]]) -> bool:
    """The rules on functions of one axis: at each place another one, 2⌊n/2⌋ beside n."""
    n = AxisFunction.axis_itself("n")
    functions: list[Any] = [n, (n // 2) * 2, (n + 1) // 2 + 1]
    chosen = {place: functions[number % 3] for number, place in enumerate(sorted(hidden))}
    try:
        along = rules(layer, _with(xs, chosen))
    except NotPeriodic:
        return False
    for size in range(1, 8):
        expected = rules(layer, _with(xs, {place: f(size) for place, f in chosen.items()}))
        for name, value in along.items():
            found = (
                value(size)
                if isinstance(value, AxisFunction)
                else size in value
                if isinstance(value, SizeSet)
                else value
            )
            assert found == expected[name], (name, size)
    return True
