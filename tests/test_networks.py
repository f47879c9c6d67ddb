"""Whole networks with blocks, conditions, copies and branches: what their text says, what torch does, what is flat."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from archcalc import Report, binding, check, check_text, laws
from archcalc.batches import least_batch
from archcalc.copied import Copy
from archcalc.domain import legal, pinned
from archcalc.graph import Step
from archcalc.lets import argument_value
from archcalc.scopes import Scope
from tests.brute_force import BATCH, Network, disagreements, ours_alone, takes
from tests.graphs import FIELDS, Flat, Row, documents, text_of
from tests.test_closed_forms import hold_at, inputs_near

UNET = Path(__file__).parents[1] / "specs" / "unet.yaml"


def rows(report: Report) -> list[Row]:
    """What the package makes of a text, as rows."""
    assert report.graph is not None
    steps = report.graph.steps
    names = ["input", *(step.spec.path for step in steps)]
    return [_row(step, tuple(names[source] for source in step.sources)) for step in steps]


def _row(step: Step, sources: tuple[str, ...]) -> Row:
    fields = {name: getattr(step.layer, name) for name in FIELDS if name in step.spec.values}
    return Row(step.spec.path, step.spec.kind or "", fields, sources)


def errors(report: Report) -> set[str]:
    return {fault.code for fault in report.diagnostics if fault.severity == "error"}


def whole(document: dict[str, Any]) -> Report:
    """The report of a drawn network of which nothing is open: no name stands twice."""
    report = check_text(text_of(document))
    if not report.layers:
        assert errors(report) == {"A112"}
    else:
        assert errors(report) <= {"A201", "A207", "A211", "A216", "A301"}, report.diagnostics
    assume(report.layers and "A301" not in errors(report))
    return report


@given(documents())
def test_a_network_is_what_its_text_says(document: dict[str, Any]) -> None:
    report = check_text(text_of(document))
    flat = Flat(document)
    assert rows(report) == flat.rows
    assert report.graph is not None
    assert ["input", *(row.name for row in flat.rows)][report.graph.outputs[0]] == flat.output


@given(documents())
def test_a_network_without_blocks_conditions_and_copies_is_the_same(document: dict[str, Any]) -> None:
    report = whole(document)
    flat = check_text(text_of(Flat(document).document(document)))
    assert errors(report) == errors(flat)
    assert [(one.output, one.params, one.macs, one.weights, one.buffers) for one in report.layers] == [
        (one.output, one.params, one.macs, one.weights, one.buffers) for one in flat.layers
    ]
    assert report.totals == flat.totals
    if report.ok:
        assert report.facts is not None
        assert flat.facts is not None
        assert legal(pinned(report.facts)) == legal(pinned(flat.facts))
        assert str(laws(report).total) == str(laws(flat).total)


@given(documents())
def test_torch_gives_the_same_and_refuses_the_same(document: dict[str, Any]) -> None:
    report = whole(document)
    assert report.graph is not None
    network = Network(report.graph).train()
    taken = takes(network, report.graph.input)
    assert taken == report.ok or (taken and ours_alone(report.graph, report.graph.input))
    assume(report.ok)
    shapes = [tuple(value.shape) for value in network.values[1:]]
    assert shapes == [(BATCH, *(one.output or ())) for one in report.layers]
    assert report.totals is not None
    assert sum(weight.numel() for weight in network.parameters()) == report.totals.params
    for training in (True, False):
        enough = least_batch(report.batch_limits, training=training) == 1
        assert takes(network.train(training), report.graph.input, batch=1) == enough


@settings(max_examples=max(10, settings().max_examples // 10))
@given(documents())
def test_the_legal_sizes_are_those_that_torch_takes(document: dict[str, Any]) -> None:
    report = whole(document)
    assume(report.ok)
    assert disagreements(report, range(1, 97)) == []


@settings(max_examples=max(10, settings().max_examples // 5))
@given(st.data())
def test_the_formulas_are_the_walk(data: st.DataObject) -> None:
    report = whole(data.draw(documents()))
    assume(report.ok and report.layers)
    assert report.input is not None
    found = laws(report)
    assert hold_at(report, found, report.input, 1, {})
    hold_at(report, found, data.draw(inputs_near(found, report.input)), data.draw(st.integers(1, 9)), {})


U = """\
archcalc: 1
name: U
input: [3, {size}, {size}]
blocks:
  down:
    layers:
      - {{name: pool, kind: max_pool2d, kernel_size: {stride}, ceil_mode: {ceil}}}
      - {{name: conv, kind: conv2d, out_channels: 2 * in_channels, kernel_size: 3, padding: 1}}
  up:
    inputs: [x, skip]
    layers:
      - {{name: up, kind: conv_transpose2d, from: x, out_channels: skip_channels, kernel_size: {stride},
         stride: {stride}}}
      - {{name: join, kind: {join}, from: [up, skip]}}
      - {{name: conv, kind: conv2d, out_channels: skip_channels, kernel_size: 3, padding: 1}}
