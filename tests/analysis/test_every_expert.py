"""One expert that stands for others: whatever is said of a network is what is said of one with a layer for each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import archcalc
from archcalc import OkReport
from archcalc.analysis.conventions import counted
from archcalc.analysis.cost import layer_count
from archcalc.analysis.every_expert import TooManyLayers, with_every_expert
from archcalc.analysis.explanation import UnknownLayer, explain
from archcalc.analysis.laws import laws
from archcalc.analysis.module_laws import law_named
from archcalc.network import limits, routing
from archcalc.reports.text import render
from archcalc.targets.generate import GenerateError

SPEC = """\
archcalc: 1
name: Experts
let: {T: 4, width: 8, hidden: 16, depth: 2, experts: 7, top: 2}
axes: [T]
input: [T, width]
blocks:
  expert:
    args: {hidden}
    layers:
      - {name: up, kind: linear, out_features: hidden, expect: {params: 144}}
      - {name: act, kind: gelu}
      - {name: down, kind: linear, out_features: width, bias: false}
  decoder:
    layers:
      - {name: gate, kind: linear, out_features: experts, bias: false}
      - {name: experts, kind: expert, from: input, hidden: hidden, repeat: experts, route: {by: gate, top: top}}
      - {name: sum, kind: add, from: [experts, input]}
layers:
  - {name: layers, kind: decoder, repeat: depth}
  - {name: head, kind: linear, out_features: 3}
"""
NESTED = """\
archcalc: 1
name: Nested
let: {T: 4, width: 8, outer: 5, inner: 6}
axes: [T]
input: [T, width]
blocks:
  tree:
    layers:
      - {name: gate, kind: linear, out_features: inner}
      - {name: leaves, kind: linear, from: input, out_features: width, repeat: inner, route: {by: gate, top: 2}}
layers:
  - {name: gate, kind: linear, out_features: outer}
  - {name: trees, kind: tree, from: input, repeat: outer, route: {by: gate, top: 1, renormalize: false}}
