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
    """The report of a drawn network, which has no error but the one that this is about."""
    report = check_text(text)
    assert {error.code for error in report.diagnostics if error.severity == "error"} <= {"A320"}, report.diagnostics
    assert report.graph is not None
    assert bool(clashes(report.graph)) == (not report.ok)
    return report


def wrong(report: Report, found: Outcome) -> bool:
    """Whether the rule says otherwise than torch."""
    if report.ok:
        return bool(found.error)
    return not found.error and not found.unchanged and not found.copied


@given(texts())
def test_the_rule_complains_where_torch_does_something_else_and_only_there(text: str) -> None:
    report = checked(text)
    assert report.graph is not None
    assert not wrong(report, outcome(report.graph)), (outcome(report.graph), report.diagnostics)


def fixed(report: Report, but: int | None = None) -> Report:
    """The report when every layer at fault, but for one, is in place no longer."""
    text = report.text
    for place, error in enumerate(report.diagnostics):
        if error.code == "A320" and place != but:
            assert error.help == ("write `inplace: false`",)
            (fix,) = [one for one in find_fixes(check_text(text)) if one.error.message == error.message][:1]
            text = edited(text, *fix.changes)
    return check_text(text)


@settings(max_examples=max(10, settings().max_examples // 4))
@given(texts())
def test_every_error_is_one_of_its_own_and_mended_by_its_help(text: str) -> None:
    report = checked(text)
    assume(not report.ok)
    mended = fixed(report)
    assert mended.ok
    assert mended.graph is not None
    assert not outcome(mended.graph).error
    at_fault = [place for place, error in enumerate(report.diagnostics) if error.code == "A320"]
    for place, error in [(place, report.diagnostics[place]) for place in (at_fault[0], at_fault[-1])]:
        if len(at_fault) < 6:
            left = [one.message for one in fixed(report, place).diagnostics if one.code == "A320"]
            assert left == [error.message]


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


def parts(count: int) -> str:
    """A tensor of so many channels taken apart, each channel in place, and put together again."""
    rows: list[dict[str, Any]] = [{"name": "start", "kind": "add", "from": ["input", "input"]}]
    rows += [{"name": f"p{i}", "kind": "slice", "start": i, "stop": i + 1, "from": "start"} for i in range(count)]
    rows += [{"name": f"a{i}", "kind": "silu", "inplace": True, "from": f"p{i}"} for i in range(count)]
    return text_of([*rows, {"kind": "concat", "from": [f"a{i}" for i in range(count)]}], (count, 2))


def test_so_many_parts_are_told_apart_and_beyond_them_none() -> None:
    assert checked(parts(inplace.MAX_PARTS + 1)).ok
    assert not checked(parts(inplace.MAX_PARTS + 2)).ok


# The harness finds what is broken.


KEPT: list[dict[str, Any]] = [
    {"name": "start", "kind": "add", "from": ["input", "input"]},
    {"name": "keeps", "kind": "gelu", "from": "start"},
    {"name": "writes", "kind": "relu", "from": "start", "inplace": True},
    {"kind": "add", "from": ["keeps", "writes"]},
]
"""What one layer has kept for the backward pass is overwritten by the next."""

IN_TRAINING: list[dict[str, Any]] = [
    {"name": "start", "kind": "add", "from": ["input", "input"]},
    {"name": "writes", "kind": "dropout", "from": "start", "inplace": True},
    {"kind": "add", "from": ["start", "writes"]},
]
"""What is read once more is overwritten in training alone."""

APART: list[dict[str, Any]] = [
    {"name": "start", "kind": "add", "from": ["input", "input"]},
    {"name": "first", "kind": "slice", "dim": 1, "stop": 1},
    {"name": "rest", "kind": "slice", "from": "start", "dim": 1, "start": 1},
    {"name": "writes", "kind": "leaky_relu", "from": "first", "inplace": True},
    {"kind": "concat", "from": ["writes", "rest"]},
]
"""One part is overwritten, and the other one is read."""


@cache
def drawn() -> list[tuple[Report, Outcome]]:
    """Some networks, the same ones every time, and what torch makes of them; then some that are seldom drawn.

    Of the first it is only in evaluation that the layer in place has the memory of another. Of the second a layer that
    keeps what it gives is what is overwritten.
    """
    made: list[str] = []

    @settings(
        max_examples=160, derandomize=True, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck), deadline=None,
    )  # fmt: skip
    @given(texts())
    def keep(text: str) -> None:
        made.append(text)

    keep()
    seldom = ([{"kind": "dropout"}, {"kind": "hardswish"}], [{"kind": "tanh"}, {"kind": "relu"}])
    made += [text_of([first, second | {"inplace": True}], (3, 8, 8)) for first, second in seldom]
    made += [text_of(rows, (3, 4)) for rows in (KEPT, IN_TRAINING, APART)]
    found = [checked(text) for text in made]
    return [(report, outcome(report.graph)) for report in found if report.graph is not None]


def wrong_somewhere() -> bool:
    """Whether the rule, as it is now, says otherwise than torch of some network."""
    for report, torchs in drawn():
        assert report.graph is not None
        complains = bool(clashes(report.graph))
        excused = torchs.unchanged or torchs.copied
        if complains != bool(torchs.error) and not (complains and excused):
            return True
    return False


def test_unharmed_nothing_is_wrong() -> None:
    assert not wrong_somewhere()
    complaining = sum(not report.ok for report, _ in drawn())
    over = sum(not report.ok and not torchs.error for report, torchs in drawn())
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
