"""The contract between attention and torch: what ``join_oracle`` is for joins, which are no modules."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeAlias

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from archcalc.diagnostics.codes import CODES
from archcalc.layers.contract import Layer
from archcalc.layers.record import defaults_of, fields_of
from archcalc.sizes import symbolic
from archcalc.sizes.columns import Column
from archcalc.sizes.periodic import AxisFunction, NotPeriodic, SizeSet
from archcalc.sizes.rules import UNKNOWN
from tests.support.number_kinds import element, substituted
from tests.support.own_modules import class_of
from tests.support.torch_oracle import BATCH, REFUSALS, Tally

Shapes: TypeAlias = tuple[tuple[int, ...], ...]
Attended: TypeAlias = tuple[Layer, Shapes]
"""A layer and the shapes of its queries, keys, values and perhaps a bias, without the batch."""

_small = st.integers(1, 4)
_changed = st.sampled_from((1, 2, 3, 4, 5, 6, 8))


@st.composite
def attended(draw: st.DrawFn, kind: type[Layer]) -> Attended:
    """A layer and inputs that it takes, or which differ from such in a size or two, or in the number of axes."""
    shared, each, sums = draw(_small), draw(_small), draw(_small)
    heads = shared * draw(_small)
    queries, keys = draw(_small), draw(_small)
    xs = [[queries, heads * each], [keys, shared * each], [keys, shared * sums]]
    for place in draw(st.lists(st.integers(0, 5), max_size=2)):
        xs[place // 2][place % 2] = draw(_changed)
    windows = draw(st.sampled_from(([], [], [2], [1, 3])))
    xs = [[*windows, *x] for x in xs]
    if draw(st.booleans()):
        scores = [*windows, heads, queries, keys]
        alone = draw(st.sets(st.integers(0, 4), max_size=2))
        bias = [1 if axis in alone else size for axis, size in enumerate(scores)][
            draw(st.integers(0, len(scores) - 1)) :
        ]
        xs.append(bias if draw(st.integers(0, 7)) else [draw(_changed), *bias[1:]])
    if draw(st.integers(0, 11)) == 0:
        place = draw(st.integers(0, len(xs) - 1))
        xs[place] = xs[place][:1] if draw(st.booleans()) else [2, *xs[place]]
    values = {name: draw(field.values(kind.axes)) for name, field in fields_of(kind).items()}
    return kind(**values | {"num_heads": draw(st.sampled_from((heads, heads, heads, 1, 2, 3)))}), tuple(map(tuple, xs))


def attended_in_torch(layer: Layer, xs: Shapes, batch: int = BATCH) -> Any:
    """(module, output) after a backward pass on random values, or what torch raised."""
    call = layer.torch(*xs)
    values = [torch.randn(batch, *x, requires_grad=True) for x in xs]
    try:
        module = class_of(type(layer), call.name)(*call.args, **call.kwargs).train()
        output = module(*values)
        output.sum().backward()
    except REFUSALS as refusal:
        return refusal
    return module, output


def pairs_in_torch(module: torch.nn.Module, xs: Shapes) -> int:
    """torch's own count for one sample, on the meta device."""
    with FlopCounterMode(display=False) as counter:
        module.eval()(*(torch.empty(BATCH, *x, device="meta") for x in xs))
    flops: int = counter.get_total_flops()
    assert flops % (2 * BATCH) == 0
    return flops // (2 * BATCH)


def check_attended(case: Attended, tally: Tally) -> None:
    """Hold one layer against torch: what it accepts, gives and costs."""
    layer, xs = case
    failed = []
    for need in layer.checks(*xs):
        assert type(need.holds) is bool
        assert need.code in CODES
        if not need.holds:
            assert need.why()
            failed.append(need)
    tally.needs |= {(need.code, need.field, need.why().split()[1]) for need in failed}
    if any(need.code == "A211" for need in failed) or (failed and _ranks_differ(xs)):
        # Not even tried: torch may read beyond its memory, or repeat samples as if they were windows.
        tally.beyond_torch += 1
        return
    result = attended_in_torch(layer, xs)
    if failed:
        assert isinstance(result, Exception), f"torch accepts what fails {[need.why() for need in failed]}"
        tally.refused += 1
        return
    assert not isinstance(result, Exception), f"torch refuses it: {result}"
    module, output = result
    assert (BATCH, *layer.out(*xs)) == tuple(output.shape)
    assert (layer.weights(*xs), layer.buffers(*xs)) == ({}, {})
    macs = layer.macs(*xs)
    assert type(macs) is int
    assert macs == pairs_in_torch(module, xs)
    tally.accepted += 1


