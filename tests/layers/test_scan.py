"""The selective scan beside its module and the formula, and rules that are broken on purpose, which must be found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

import archcalc
from archcalc.layers.contract import KINDS
from archcalc.layers.need import Need
from archcalc.sizes.rules import Shape
from templates.torch.reference.layer import Layer as Row
from templates.torch.reference.scan import selective_scan
from tests.support.broken_kinds import broken
from tests.support.draw_layers import steady
from tests.support.own_modules import own_class
from tests.support.torch_oracle import REFUSALS

KIND: Any = KINDS["selective_scan"]
Shapes = tuple[tuple[int, ...], ...]


@st.composite
def scanned(draw: st.DrawFn) -> Shapes:
    """Shapes that it takes, or which differ from such in a size or two, or in the number of axes."""
    length, channels, states = (draw(st.integers(1, 5)) for _ in range(3))
    xs = [[length, channels], [length, channels], [length, states], [length, states], [channels, states], [channels]]
    for place in draw(st.lists(st.integers(0, 10), max_size=2)):
        xs[place // 2][place % 2] = draw(st.integers(1, 6))
    if draw(st.integers(0, 9)) == 0:
        xs[draw(st.integers(0, 5))].append(2)
    return tuple(map(tuple, xs))


def values(xs: Shapes) -> list[torch.Tensor]:
    return [torch.randn(2, *x, dtype=torch.float64, requires_grad=True) for x in xs]


def check_scan(kind: Any, chosen: settings) -> Counter[str]:
    """Draw inputs and hold the kind to its module: what it accepts, gives and costs."""
    tally = Counter[str]()

    @chosen
    @given(scanned())
    def run(xs: Shapes) -> None:
        layer, module = kind(), own_class("selective_scan", "SelectiveScan")()
        failed = [need for need in layer.checks(*xs) if not need.holds]
        tally.update(need.why().split()[-1] if need.code == "A211" else need.code for need in failed)
        try:
            taken = values(xs)
            given = module(*taken)
            given.sum().backward()
        except REFUSALS:
            assert failed, f"torch refuses {xs}"
            return
        assert not failed, f"torch accepts {xs}"
        assert (2, *layer.out(*xs)) == tuple(given.shape)
        with FlopCounterMode(display=False) as counter:
            module(*(torch.empty(2, *x, device="meta") for x in xs))
        assert layer.macs(*xs) == counter.get_total_flops() // 4
        tally["accepted"] += 1

    run()
    return tally


def test_keeps_the_contract() -> None:
    tally = check_scan(KIND, steady(200))
    assert tally["accepted"] >= 60
    assert {"A202", "Δ", "B", "C", "A_log", "D"} <= tally.keys()


def _without(word: str) -> Any:
    def needs(self: Any, *xs: Shape) -> Iterator[Need]:
        return (need for need in KIND.needs(self, *xs) if word not in need.why())

    return broken("selective_scan", needs=needs)


MUTANTS = {
    **{
        f"any {word}": _without(word)
        for word in ("of Δ", "of B", "places of x, but", "of A_log", "of D", "by C", "by A_log")
    },
    "any number of axes": broken("selective_scan", checks=lambda self, *xs: self.needs(*(x[:2] for x in xs))),
    "the states as well": broken("selective_scan", macs=lambda self, *xs: 2 * KIND.macs(self, *xs)),
    "a place alone": broken("selective_scan", macs=lambda self, *xs: xs[0][1] * xs[2][1]),
    "as wide as the states": broken("selective_scan", out=lambda self, *xs: (xs[0][0], xs[2][1])),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_broken_scan_is_found(mutant: str) -> None:
    with pytest.raises((AssertionError, ValueError)):
        check_scan(MUTANTS[mutant], steady(400))


def test_unharmed() -> None:
    assert check_scan(broken("selective_scan"), steady(50))["accepted"]


def test_the_module_and_the_reference_are_the_recurrence() -> None:
    torch.manual_seed(0)
    x, dt, b, c, a_log, d = values(((6, 3), (6, 3), (6, 4), (6, 4), (3, 4), (3,)))
    state, expected = torch.zeros(2, 3, 4, dtype=torch.float64), []
    for t in range(6):
        for n in range(4):
            kept = torch.exp(-a_log[:, :, n].exp() * dt[:, t]) * state[:, :, n]
            state = state.clone()
            state[:, :, n] = kept + dt[:, t] * b[:, t, n, None] * x[:, t]
        expected.append((state * c[:, t, None]).sum(2) + d * x[:, t])
    wanted = torch.stack(expected, 1)
    torch.testing.assert_close(own_class("selective_scan", "SelectiveScan")()(x, dt, b, c, a_log, d), wanted)
    torch.testing.assert_close(selective_scan(Row({}, {}, False), x, dt, b, c, a_log, d), wanted)


def test_no_place_sees_one_behind_it() -> None:
    assert KIND().hides_later
    module, taken = (
        own_class("selective_scan", "SelectiveScan")(),
        values(((5, 2), (5, 2), (5, 3), (5, 3), (2, 3), (2,))),
    )
    before = module(*taken)
    for place in range(4):
        changed = taken[place].detach().clone()
        changed[:, 3:] += 1
        after = module(*taken[:place], changed, *taken[place + 1 :])
        assert torch.equal(before[:, :3], after[:, :3])
        assert not torch.equal(before[:, 3:], after[:, 3:])


SPEC = """archcalc: 1
name: Scanned
let: {T: 8, width: 6, states: 4}
axes: [T]
input: [T, width]
layers:
  - {name: dt, kind: softplus}
  - {name: B, kind: linear, from: input, out_features: states}
  - {name: C, kind: linear, from: input, out_features: states}
  - {name: A_log, kind: parameter, from: input, shape: [width, states]}
  - {name: D, kind: parameter, from: input, shape: [width]}
  - {name: scan, kind: selective_scan, from: [input, dt, B, C, A_log, D]}
