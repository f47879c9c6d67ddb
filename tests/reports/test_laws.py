"""The block of formulas below a report, and what `archcalc law` prints."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from archcalc import Report, check, check_text, laws
from archcalc.cli import main
from archcalc.reports.laws import FORMATS, block
from archcalc.reports.tables.laws import law_table
from archcalc.reports.tables.views import TABLES

ALEXNET = """\
for N inputs of 3 × H × W
  `pool3` gives     256 × (⌊(H + 29)/32⌋ − 2) × (⌊(W + 29)/32⌋ − 2)
  parameters        58,281,344 + 4,097·classes
  MACs              N·(54,525,952 + 34,848·h₁·w₁ + 614,400·h₂·w₂ + 3,096,576·h₃·w₃ + 4,096·classes)
  activation bytes  N·(81,920 + 768·h₁·w₁ + 2,432·h₂·w₂ + 9,216·h₃·w₃ + 3,072·h₄·w₄ + 8·classes)
  where             h₁ = ⌊(H + 1)/4⌋ − 2, h₂ = ⌊(H + 5)/8⌋ − 2, h₃ = ⌊(H + 13)/16⌋ − 2, h₄ = ⌊(H + 29)/32⌋ − 2; \
w likewise
  valid for         H ≥ 67, W ≥ 67, 256·h₄·w₄ = 9,216 at `fc1`"""


def test_alexnet_below_its_report() -> None:
    assert block(laws(check("specs/alexnet.yaml"), free=["classes"])) == ALEXNET


HEAD = "archcalc: 1\nname: Small\n"
CONV = "  - {kind: conv2d, out_channels: 4, kernel_size: %s, stride: %s, padding: 1}\n"


def test_axes_that_differ_are_told_apart() -> None:
    rows = CONV % ("[3, 5]", "[2, 3]") + (CONV % (3, 2)) * 3
    text = f"{HEAD}input: [3, 64, 64]\nlayers:\n{rows}"
    shown = block(laws(check_text(text)))
    assert "h₁ = ⌊(H + 1)/2⌋" in shown
    assert "w₁ = ⌊W/3⌋" in shown
    assert "likewise" not in shown


def test_a_formula_that_stays_long_is_left_to_law() -> None:
    rows = "".join(CONV % (5, 1 + place % 2) for place in range(30))
    shown = block(laws(check_text(HEAD + "input: [3, 900000, 900000]\nlayers:\n" + rows)))
    assert "long, see `archcalc law`" in shown
    assert max(map(len, shown.splitlines())) < 250


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(main.cli, list(arguments))
    return done.exit_code, done.output


def test_law_prints_one_layer() -> None:
    status, printed = run("law", "lenet5", "--of", "s2", "--free", "classes")
    assert status == 0
    assert printed.splitlines()[2:5] == [
        "s2",
        "  output            6 × (⌊H/2⌋ − 2) × (⌊W/2⌋ − 2)",
        "  activation bytes  24·N·(⌊H/2⌋ − 2)·(⌊W/2⌋ − 2)",
    ]


@pytest.mark.parametrize("form", [*FORMATS, *TABLES])
def test_law_prints_every_layer_in_every_format(form: str) -> None:
    status, printed = run("law", "specs/alexnet.yaml", "--format", form)
    assert status == 0
    report = check("specs/alexnet.yaml")
    assert all(re.search(rf"(?<!\w){layer.name}(?!\w)", printed) for layer in report.layers)


def test_the_python_of_a_law_runs_and_is_typed(tmp_path: Path) -> None:
    status, printed = run("law", "alexnet", "--free", "classes", "--format", "python")
    assert status == 0
    (tmp_path / "alexnet_laws.py").write_text(printed, encoding="utf-8")
    code = """from alexnet_laws import *