layers:
  - {{name: a, kind: conv2d, out_channels: 4, kernel_size: 3, padding: {padding}}}
  - {{name: b, kind: down}}
  - {{name: c, kind: down}}
  - {{name: d, kind: up, from: [c, b]}}
  - {{name: e, kind: up, from: [d, a]}}
"""


@pytest.mark.parametrize(
    ("stride", "padding", "ceil", "join", "size"),
    [
        (2, 1, "false", "concat", 32),
        (2, 0, "false", "add", 34),
        (3, 1, "false", "concat", 27),
        (2, 1, "true", "add", 16),
    ],
)
def test_the_legal_sizes_of_nets_that_go_down_and_up_are_torchs(
    stride: int, padding: int, ceil: str, join: str, size: int
) -> None:
    report = check_text(U.format(stride=stride, padding=padding, ceil=ceil, join=join, size=size))
    assert report.ok, report.diagnostics
    assert report.facts is not None
    found = legal(pinned(report.facts))
    assert found is not None
    assert found.proven
    assert disagreements(report, range(1, 97), found) == []
    # A size of 1 is repeated by `add`, and so fits besides.
    fits = [n for n in range(2, 97) if n in found.axes["H"]]
    assert fits == [n for n in range(3, 97) if (n - 2 * (1 - padding)) % stride**2 == 0]


def test_the_bundled_unet_takes_multiples_of_16() -> None:
    legal_sizes = check(UNET, preset="unet").legal
    assert legal_sizes is not None
    assert [n for n in range(1, 100) if n in legal_sizes.axes["H"]] == [16, 32, 48, 64, 80, 96]


# The harness finds what is broken.


@cache
def drawn() -> list[tuple[str, list[Row]]]:
    """Some texts, the same ones every time, with what they say."""
    found = []

    @settings(max_examples=150, derandomize=True, database=None, phases=[Phase.generate])
    @given(documents())
    def keep(document: dict[str, Any]) -> None:
        found.append((text_of(document), Flat(document).rows))

    keep()
    return found


def wrong_somewhere() -> bool:
    """Whether a text becomes something else than it says, or nothing at all."""
    for text, expected in drawn():
        try:
            if rows(check_text(text)) != expected:
                return True
        except (AssertionError, IndexError, KeyError):
            return True
    return False


def test_unharmed_nothing_is_wrong() -> None:
    assert not wrong_somewhere()


BINDER = binding._Binder
HOLDS, COUNT, SOURCES, ARGUMENTS = BINDER._holds, BINDER._count, BINDER._sources, BINDER._arguments


def _no_channels(self: Any, value: int, at: Any) -> Any:
    return self.input[0]


def _no_border(self: Any, name: str, span: Any, own: Any = None, target: Any = Scope.target) -> Any:
    """A name that stands for the first of its kind, wherever the list is."""
    scope = self
    while scope.outer is not None:
        scope = scope.outer
    return target(scope if name in scope.names else self, name, span, own)


def _late(self: Any, block: Any, *rest: Any) -> Any:
    """Arguments that are not seen by the block's own ``let``."""
    known = ARGUMENTS(self, block, *rest)
    defaults = {name: node for name, node in block.args.items() if node is not None}
    return known | {name: argument_value(name, node, known, self.log) for name, node in defaults.items()}


MUTANTS: dict[str, tuple[Any, str, Callable[..., Any]]] = {
    "a condition that is not looked at": (BINDER, "_holds", lambda self, node, known: True),
    "a condition that is turned round": (BINDER, "_holds", lambda self, node, known: not HOLDS(self, node, known)),
    "one copy too many": (BINDER, "_count", lambda self, *rest: (COUNT(self, *rest) or 0) + 1),
    "sources that change places": (BINDER, "_sources", lambda self, *rest: SOURCES(self, *rest)[::-1]),
    "sources that are not looked at": (BINDER, "_sources", lambda self, item, own, scope, current: (current,)),
    "defaults in place of what is given": (BINDER, "_arguments", _late),
    "channels of the input for those that arrive": (BINDER, "_channels", _no_channels),
    "names that are looked for outside first": (Scope, "target", _no_border),
    "copies that take what the first took": (Copy, "_value", lambda self, number: number),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn()
    monkeypatch.setattr(*MUTANTS[name])
    assert wrong_somewhere(), f"no network shows {name}"
