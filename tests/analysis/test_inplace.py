"""What layers in place overwrite: the rule complains where torch computes something else or refuses, and only there."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, Phase, assume, given, settings
from msgspec.structs import replace

from archcalc.analysis import inplace
from archcalc.analysis.inplace import clashes
from archcalc.analysis.report import Report
from archcalc.language.yaml_edits import edited
from archcalc.pipeline import check_text, find_fixes
from archcalc.sizes.rules import known_sizes
from archcalc.targets.generate import generate
from tests.support.draw_inplace import text_of, texts
from tests.support.generated_module import network_of
from tests.support.inplace_oracle import Outcome, outcome
from tests.support.torch_oracle import BATCH


def checked(text: str) -> Report:
    """The report of a drawn network, which has no fault but the one that this is about."""
    report = check_text(text)
    assert {fault.code for fault in report.diagnostics if fault.severity == "error"} <= {"A320"}, report.diagnostics
    assert report.graph is not None
    assert bool(clashes(report.graph)) == (not report.ok)
    return report


def wrong(report: Report, found: Outcome) -> bool:
    """Whether the rule says otherwise than torch."""
    if report.ok:
        return bool(found.fault)
    return not found.fault and not found.unchanged and not found.copied


@given(texts())
def test_the_rule_complains_where_torch_does_something_else_and_only_there(text: str) -> None:
    report = checked(text)
    assert report.graph is not None
    assert not wrong(report, outcome(report.graph)), (outcome(report.graph), report.diagnostics)


def fixed(report: Report, but: int | None = None) -> Report:
    """The report when every layer at fault, but for one, is in place no longer."""
    text = report.text
    for place, fault in enumerate(report.diagnostics):
        if fault.code == "A320" and place != but:
            assert fault.help == ("write `inplace: false`",)
            (fix,) = [one for one in find_fixes(check_text(text)) if one.error.message == fault.message][:1]
            text = edited(text, *fix.changes)
    return check_text(text)


@settings(max_examples=max(10, settings().max_examples // 4))
@given(texts())
def test_every_fault_is_one_of_its_own_and_mended_by_its_help(text: str) -> None:
    report = checked(text)
    assume(not report.ok)
    mended = fixed(report)
    assert mended.ok
    assert mended.graph is not None
    assert not outcome(mended.graph).fault
    at_fault = [place for place, fault in enumerate(report.diagnostics) if fault.code == "A320"]
    for place, fault in [(place, report.diagnostics[place]) for place in (at_fault[0], at_fault[-1])]:
        if len(at_fault) < 6:
            left = [one.message for one in fixed(report, place).diagnostics if one.code == "A320"]
            assert left == [fault.message]


@settings(max_examples=max(10, settings().max_examples // 4))
@given(texts())
def test_generated_code_leaves_the_callers_tensor_as_it_was(text: str) -> None:
    report = checked(text)
    assume(report.ok)
    assert report.input is not None
    network = network_of(generate(report).files, report)
    for training in (True, False):
        x = torch.randn(BATCH, *known_sizes(report.input))
        before = x.clone()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            network.train(training)(x)
            # Nor is it a leaf that may not be overwritten.
            given = network(x.requires_grad_())
        assert torch.equal(x, before)
        torch.autograd.backward(sum(one.sum() for one in (given if isinstance(given, tuple) else (given,))))


# What it says


def said(*rows: str, outputs: str = "", input: str = "[3, 8, 8]") -> list[str]:
    """What is said of layers in place behind a convolution and a normalisation, ``norm``."""
    head = f"archcalc: 1\nname: Small\ninput: {input}\nlayers:\n"
    above = ("{name: conv, kind: conv2d, out_channels: 4, kernel_size: 1}", "{name: norm, kind: batch_norm2d}")
    lines = "".join(f"  - {row}\n" for row in ((*above, *rows) if input == "[3, 8, 8]" else rows))
    report = check_text(head + lines + outputs)
    assert all(fault.code in ("A320", "A315") for fault in report.diagnostics)
    return [fault.message for fault in report.diagnostics if fault.code == "A320"]


RELU = "{name: act, kind: relu, inplace: true}"


@pytest.mark.parametrize(
    "rows",
    [
        [RELU],
        [RELU, "{kind: conv2d, out_channels: 4, kernel_size: 1}", "{kind: relu6, inplace: true}"],
        # These keep a copy, so that what they give may be overwritten again.
        ["{kind: hardswish, inplace: true}", "{kind: dropout, inplace: true}"],
        ["{kind: silu, inplace: true}", "{kind: relu, inplace: true}"],
        # Nothing is kept of a sum, nor of what is joined.
        ["{kind: add, from: [norm, conv]}", "{kind: relu, inplace: true}"],
        ["{name: side, kind: add, from: [norm, conv]}", "{name: act, kind: relu, from: norm, inplace: true}",
         "{kind: add, from: [side, act]}"],
        # In training torch's alpha dropout copies, whatever it is told.
        ["{name: act, kind: alpha_dropout, inplace: true}", "{kind: add, from: [act, norm]}"],
        # Nothing is dropped, so nothing is overwritten.
        ["{name: act, kind: dropout, p: 0, inplace: true}", "{kind: add, from: [act, norm]}"],
        ["{name: left, kind: slice, stop: 2}", "{name: right, kind: slice, from: norm, start: 2}",
         "{name: act, kind: relu, from: left, inplace: true}", "{kind: concat, from: [act, right]}"],
    ],
)  # fmt: skip
def test_nothing_is_said_where_nothing_else_needs_it(rows: list[str]) -> None:
    assert said(*rows) == []


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([RELU, "{kind: add, from: [act, norm]}"], "`act` overwrites what `norm` gives, which `add` takes after it"),
        (["{kind: sigmoid}", RELU], "`act` overwrites what `sigmoid` gives, which `sigmoid` keeps for its gradient"),
        # A relu keeps what it gives, in place or not.
        ([RELU, "{name: drop, kind: dropout, inplace: true}"],
         "`drop` overwrites what `act` gives, which `act` keeps for its gradient (in training)"),
        (["{name: side, kind: conv2d, out_channels: 4, kernel_size: 1}",
          "{name: act, kind: relu, from: norm, inplace: true}", "{kind: add, from: [side, act]}"],
         "`act` overwrites what `norm` gives, which `side` took and keeps for its gradient"),
        (["{name: flat, kind: flatten}", RELU, "{kind: linear, out_features: 4}", "{kind: softmax}",
          "{name: flat2, kind: flatten, from: norm}", "{kind: linear, out_features: 4}",
          "{kind: add, from: [softmax, linear_1]}"],
         "`act` overwrites what `flat` gives, and with it what `norm` gives, which `flat2` takes after it"),
        (["{name: d, kind: dropout}", RELU, "{kind: add, from: [act, norm]}"],
         "`act` overwrites what `d` gives, and with it what `norm` gives, which `add` takes after it (in evaluation)"),
        # The same half, counted from the other end: that is not told.
        (["{name: left, kind: slice, stop: 2}", "{name: right, kind: slice, from: norm, start: -2}",
          "{name: act, kind: relu, from: left, inplace: true}", "{kind: concat, from: [act, right]}"],
         "`act` overwrites what `left` gives, and with it what `right` gives, which `concat` takes after it"),
    ],
)  # fmt: skip
def test_who_misses_it_is_said(rows: list[str], message: str) -> None:
    assert said(*rows) == [message]


def test_an_output_is_not_overwritten() -> None:
    row = "{name: act, kind: relu, inplace: true}"
    assert said(row, outputs="outputs: [act, norm]\n") == [
        "`act` overwrites what `norm` gives, an output of the network"
    ]
    assert said(row, outputs="outputs: [act]\n") == []


@pytest.mark.parametrize("above", [[], ["{kind: identity}"], ["{kind: flatten}", "{kind: dropout}"]])
def test_the_networks_own_input_is_never_overwritten(above: list[str]) -> None:
    (message,) = said(*above, "{name: act, kind: elu, inplace: true}", input="[5]")
    assert message.startswith("`act` overwrites")
    assert "the network's own input, the caller's tensor" in message


def test_what_the_outputs_do_not_depend_on_misses_nothing() -> None:
    dead = "{name: dead, kind: conv2d, out_channels: 4, kernel_size: 1}"
    act = "{name: act, kind: silu, from: norm, inplace: true}"
    assert said(dead, act, outputs="outputs: [act]\n") == []
    assert len(said(dead, act, outputs="outputs: [act, dead]\n")) == 1


def test_a_layer_in_a_block_is_at_fault_once() -> None:
    text = """\