"""


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routing, "MOST_IDLE", 1)


def checked(text: str = SPEC, **settings: int) -> OkReport:
    return archcalc.check_text(text, settings=settings).require_ok()


def both(text: str, **settings: int) -> tuple[OkReport, OkReport]:
    """With one that stands for others, and with a layer for each."""
    one = checked(text, **settings)
    every = with_every_expert(one)
    assert len(one.layers) < len(every.layers)
    return one, every


def opened(report: OkReport) -> Iterator[tuple[str, object]]:
    """The tensors of a report by their keys, those for which one stands numbered on."""
    for layer in report.layers:
        for tensor, shape in layer.weights.items():
            yield layer.key(tensor), shape


@pytest.mark.parametrize("text", [SPEC, NESTED])
def test_what_stands_for_others_is_counted_as_often(text: str) -> None:
    one, every = both(text)
    assert one.totals == every.totals
    assert layer_count(one.layers) == len(every.layers) == layer_count(every.layers)
    assert counted(one.layers, "torchinfo") == counted(every.layers, "torchinfo")
    mine, theirs = laws(one).total, laws(every).total
    assert {name: str(getattr(mine, name)) for name in ("params", "active_params", "macs", "activation_bytes")} == {
        name: str(getattr(theirs, name)) for name in ("params", "active_params", "macs", "activation_bytes")
    }
    assert one.legal == every.legal


def test_totals_by_hand() -> None:
    expert, gate, head = 8 * 16 + 16 + 16 * 8, 8 * 7, 8 * 3 + 3
    report = checked()
    assert report.totals.params == 2 * (gate + 7 * expert) + head
    assert report.totals.active_params == 2 * (gate + 2 * expert) + head
    assert report.totals.weight_layers == 2 * (1 + 7 * 2) + 1
    standing = next(layer for layer in report.layers if layer.name == "layers.1.experts.2.up")
    assert (standing.step.times, standing.params, standing.macs) == (5, 5 * (8 * 16 + 16), 0)


def test_every_expert_has_its_own_keys() -> None:
    keys = [key for key, _ in opened(with_every_expert(checked()))]
    assert [key for key in keys if key.startswith("layers.1.experts.") and key.endswith("down.weight")] == [
        f"layers.1.experts.{number}.down.weight" for number in range(7)
    ]
    assert "layers.1.experts.3.down.weight" not in dict(opened(checked()))


def test_a_claim_of_an_expert_is_compared_with_one() -> None:
    report = checked()
    assert all(claim.agrees for claim in report.claims)
    wrong = archcalc.check_text(SPEC.replace("params: 144", "params: 145"))
    assert {error.code for error in wrong.errors} == {"A401"}


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("hidden: hidden, repeat", "hidden: hidden + 0*index, repeat"),
        lambda text: text.replace(
            "from: input, hidden: hidden, repeat", "from: input, when: index < 9, hidden: hidden, repeat"
        ),
        lambda text: text.replace("repeat: experts, route", "repeat: experts, frozen: index > 2, route"),
    ],
)
def test_experts_that_see_which_they_are_are_layers_of_their_own(change: Callable[[str], str]) -> None:
    report = checked(change(SPEC))
    assert change(SPEC) != SPEC
    assert all(layer.step.times == 1 for layer in report.layers)


def test_experts_of_rows_are_layers_of_their_own() -> None:
    text = SPEC.replace("experts: 7", "experts: 4, rows: [{drop: 0.1}, {drop: 0.1}, {drop: 0.1}, {drop: 0.2}]")
    text = text.replace("args: {hidden}", "args: {hidden, drop}").replace("kind: gelu}", "kind: dropout, p: drop}")
    text = text.replace("repeat: experts", "drop: drop, repeat: rows")
    assert all(layer.step.times == 1 for layer in checked(text).layers)
    same = text.replace("drop: drop", "drop: 0.5")
    assert any(layer.step.times == 2 for layer in checked(same).layers)


def test_few_are_layers_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routing, "MOST_IDLE", limits.MOST_IDLE)
    assert all(layer.step.times == 1 for layer in checked(experts=66).layers)
    assert {layer.step.times for layer in checked(experts=67).layers} == {1, 65}


@pytest.mark.parametrize("experts", [10, 24, 40, 64, 72, 73, 128, 300])
def test_with_fewer_experts_no_network_is_too_large(experts: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routing, "MOST_IDLE", limits.MOST_IDLE)
    report = checked(depth=100, experts=experts, top=8)
    folded = experts - 8 > 2_000 / 100
    assert {layer.step.times for layer in report.layers} == ({1, experts - 8} if folded else {1})
    assert report.totals.params == 100 * (experts * 272 + 8 * experts) + 27


def test_the_table_says_how_many() -> None:
    text = render(checked(), depth=None)
    assert re.search(r"layers\.0\.experts\.2\.up +linear × 5 .* 720 ", text)
    assert "layers.0.experts.3" not in text
    assert f"{len(with_every_expert(checked()).layers)} layers" in render(checked(), depth=1)
    assert f"{len(with_every_expert(checked()).layers)} layers" in repr(checked())


@pytest.mark.parametrize("text", [SPEC, NESTED])
def test_tables_and_pictures_are_those_of_a_layer_for_each(text: str) -> None:
    one, every = both(text)
    assert one.table() == every.table()
    assert archcalc.draw(one, "mermaid") == archcalc.draw(every, "mermaid")
    assert str(archcalc.draw(one, "dot", depth=9)) == str(archcalc.draw(every, "dot", depth=9))


def test_a_picture_that_folds_nothing_has_a_box_for_those_that_are_one() -> None:
    found = str(archcalc.draw(checked(depth=1), "mermaid", fold=False, depth=None))
    assert "× 5" in found


def test_the_code_is_that_of_a_layer_for_each() -> None:
    one, every = both(SPEC)
    assert archcalc.generate(one).files == archcalc.generate(every).files
    assert "experts.6.down.weight" in "".join(archcalc.generate(one).files.values())


def test_each_is_found_by_its_name() -> None:
    report = checked()
    assert explain(report, "layers.0.experts.6.up").layer.name == "layers.0.experts.2.up"
    assert explain(report, "layers.0.experts.1.up").layer.name == "layers.0.experts.1.up"
    assert str(law_named(laws(report), report, "layers.0.experts.5").params) == str(5 * 272)
    with pytest.raises(UnknownLayer):
        explain(report, "layers.0.experts.7.up")
    (line,) = explain(report, "layers.0.experts.4.up").params
    assert line.text == "5 × (16 × 8 + 16) = 5 × (128 + 16) = 720"


def test_sweeps_and_solutions_count_all(tmp_path: Path) -> None:
    spec = tmp_path / "experts.yaml"
    spec.write_text(SPEC)
    swept = archcalc.sweep(spec, settings={"hidden": [8, 16, 24], "experts": [5, 7]})
    rows = zip(*(swept[name].tolist() for name in ("hidden", "experts", "params", "active_params")), strict=True)
    for hidden, experts, params, active in rows:
        totals = with_every_expert(checked(hidden=hidden, experts=experts)).totals
        assert (params, active) == (totals.params, totals.active_params)
    (found,) = archcalc.solve(checked(), ["params == 3947"], ["head.out_features"], {"head.out_features": "1:9"}).found
    assert (found.values, found.params) == ({"head.out_features": 3}, with_every_expert(checked()).totals.params)


def test_networks_are_compared_layer_by_layer() -> None:
    same = archcalc.difference(checked(), checked(depth=2))
    assert same.same
    more = archcalc.difference(checked(), checked(experts=8))
    added = {change.name for change in more.layers if change.how == "added"}
    assert {name for name in added if name.startswith("layers.0.")} == {
        f"layers.0.experts.7.{name}" for name in ("up", "act", "down")
    }


def test_macs_are_claimed_of_experts_that_a_token_takes() -> None:
    one, every = both(SPEC.replace("params: 144", "params: 144, macs: 512"))
    assert all(claim.agrees for claim in (*one.claims, *every.claims))
    for fold in (1, 100):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(routing, "MOST_IDLE", fold)
            wrong = archcalc.check_text(SPEC.replace("params: 144", "params: 144, macs: 513"))
        assert [error.code for error in wrong.errors] == ["A401"]


def test_experts_in_an_expert_that_stands_for_others_are_told_of_one() -> None:
    for report in both(NESTED):
        lines = [[line.text for line in explain(report, f"trees.{tree}.leaves").params] for tree in (0, 4)]
        assert lines == [["0", "6 × 72 = 432", "2 × 72 = 144"], ["0", "6 × 72 = 432", "0 × 72 = 0"]]


@pytest.mark.parametrize(
    ("most", "top", "said"),
    [
        (100, 2, ""),  # so little that no number of experts has code
        (10_000, 2, ": give `experts` another value, 16"),
        (10_000, 20, ": give `experts` another value, 32"),  # a token takes 20 of them
    ],
)
def test_too_many_have_no_code(most: int, top: int, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    report = checked(experts=400, top=top)
    with pytest.raises(TooManyLayers, match="layers, which are too many to name each"):
        with_every_expert(report, most)
    monkeypatch.setattr("archcalc.targets.generate.with_every_expert", lambda found: with_every_expert(found, most))
    with pytest.raises(GenerateError) as raised:
        archcalc.generate(report)
    (error,) = raised.value.diagnostics
    assert error.code == "A503"
    assert error.help == (f"with fewer experts its code is the same but for their number{said}",)
