"""``archcalc solve``: the table, JSON, and exit statuses."""

from __future__ import annotations

import json
import re
from pathlib import Path

from click.testing import CliRunner

from archcalc.cli.main import cli


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, ["solve", *arguments])
    return result.exit_code, result.output


def test_solve_prints_solutions_with_costs_and_what_was_tried() -> None:
    options = ["--want", "pool3.H == 6", "--over", "conv1.padding,input", "--range", "input=224:227:3"]
    result = CliRunner().invoke(cli, ["solve", "alexnet", "--input", "3,224,224", *options])
    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert result.stderr.startswith("error[A203]: `fc1` takes 9,216 features, but 6,400 arrive\n")
    assert lines[0].split() == ["input", "conv1.padding", "output", "parameters", "MACs"]
    assert lines[2].split() == ["227", "0", "1000", "62,378,344", "1,135,256,096"]
    assert lines[-3:-1] == ["tried input 224, 227", "tried conv1.padding 0…8"]
    assert re.fullmatch(r"\d+ solutions among 18 networks", lines[-1])


def test_solve_as_json_has_the_same() -> None:
    options = ["--want", "fc1.params < 1M", "--over", "fc1.out_features", "--range", "fc1.out_features=64,128"]
    status, output = run("alexnet", *options, "--format", "json")
    document = json.loads(output)
    assert status == 0
    assert document["tried"] == 2
    assert document["over"] == {"fc1.out_features": [64, 128]}
    assert [one["values"] for one in document["solutions"]] == [{"fc1.out_features": 64}]


def test_solve_exits_1_without_a_solution_and_2_when_misused(tmp_path: Path) -> None:
    assert run("alexnet", "--want", "pool3.H == 99", "--over", "conv1.padding")[0] == 1
    assert run("alexnet", "--want", "pool9.H == 99", "--over", "conv1.padding")[0] == 2
    named = run("alexnet", "--want", "pool3.H == 6", "--over", "classes")
    assert named[0] == 2
    assert "`classes` is a size of `let`: `archcalc sweep --set classes=…` varies it" in named[1]
    assert run("alexnet", "--want", "pool3.H == 6", "--over", "conv1.padding", "--range", "conv1.padding=9:1")[0] == 2
    assert run("alexnet", "--want", "pool3.H == 6", "--over", "conv1.padding", "--range", "conv1.padding")[0] == 2
    assert run(str(tmp_path / "none.yaml"), "--want", "pool3.H == 6", "--over", "conv1.padding")[0] == 2
