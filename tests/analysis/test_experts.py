"""Experts of which each token takes some: what is counted, and what is told of it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

import archcalc
from archcalc import LawError, OkReport
from archcalc.analysis.explanation import explain
from archcalc.analysis.laws import laws
from archcalc.cli.main import cli
from archcalc.explore.sweep import sweep
from archcalc.reports.laws import as_python
from archcalc.reports.text import render
from archcalc.sizes.symbolic import at

SPEC = """\
archcalc: 1
name: Experts
let: {T: 16, width: 8, hidden: 32, experts: 6, top: 2}
axes: [T]
input: [T, width]
blocks:
  expert:
    args: {hidden}
    layers:
      - {name: up, kind: linear, out_features: hidden, bias: false}
      - {name: act, kind: gelu}
      - {name: down, kind: linear, out_features: width, bias: false}
layers:
  - {name: gate, kind: linear, out_features: experts, bias: false}
  - {name: experts, kind: expert, from: input, hidden: hidden, repeat: experts, route: {by: gate, top: top}}
  - {name: shared, kind: expert, from: input, hidden: 16}
  - {name: out, kind: add, from: [experts, shared]}
expect: {active_params: 1328}
"""
GATE, EXPERT, SHARED = 8 * 6, 2 * 8 * 32, 2 * 8 * 16


def checked(text: str = SPEC, **settings: int) -> OkReport:
    return archcalc.check_text(text, settings=settings).require_ok()


@pytest.mark.parametrize("top", [1, 2, 6])
def test_parameters_are_of_all_and_the_rest_of_those_that_a_token_takes(top: int) -> None:
    report = checked(SPEC.replace("top: top", "top: top, renormalize: false").replace("expect", "# "), top=top)
    active = GATE + top * EXPERT + SHARED
    assert report.totals.params == GATE + 6 * EXPERT + SHARED
    assert report.totals.active_params == active
    assert report.totals.macs == 16 * active
    found = laws(report)
    assert at(found.total.macs, {found.variables["T"]: 5, found.variables["N"]: 3}) == 15 * active
    assert (found.total.params, found.total.active_params) == (report.totals.params, active)
    given = 6 + top * (32 + 32 + 8) + 8 + (16 + 16 + 8) + 8
    assert at(found.total.activation_bytes, {found.variables["T"]: 1, found.variables["N"]: 1}) == 4 * given


def test_a_network_without_experts_is_active_as_a_whole() -> None:
    report = checked("archcalc: 1\nname: A\ninput: [4]\nlayers: [{kind: linear, out_features: 3}]\n")
    assert report.totals.active_params == report.totals.params == 15
    assert "active" not in render(report)


def test_the_report_names_the_active_parameters() -> None:
    report = checked()
    assert "active parameters     1,328  (those by which each token is computed)" in render(report)
    assert "✓ total: active parameters 1328" in render(report)
    assert "def active_params(N: int, T: int) -> int:\n    return 1328" in as_python(laws(report), None)
    plain = json.loads(json.dumps(report.to_dict()))
    assert plain["totals"]["active_params"] == 1328
    assert laws(report).to_dict()["total"]["active_params"] == "1328"


def test_an_explanation_says_where_the_active_parameters_are() -> None:
    report = checked()
    shown = {line.of: (line.text, line.value) for line in explain(report, "experts").params}
    assert shown["experts"] == ("6 × 512 = 3,072", 3072)
    assert shown["active"] == ("2 × 512 = 1,024", 1024)
    (line,) = explain(report, "experts.2.up").macs
    assert (line.value, line.note) == (0, "it stands for an expert that a token does not take; the first of them count")
    (line,) = explain(report, "experts.1.up").macs
    assert line.value == 16 * 8 * 32


def test_a_sweep_over_how_many_a_token_takes_is_exact(tmp_path: Path) -> None:
    path = tmp_path / "experts.yaml"
    path.write_text(SPEC, "utf-8")
    found = sweep(path, settings={"top": "1:6"})
    assert found["macs"].tolist() == [16 * (GATE + top * EXPERT + SHARED) for top in range(1, 7)]
    assert set(found["params"].tolist()) == {GATE + 6 * EXPERT + SHARED}
    assert found["active_params"].tolist() == [GATE + top * EXPERT + SHARED for top in range(1, 7)]


def test_a_sweep_keeps_networks_by_their_active_parameters(tmp_path: Path) -> None:
    path = tmp_path / "experts.yaml"
    path.write_text(SPEC, "utf-8")
    # Of expert after expert, a token takes two: only the scores are more.
    settings = {"experts": "2:8:2", "hidden": "32,64"}
    found = sweep(path, settings=settings, where="active_params <= 1400, experts > 2")
    assert [*zip(found["experts"].tolist(), found["active_params"].tolist(), strict=True)] == [
        (experts, 8 * experts + 2 * EXPERT + SHARED) for experts in (4, 6, 8) if 8 * experts + 1280 <= 1400
    ]
    assert [*found["params"] - found["active_params"]] == [(experts - 2) * EXPERT for experts in (4, 6, 8)]


def test_a_table_of_a_sweep_has_a_column_of_active_parameters(tmp_path: Path) -> None:
    path = tmp_path / "experts.yaml"
    path.write_text(SPEC, "utf-8")
    words = ["sweep", str(path), "--set", "top=2,7"]
    shown = CliRunner().invoke(cli, words).stdout.splitlines()
    assert re.split(" {2,}", shown[0])[:4] == ["top", "parameters", "active parameters", "MACs"]
    assert shown[2].split()[:4] == ["2", "3,376", "1,328", "21,248"]
    assert "`experts` lets each token take 7 of 6 experts" in shown[3]
    shown = CliRunner().invoke(cli, [*words, "--format", "markdown"]).stdout.splitlines()
    rows = [[cell.strip() for cell in line.split("|")] for line in shown if line.startswith("|")]
    assert rows[0][2:5] == ["parameters", "active parameters", "MACs"]
    assert rows[2][2:5] == ["3,376", "1,328", "21,248"]
    assert rows[3][2:5] == ["", "", ""]


def test_how_many_a_token_takes_cannot_be_left_free() -> None:
    with pytest.raises(LawError, match="`top` cannot be free"):
        laws(checked(), free="top")


@pytest.mark.parametrize("free", [("hidden", "top"), ("top", "hidden")])
def test_of_names_that_are_left_free_that_one_is_named_that_cannot_be(free: tuple[str, str]) -> None:
    with pytest.raises(LawError) as raised:
        laws(checked(), free=free)
    assert str(raised.value) == "`top` cannot be free: the spec computes with it what a law cannot say"


def test_each_of_the_names_that_cannot_be_free_has_its_reason() -> None:
    with pytest.raises(LawError, match=r"`experts` cannot be free: how many copies .*; `top` cannot be free: the spec"):
        laws(checked(), free=("experts", "hidden", "top"))


def test_a_law_of_a_width_counts_the_experts_that_a_token_takes() -> None:
    found = laws(checked(), free="hidden")
    at_64 = {found.variables["T"]: 16, found.variables["N"]: 1, found.variables["hidden"]: 64}
    assert at(found.total.macs, at_64) == checked(SPEC.replace("expect", "# "), hidden=64).totals.macs


def test_other_counters_count_all_parameters_and_the_work_of_those_that_run() -> None:
    counted = checked().counted("fvcore")
    assert counted is not None
    assert counted["params"] == GATE + 6 * EXPERT + SHARED
    assert counted["operations"] == 16 * (GATE + 2 * EXPERT + SHARED)


def test_experts_within_experts_are_taken_by_those_that_are_taken() -> None:
    inner = "{kind: linear, from: gate, repeat: 3, name: experts, out_features: 4, route: {by: gate, top: 2}}"
    report = checked(
        f"""\
archcalc: 1
name: Nested
input: [4]
layers:
  - {{name: first, kind: linear, out_features: 5}}
  - name: outer
    from: input
    repeat: 5
    route: {{by: first, top: 2}}
    layers:
      - {{name: before, kind: linear, out_features: 4, bias: false}}
      - {{name: gate, kind: linear, out_features: 3, bias: false}}
      - {inner.replace("from: gate", "from: before")}
"""
    )
    assert report.totals.params == 25 + 5 * (16 + 12 + 3 * 20)
    assert report.totals.active_params == 25 + 2 * (16 + 12 + 2 * 20)
    assert report.totals.macs == 20 + 2 * (16 + 12 + 2 * 16)