assert macs(1, 227, 227, 1000) == 1135256096
assert params(1, 1, 1, 1000) == 62378344
assert valid(1, 227, 227, 10) and not valid(1, 224, 227, 10)
assert layers(2, 227, 227, 9)["fc3"]["output"] == (9,)"""
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    subprocess.run([sys.executable, "-m", "mypy", "--strict", "--cache-dir", "cache", "."], cwd=tmp_path, check=True)


def test_a_name_cannot_write_code() -> None:
    report = check_text(
        'archcalc: 1\nname: "x\\n\\"\\"\\"\\nimport os  # \\r"\ninput: [3]\nlayers:\n  - {kind: relu}\n'
    )
    printed = FORMATS["python"](laws(report), None)
    assert "\nimport" not in printed
    assert "\r" not in printed
    compile(printed, "laws", "exec")


NORM = "{name: bn_1, kind: batch_norm2d, track_running_stats: false}"
VALID: list[tuple[str, list[str], list[str]]] = [
    ("", [], []),
    ("{kind: conv2d, out_channels: 2, kernel_size: 3}", [], ["valid for H ≥ 3", "W ≥ 3"]),
    ("{kind: slice, dim: 2, stop: 4}", [], ["valid for H ≥ 4"]),
    ("{kind: avg_pool2d, kernel_size: [2, 1]}, {kind: slice, dim: 2, stop: 4}", [], ["valid for H ≥ 8"]),
    (
        NORM,
        [],
        ["in training and in evaluation at bn_1 N ≥ 2 where H = 1 and W = 1"],
    ),
    (
        f"{{kind: adaptive_avg_pool2d, output_size: 1}}, {', '.join(NORM.replace('bn_1', f'b{n}') for n in range(5))}",
        [],
        ["in training and in evaluation at b0, b1, b2 and 2 others N ≥ 2"],
    ),
    (
        "{kind: adaptive_avg_pool2d, output_size: 1}, {kind: flatten}, {kind: linear, in_features: c, out_features: 1}",
        [],
        [],
    ),
    ("{kind: conv2d, out_channels: c - 4, kernel_size: 1}", ["c"], ["valid for c ≥ 5"]),
]


@pytest.mark.parametrize(("layers", "free", "expected"), VALID)
def test_the_table_of_a_law_says_for_which_sizes_it_holds(layers: str, free: list[str], expected: list[str]) -> None:
    layers = layers or "{kind: relu}"
    report = check_text(f"{HEAD}input: [8, 16, 16]\nlet: {{c: 8}}\nlayers: [{layers}]\n")
    table = law_table(laws(report, free=free), report, None)
    below = [[cell.text for cell in row] for row in table.rows if row[0].data not in {"total", *names(report)}]
    assert [" ".join(filter(None, row)) for row in below] == expected


def names(report: Report) -> set[str]:
    return {layer.name for layer in report.layers}


def test_a_block_is_a_line_that_sums_its_layers() -> None:
    report = check("resnet18")
    found = laws(report)
    folded, whole = (law_table(found, report, depth) for depth in (1, None))
    assert {"layer1", "fc"} < {row[0].data for row in folded.rows}
    assert {"layer1.0.conv1", "fc"} < {row[0].data for row in whole.rows}
    (row,) = (row for row in folded.rows if [cell.data for cell in row[:2]] == ["layer1", "MACs"])
    inside = [law.macs for law in found.layers if law.name.startswith("layer1.")]
    sizes = {"N": 3, "H": 97, "W": 66}
    assert eval(str(row[2].data), {}, sizes) == sum(found.at(macs, **sizes) for macs in inside)
    sums = {row[1].text: row[2].text for row in folded.rows if row[0].data == "total"}
    assert sums == {row[1].text: row[2].text for row in whole.rows if row[0].data == "total"}


@pytest.mark.parametrize("module", ["layer2", "layer2.0", "layer3"])
def test_a_module_has_the_law_of_its_row(module: str) -> None:
    status, printed = run("law", "resnet18", "--of", module, "--format", "json")
    assert status == 0
    (law,) = json.loads(printed)["layers"]
    network = check("resnet18")
    inside = [layer for layer in network.layers if layer.name.startswith(f"{module}.")]
    sizes = {"N": 3, "H": 224, "W": 224, "floor": math.floor}
    assert (law["name"], law["params"]) == (module, str(sum(layer.params for layer in inside)))
    assert eval(law["macs"], sizes) == 3 * sum(layer.macs for layer in inside)
    assert tuple(eval(size, sizes) for size in law["output"]) == inside[-1].output
    assert eval(law["activation_bytes"], sizes) == 3 * 4 * sum(math.prod(layer.output or ()) for layer in inside)


def test_the_json_of_a_layer_has_that_layer() -> None:
    _, printed = run("law", "alexnet", "--of", "conv1", "--format", "json")
    document = json.loads(printed)
    assert [layer["name"] for layer in document["layers"]] == ["conv1"]
    assert document["variables"] == ["N", "H", "W"]
    assert document["valid"] == ["H >= 67", "W >= 67", "256 * ((H + 29) // 32 - 2) * ((W + 29) // 32 - 2) == 9216"]


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["law", "alexnet", "--of", "conv9"], 2, "no layer, block or group is named `conv9`; did you mean `conv5`?"),
        (["law", "alexnet", "--free", "clases"], 2, "did you mean `classes`?"),
        (["check", "alexnet", "--free", "clases"], 2, "did you mean `classes`?"),
        (["law", "alexnet", "--input", "3,224,224"], 1, "`fc1` takes 9,216 features, but 6,400 arrive"),
        (["law", "nothing.yaml"], 2, "nothing.yaml"),
    ],
)
def test_what_has_no_law_says_why(arguments: list[str], status: int, said: str) -> None:
    found, printed = run(*arguments)
    assert found == status
    assert said in printed


def test_check_shows_formulas_unless_told_not_to() -> None:
    assert "classes" in run("check", "alexnet", "--free", "classes")[1]
    assert "for N inputs of" in run("check", "alexnet")[1]
    assert "for N inputs of" not in run("check", "alexnet", "--no-laws")[1]
    assert "for N inputs of" not in run("check", "alexnet", "--input", "3,224,224")[1]


NO_SYMPY = """
import sys
from archcalc.cli.main import cli

