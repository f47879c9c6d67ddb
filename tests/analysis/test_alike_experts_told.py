"""What is said of one expert that stands for others, to people and to programs: for how many, and by which names."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner

import archcalc
from archcalc.analysis.every_expert import with_every_expert
from archcalc.analysis.experts import told_of_one
from archcalc.analysis.explanation import UnknownLayer, explain
from archcalc.cli.main import cli
from archcalc.network import routing
from archcalc.reports.difference import layer_rows
from tests.analysis.test_every_expert import SPEC, both, checked


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routing, "MOST_IDLE", 1)


def test_solve_knows_each_by_its_name_and_what_one_costs() -> None:
    over, ranges = ["head.out_features"], {"head.out_features": "3:3"}
    for report, number in ((report, number) for report in both(SPEC) for number in (1, 2, 5)):
        name = f"layers.0.experts.{number}.up"
        assert archcalc.solve(report, [f"{name}.params == 144"], over, ranges).found
        assert not archcalc.solve(report, [f"{name}.params > 144"], over, ranges).found
    with pytest.raises(archcalc.SolveError, match=r"there is no `layers\.0\.experts\.7\.up\.params`"):
        archcalc.solve(checked(), ["layers.0.experts.7.up.params == 144"], over, ranges)
    with pytest.raises(archcalc.SolveError, match="is of one of many experts alike"):
        archcalc.solve(checked(), ["params > 0"], ["layers.0.experts.5.up.out_features"], {})


def test_what_differs_is_told_of_all() -> None:
    found = archcalc.difference(checked(), checked(SPEC.replace("bias: false}\n  dec", "bias: true}\n  dec")))
    assert [row[1:3] for row in layer_rows(found)] == [("layers.0…1.experts.0…6.down", "bias")]
    assert {change.times for change in found.layers} == {1, 5}
    assert {change.to_dict()["times"] for change in found.layers} == {1, 5}
    assert "14 layers changed" in repr(found)


def test_what_is_added_to_all_is_told_of_all() -> None:
    more = SPEC.replace("      - {name: act,", "      - {name: norm, kind: layer_norm}\n      - {name: act,")
    for old, new, sign in ((SPEC, more, "+"), (more, SPEC, "-")):
        rows = layer_rows(archcalc.difference(checked(old), checked(new)))
        assert [row[:3] for row in rows if row[0] == sign] == [(sign, "layers.0…1.experts.0…6.norm", "layer_norm")]


def test_machines_read_a_plain_kind_and_how_many() -> None:
    report = checked()
    (row,) = (
        row for row in csv.DictReader(report.table("csv").splitlines()) if row["layer"] == "layers.0.experts.2.up"
    )
    assert (row["kind"], row["times"], row["params"]) == ("linear", "5", "720")
    assert explain(report, "layers.0.experts.6.up").to_dict()["times"] == 5
    frame = report.to_dataframe().set_index("name")
    assert frame.loc["layers.0.experts.2.up", "times"] == 5
    assert "times" not in checked(experts=3).to_dataframe()
    assert "times" not in checked(experts=3).table("csv").splitlines()[0]


def test_it_is_told_which_one_stands() -> None:
    graph = checked().graph
    said = [told_of_one(graph, f"layers.0.experts{name}") for name in ("", ".1", ".2.up", ".5.up")]
    assert said[:2] == ["", ""]
    assert said[2] == "`layers.0.experts.2.up` stands for 5 that are alike: counts are of all"
    assert said[3] == "`layers.0.experts.5.up` is one of 5 for which `layers.0.experts.2.up` stands: counts are of all"
    assert "drawn is `layers.0.experts.0`" in told_of_one(graph, "layers.0.experts.5", by_itself=True)
    with pytest.raises(UnknownLayer, match=f"of its {len(with_every_expert(checked()).layers)} layers the nearest are"):
        explain(checked(), "layers.0.experts.9.up")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["explain", "{}", "layers.1.experts.6"], "for which `layers.1.experts.2` stands"),
        (["law", "{}", "--of", "layers.1.experts.6"], "for which `layers.1.experts.2` stands"),
        (["draw", "{}", "--of", "layers.1.experts.6", "--format", "dot"], "drawn is `layers.1.experts.0`"),
    ],
)
def test_commands_say_so(command: list[str], said: str, tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(SPEC, encoding="utf-8")
    result = CliRunner().invoke(cli, [word.format(tmp_path / "net.yaml") for word in command])
    assert result.exit_code == 0
    assert "`layers.1.experts.6` is one of 5 " in result.output
    assert said in result.output
    assert (
        said
        not in CliRunner().invoke(cli, [w.format(tmp_path / "net.yaml").replace(".6", ".1") for w in command]).output
    )