def _ranks_differ(xs: Shapes) -> bool:
    return len({len(x) for x in xs[:3]}) > 1 or any(len(x) > len(xs[0]) + 1 for x in xs[3:])


def check_attention(kind: type[Layer], chosen: settings) -> Tally:
    """Draw layers of this kind and check each; AssertionError at a counterexample."""
    tally = Tally()
    _run(kind, chosen, lambda case: check_attended(case, tally))
    return tally


def _run(kind: type[Layer], chosen: settings, check: Callable[[Attended], None]) -> None:
    @chosen
    @given(attended(kind))
    def run(case: Attended) -> None:
        check(case)

    run()


def check_attention_constructor(kind: type[Layer]) -> None:
    """The fields and their defaults are those of the class that generated code has."""
    parameters = inspect.signature(class_of(kind, kind.__name__)).parameters
    assert list(fields_of(kind)) == list(parameters)
    assert kind.positional == tuple(parameters)[: len(kind.positional)]
    assert {name: parameters[name].default for name in defaults_of(kind)} == defaults_of(kind)


def _said(layer: Layer, xs: Any) -> dict[str, Any]:
    """What a layer says of its inputs, by name, as far as no need of it fails."""
    needs = {f"{need.code} {need.why.text}": need.holds for need in layer.checks(*xs)}  # type: ignore[attr-defined]
    if any(holds is False for holds in needs.values()):
        return {}
    sizes = {f"out[{axis}]": size for axis, size in enumerate(layer.out(*xs))}
    return needs | sizes | {"macs": layer.macs(*xs)}


def check_attention_sizes(kind: type[Layer], chosen: settings) -> int:
    """Hold the rules on every kind of size against the same on ints; of how many layers all could be compared."""
    compared = 0

    def check(case: Attended) -> None:
        nonlocal compared
        layer, xs = case
        if any(len(x) != 2 for x in xs) or len(xs) > 3:
            return
        lengths = [(n, s) for n in (1, 3, 4) for s in (2, 5)]
        cases: list[Any] = [((n, xs[0][1]), (s, xs[1][1]), (s, xs[2][1])) for n, s in lengths]
        on_ints = [_said(layer, one) for one in cases]
        if not all(on_ints):
            return
        compared += 1
        columns: Any = [Column.of([one[place][0] for one in cases]) for place in range(3)]
        on_columns = _said(layer, [(columns[place], x[1]) for place, x in enumerate(xs)])
        letters: Any = {place: symbolic.size("T" if place == 0 else "S") for place in range(3)}
        on_symbols = _said(layer, [(letters[place], x[1]) for place, x in enumerate(xs)])
        for index, (lengths_, expected) in enumerate(zip(lengths, on_ints, strict=True)):
            sizes = {letters[0]: lengths_[0], letters[1]: lengths_[1]}
            assert expected == {name: element(value, index, len(cases)) for name, value in on_columns.items()}
            closed = {name: symbolic.closed(value) for name, value in on_symbols.items()}
            assert expected == {name: substituted(value, sizes) for name, value in closed.items()}
        unknown = _said(layer, [(UNKNOWN, x[1]) for x in xs])
        assert all(value is UNKNOWN or value is None or value == on_ints[0][name] for name, value in unknown.items())
        _along_one_axis(layer, xs)

    _run(kind, chosen, check)
    return compared


def _along_one_axis(layer: Layer, xs: Shapes) -> None:
    n: Any = AxisFunction.axis_itself("n")
    try:
        along = _said(layer, [(n, x[1]) for x in xs])
    except NotPeriodic:  # a product of a length with itself is none
        layer = layer
        along = {f"out[{axis}]": size for axis, size in enumerate(layer.out(*[(n, x[1]) for x in xs]))}
    for size in range(1, 6):
        expected = _said(layer, [(size, x[1]) for x in xs])
        for name, value in along.items():
            found = value(size) if isinstance(value, AxisFunction) else value
            assert (size in found if isinstance(found, SizeSet) else found) == expected[name], name