archcalc: 1
name: Small
input: [3, 8, 8]
blocks:
  wide:
    layers:
      - {name: conv, kind: conv2d, out_channels: 8, kernel_size: 3, padding: 1}
      - {name: act, kind: relu, inplace: true}
      - {name: sum, kind: add, from: [conv, act]}
layers:
  - {name: one, kind: wide, repeat: 3}
"""
    (fault,) = check_text(text).diagnostics
    assert fault.message.endswith("which `one.0.sum` takes after it, and in 2 other places")
    assert fault.help == ("write `inplace: false`",)
    assert check_text(text.replace("inplace: true", "inplace: false")).ok


def test_a_use_of_a_block_may_be_at_fault_and_another_not() -> None:
    text = """\
archcalc: 1
name: Small
input: [3, 8, 8]
blocks:
  act: {layers: [{name: act, kind: relu, inplace: true}]}
layers:
  - {name: conv, kind: conv2d, out_channels: 8, kernel_size: 3}
  - {name: one, kind: act}
  - {name: two, kind: act}
"""
    (fault,) = check_text(text).diagnostics
    assert fault.message == "`two.act` overwrites what `one.act` gives, which `one.act` keeps for its gradient"


def test_what_of_another_fault_is_not_known_is_not_blamed() -> None:
    text = "archcalc: 1\nname: Small\ninput: [3]\nlayers:\n  - {kind: add, from: [input, input]}\n"
    lost = check_text(f"{text}  - {{kind: relu, from: nowhere, inplace: true}}\n")
    assert [fault.code for fault in lost.diagnostics if fault.severity == "error"] == ["A310"]
    unknown = check_text(f"{text}  - {{kind: nothing}}\n  - {{kind: relu, inplace: true}}\n")
    assert [fault.code for fault in unknown.diagnostics] == ["A113"]


def parts(count: int) -> str:
    """A tensor of so many channels taken apart, each channel in place, and put together again."""
    rows: list[dict[str, Any]] = [{"name": "start", "kind": "add", "from": ["input", "input"]}]
    rows += [{"name": f"p{i}", "kind": "slice", "start": i, "stop": i + 1, "from": "start"} for i in range(count)]
    rows += [{"name": f"a{i}", "kind": "silu", "inplace": True, "from": f"p{i}"} for i in range(count)]
    return text_of([*rows, {"kind": "concat", "from": [f"a{i}" for i in range(count)]}], (count, 2))


def test_so_many_parts_are_told_apart_and_beyond_them_none() -> None:
    assert checked(parts(inplace.MAX_PARTS + 1)).ok
    assert not checked(parts(inplace.MAX_PARTS + 2)).ok


def test_parts_of_parts_are_told_apart() -> None:
    row = "{{name: {}, kind: slice, from: {}, start: {}, stop: {}}}"
    halves = [row.format("left", "norm", 0, 2), row.format("right", "norm", 2, 4)]
    quarters = [row.format("one", "left", 0, 1), row.format("two", "left", 1, 2)]
    act = "{name: act, kind: silu, from: one, inplace: true}"
    assert said(*halves, *quarters, act, "{kind: concat, from: [act, two, right]}") == []
    (message,) = said(*halves, *quarters, act, "{kind: concat, from: [left, act]}")
    assert message.endswith("and with it what `left` gives, which `concat` takes after it")


# The harness finds what is broken.


@cache
def drawn() -> list[tuple[Report, Outcome]]:
    """Some networks, the same ones every time, and what torch makes of them.

    Of the last one it is only in evaluation that the layer in place has the memory of another.
    """
    found = []

    @settings(
        max_examples=250, derandomize=True, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck), deadline=None,
    )  # fmt: skip
    @given(texts())
    def keep(text: str) -> None:
        report = checked(text)
        assert report.graph is not None
        found.append((report, outcome(report.graph)))

    keep()
    rows = "  - {kind: dropout}\n  - {kind: hardswish, inplace: true}\n"
    only = checked(f"archcalc: 1\nname: Small\ninput: [3, 8, 8]\nlayers:\n{rows}")
    assert only.graph is not None
    return [*found, (only, outcome(only.graph))]


def wrong_somewhere() -> bool:
    """Whether the rule, as it is now, says otherwise than torch of some network."""
    for report, torchs in drawn():
        assert report.graph is not None
        complains = bool(clashes(report.graph))
        excused = torchs.unchanged or torchs.copied
        if complains != bool(torchs.fault) and not (complains and excused):
            return True
    return False


def test_unharmed_nothing_is_wrong() -> None:
    assert not wrong_somewhere()
    complaining = sum(not report.ok for report, _ in drawn())
    over = sum(not report.ok and not torchs.fault for report, torchs in drawn())
    assert len(drawn()) / 5 < complaining < len(drawn()) * 4 / 5
    # Of layers in place that change no value, and views that torch copies, there are few.
    assert over <= len(drawn()) / 20


MODE, READERS = inplace._Mode, inplace._Readers
CLASH, GOES_ON, INIT, READ = MODE.clash, MODE.goes_on, MODE.__init__, READERS.__init__


def _but(why: inplace.Why) -> Callable[..., Any]:
    def clash(self: Any, place: int) -> Any:
        found = CLASH(self, place)
        return None if found is not None and found.why is why else found

    return clash


def _always(training: bool) -> Callable[..., None]:
    return lambda self, graph, readers, _: INIT(self, graph, readers, training)


def _all_live(self: Any, graph: Any) -> None:
    READ(self, replace(graph, outputs=tuple(range(1, len(graph.steps) + 1))))
    self.places = [[place for place in places if place < self.end] for places in self.places]
    for output in graph.outputs:
        self.places[output].append(self.end)


MUTANTS: dict[str, tuple[Any, str, Callable[..., Any]]] = {
    "everything is made for one alone": (inplace, "_own", lambda *_: True),
    "who takes a value is not counted": (READERS, "reads_after", lambda self, value, place: False),
    "who took a value before counts too": (READERS, "reads_after", lambda self, value, place: self.places[value] != []),
    "the caller's tensor is nobody's": (MODE, "clash", _but(inplace.Why.CALLER)),
    "outputs are not read": (MODE, "clash", _but(inplace.Why.OUTPUT)),
    "what is taken is not kept": (MODE, "clash", _but(inplace.Why.KEPT_INPUT)),
    "what is given is not kept": (MODE, "clash", _but(inplace.Why.KEPT_OUTPUT)),
    "evaluation is as training": (MODE, "__init__", _always(True)),
    "training is as evaluation": (MODE, "__init__", _always(False)),
    "parts are the whole": (inplace, "_apart", lambda one, other: False),
    "parts have nothing in common": (inplace, "_apart", lambda one, other: one != other),
    "every layer has something to lose": (READERS, "__init__", _all_live),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn()
    monkeypatch.setattr(*MUTANTS[name])
    assert wrong_somewhere(), f"no network shows that {name}"


def test_faults_that_follow_from_another_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = ["{kind: sigmoid}", "{kind: hardswish, inplace: true}", "{kind: elu, inplace: true}"]
    assert len(said(*rows)) == 1
    monkeypatch.setattr(inplace, "replace", lambda one, **fields: one)
    assert len(said(*rows)) == 2