"""


@pytest.mark.parametrize(
    ("right", "wrong", "message", "help"),
    [
        ("C, kind: linear, from: input, out_features: states", "5", "has 4 states by B, but 5 by C", "out_features"),
        ("D, kind: parameter, from: input, shape: [width]", "[7]", "has 6 channels of x, but 7 of D", "shape"),
        ("from: [input, dt, B, C, A_log, D]", "[input, dt, B, C, D, A_log]", "takes x, Δ, B and C of T × width", ""),
    ],
)
def test_what_does_not_fit_is_told_with_a_way_out(right: str, wrong: str, message: str, help: str) -> None:
    assert archcalc.check_text(SPEC).ok
    where, _, value = right.rpartition(": ")
    (error,) = archcalc.check_text(SPEC.replace(f"{where}: {value}", f"{where}: {wrong}")).errors
    assert message in error.message
    assert not help or any(help in str(one) for one in error.help)


def test_what_is_offered_has_as_many_states_as_enter() -> None:
    xs = ((6, 8), (6, 8), (6, 4), (6, 5), (8, 5), (8,))
    assert [need.why() for need in KIND().checks(*xs) if not need.holds]
    assert [*KIND().nearest_shapes(*xs)] == [((6, 8), (6, 8), (6, 4), (6, 4), (8, 4), (8,))]
    own_class("selective_scan", "SelectiveScan")()(*values(next(KIND().nearest_shapes(*xs))))


def test_what_a_scan_gives_stands_where_what_arrives_did() -> None:
    """Its places are those of x, and its channels, too; of a state nothing stands in it."""
    traces = KIND().traces((9, 4), (9, 4), (9, 2), (9, 2), (4, 2), (4,))
    assert [trace and trace.axes for trace in traces] == [(0, 1), (0, 1), (0, None), (0, None), (None, 0), (None, 0)]


def test_what_is_told_of_a_scan_is_the_shape_that_it_gives() -> None:
    """That is x's, also where what arrives beside it is of another: that is an error of its own (A211)."""
    arriving: Any = ((9, 4), (7, 3), (9, 2), (9, 2), (4, 2), (4,))
    assert tuple(line.value for line in KIND().derivation(*arriving)) == KIND().out(*arriving) == (9, 4)