try:
    cli(["check", "alexnet", "--no-laws"])
finally:
    print(*sorted({"sympy", "numpy"} & set(sys.modules)), file=sys.stderr)
"""


def test_without_laws_sympy_is_not_loaded() -> None:
    done = subprocess.run([sys.executable, "-c", NO_SYMPY], capture_output=True, encoding="utf-8", check=True)
    assert done.stderr.strip() == ""


def test_a_terminal_without_unicode_still_reads_formulas() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "archcalc", "check", "alexnet"],
        env=os.environ | {"PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        check=True,
    )
    assert b"h4 = [(H + 29)/32] - 2" in done.stdout
    assert b"H >= 67" in done.stdout
    assert b"?" not in done.stdout


def test_the_total_alone() -> None:
    found = laws(check("specs/lenet5.yaml"))
    every, alone = FORMATS["text"](found, None), FORMATS["text"](found, found.layer("total"))
    assert alone.split("\n\n") == [every.split("\n\n")[0], *every.split("\n\n")[-2:]]
    assert alone.split("\n\n")[1].startswith("total\n")
    plain = json.loads(FORMATS["json"](found, found.total))
    assert (plain["layers"], plain["total"]) == ([], json.loads(FORMATS["json"](found, None))["total"])
    whole, code = (FORMATS["python"](found, of) for of in (None, found.total))
    assert whole.startswith(code)
    assert run("law", "lenet5", "--of", "totl") == (2, run("law", "lenet5", "--of", "totl")[1])
    assert "did you mean `total`?" in run("law", "lenet5", "--of", "totl")[1]
    table = run("law", "lenet5", "--of", "total", "--format", "latex")[1]
    assert "total & output" in table
    assert "c1 &" not in table


def test_a_layer_may_be_called_total() -> None:
    text = "archcalc: 1\nname: T\ninput: [3, 8, 8]\nlayers: [{name: total, kind: relu}, {name: x, kind: flatten}]\n"
    assert laws(check_text(text)).layer("total").kind == "relu"
