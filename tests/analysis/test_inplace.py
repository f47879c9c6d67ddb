"""What layers in place overwrite: the rule complains where torch computes something else or refuses, and only there."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
import torch
import yaml
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from archcalc.analysis import inplace
from archcalc.analysis.inplace import clashes
from archcalc.analysis.report import Report
from archcalc.language.yaml_edits import edited
from archcalc.layers.contract import KINDS, Layer
from archcalc.layers.record import defaults_of, fields_of
from archcalc.pipeline import check_text, find_fixes
from archcalc.sizes.rules import Shape, known_size, known_sizes, prod
from archcalc.targets.generate import generate
from tests.support.draw_chains import layers_for, stated
from tests.support.draw_inplace import Outcome, outcome
from tests.support.draw_layers import ONE_INPUT
from tests.support.torch_oracle import BATCH
from tests.targets.torch.test_generated_code import network_of


def _is_activation(kind: type[Layer]) -> bool:
    bare = kind() if kind.arity == (1, 1) and not fields_of(kind).keys() - defaults_of(kind).keys() else None
    shapes = [(4,), (4, 3), (4, 3, 2)]
    return bare is not None and all(
        all(need.holds for need in bare.checks(x)) and bare.out(x) == x and not bare.weights(x) for x in shapes
    )


JOINS = sorted(KINDS.keys() - ONE_INPUT.keys())
IN_PLACE = sorted(name for name, kind in KINDS.items() if inplace.FIELD in fields_of(kind))
PLAIN = sorted(name for name, kind in KINDS.items() if not kind.positional and _is_activation(kind))
"""Kinds that need nothing stated and leave the shape as it is, whatever it is."""

LARGEST = 3_000
"""The most values a sample has, so that drawn networks stay quick."""


def text_of(rows: list[dict[str, Any]], x: Shape, outputs: list[str] | None = None) -> str:
    document = {"archcalc": 1, "name": "Drawn", "input": list(x), "layers": rows}
    return yaml.safe_dump(document | ({"outputs": outputs} if outputs else {}), sort_keys=False)


@st.composite
def in_place(draw: st.DrawFn) -> dict[str, Any]:
    """A layer in place, of any kind that can be."""
    kind = KINDS[draw(st.sampled_from(IN_PLACE))]
    values = {name: draw(field.values(kind.axes)) for name, field in fields_of(kind).items() if draw(st.booleans())}
    values |= {name: draw(fields_of(kind)[name].values(kind.axes)) for name in kind.positional}
    return {"kind": kind.kind, **values, "inplace": True}


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A small network with layers in place anywhere, views, parts, joins and several outputs."""
    x: Shape = (draw(st.sampled_from([2, 4, 6])), *(draw(st.integers(1, 5)) for _ in range(draw(st.integers(0, 2)))))
    shapes: dict[str, Shape] = {"input": x}
    # Nearly always something stands between the input, which nobody may overwrite, and the rest.
    rows: list[dict[str, Any]] = []
    if draw(st.integers(0, 9)):
        rows.append({"name": "start", "kind": "add", "from": ["input", "input"]})
        shapes["start"] = x
    sort = draw(st.sampled_from(["", "parts", "both"]))
    for position in range(draw(st.integers(0, 2) if sort else st.integers(1, 9))):
        name = f"v{position}"
        source = draw(st.sampled_from([*shapes, *[list(shapes)[-1]] * 4]))
        row = draw(_rows(shapes, source))
        if row is None:
            continue
        out = _out(row, [shapes[one] for one in row["from"]])
        if out is not None and min(known_sizes(out)) >= 1 and prod(out) <= LARGEST:
            rows.append({"name": name, **row})
            shapes[name] = out
    ending = draw(_ending(sort, shapes, list(shapes)[-1]))
    if any(_out(row, [shapes[list(shapes)[-1]]]) is None for row in ending if row["name"] == "act"):
        ending = []
    rows += ending
    assume(rows)
    names = [row["name"] for row in rows]
    outputs = draw(st.lists(st.sampled_from(names), unique=True, max_size=3))
    taken = {source for row in ending for source in row["from"]}
    last = [row["name"] for row in ending if row["name"] not in taken] or names[-1:]
    if len(last) > 1 and draw(st.integers(0, 3)) == 0:
        last = last[-1:]
    return text_of(rows, x, [*last, *(name for name in outputs if name not in last)])


@st.composite
def _ending(draw: st.DrawFn, sort: str, shapes: dict[str, Shape], source: str) -> list[dict[str, Any]]:
    """Two that take the same value, or parts of it, one of which may be overwritten; or nothing more."""
    x = shapes[source]
    if sort == "parts" and x[0] > 1:
        cut = draw(st.integers(1, known_size(x[0]) - 1))
        common = draw(st.sampled_from([0, 0, 1]))
        left = {"name": "left", "kind": "slice", "stop": cut, "from": [source]}
        right = {"name": "right", "kind": "slice", "start": cut - common, "from": [source]}
        return [left, right, {"name": "act", **draw(in_place()), "from": [draw(st.sampled_from(["left", "right"]))]}]
    tried = (draw(layers_for(x)) for _ in range(6 if sort == "both" else 0))
    layer = next((layer for layer in tried if layer is not None and layer.keeps_input()), None)
    if layer is None:
        return []
    reader = {"name": "reader", "kind": layer.kind, **stated(layer), "from": [source]}
    return [reader, {"name": "act", **draw(in_place()), "from": [source]}]


@st.composite
def _rows(draw: st.DrawFn, shapes: dict[str, Shape], source: str) -> dict[str, Any] | None:
    sort = draw(st.sampled_from(["in place", "in place", "in place", "join", "view", "view", "activation", "any"]))
    if sort == "in place":
        return {**draw(in_place()), "from": [source]}
    if sort == "join":
        others = [name for name, shape in shapes.items() if shape == shapes[source]]
        taken = [source, *draw(st.lists(st.sampled_from(others), min_size=1, max_size=2))]
        return {"kind": draw(st.sampled_from(JOINS)), "from": draw(st.permutations(taken))}
    if sort == "view":
        first = draw(st.integers(0, 4))
        views = [
            {"kind": "slice", "start": first, "stop": first + draw(st.integers(1, 3))},
            {"kind": "slice", "start": -draw(st.integers(1, 3))},
            {"kind": "flatten"},
            {"kind": "identity"},
            {"kind": "dropout", "p": draw(st.sampled_from([0.0, 0.5]))},
            {"kind": "stochastic_depth", "p": draw(st.sampled_from([0.0, 0.5]))},
        ]
        return {**draw(st.sampled_from(views)), "from": [source]}
    layer = draw(layers_for(shapes[source])) if sort == "any" else KINDS[draw(st.sampled_from(PLAIN))]()
    return None if layer is None else {"kind": layer.kind, **stated(layer), "from": [source]}


def _out(row: dict[str, Any], xs: list[Shape]) -> Shape | None:
    """What a row gives, where it takes what arrives."""
    fields = {name: value for name, value in row.items() if name not in ("name", "kind", "from")}
    fields = {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
    layer: Layer = KINDS[row["kind"]](**fields)
    return layer.out(*xs) if all(need.holds for need in layer.checks(*xs)) else None


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
