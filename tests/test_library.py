"""The library as a user's script meets it: what a type checker is told, what is raised, what is printed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import archcalc
from archcalc import ArchcalcError, ArgumentError, OkReport, Report, SettingError, SpecError, check, check_text

ROOT = Path(__file__).parents[1]

TEXT = "archcalc: 1\nname: A\ninput: [3, 8, 8]\nlayers:\n  - {name: c, kind: conv2d, out_channels: 4, kernel_size: 3}\n"
WRONG = TEXT.replace("kernel_size: 3", "kernel_size: 9") + "  - {kind: rleu}\n"

SCRIPT = """
import archcalc

report = archcalc.check("alexnet")
network = report.require_ok()
params: int = network.totals.params + network.totals.macs + network.totals.flops + network.totals.weight_layers
shape: tuple[int, ...] = network.input
for layer in network.layers:
    output: tuple[int, ...] = layer.output
    taken: tuple[int, ...] = layer.input
    count: int = layer.params + layer.macs
    weights: list[tuple[int, ...]] = [*layer.weights.values(), *layer.buffers.values()]
name: str = network.spec.name

if isinstance(report, archcalc.OkReport):
    params = report.totals.params

try:
    archcalc.check_text("archcalc: 1").require_ok()
except archcalc.SpecError as error:
    code: str = error.diagnostics[0].code

found = archcalc.solve(report, ["pool3.H == 6"], ["conv1.padding"])
params = found.found[0].params

def largest(layer: archcalc.OkLayer) -> int:
    return max(layer.output)
"""

UNTYPED = """
import archcalc

report = archcalc.check("alexnet")
params = report.totals.params
"""


def checked_by_mypy(folder: Path, script: str) -> list[str]:
    """What mypy says of a script that uses the package from outside, and nothing of the package itself."""
    (folder / "script.py").write_text(script, "utf-8")
    cache = str(ROOT / ".mypy_cache" / "library")
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file", "", "--cache-dir", cache, "script.py"]
    environment = os.environ | {"MYPYPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False)
    assert not done.stderr
    return [line for line in done.stdout.splitlines() if line.startswith("script.py:")]


def test_a_type_checker_knows_what_is_there_once_a_report_is_ok(tmp_path: Path) -> None:
    assert checked_by_mypy(tmp_path, SCRIPT) == []
    (said,) = checked_by_mypy(tmp_path, UNTYPED)
    assert re.search('Item "None" of "Totals.*" has no attribute "params"', said)


def test_the_script_runs() -> None:
    exec(compile(SCRIPT, "script.py", "exec"), {})


def test_a_report_is_an_ok_report_where_nothing_is_wrong() -> None:
    good, wrong, none = check_text(TEXT), check_text(WRONG), check_text("archcalc: 1")
    assert [type(one) for one in (good, wrong, none)] == [OkReport, Report, Report]
    assert good.require_ok() is good
    assert [one.ok for one in (good, wrong, none)] == [True, False, False]
    warned = check_text(TEXT + "  - {kind: linear, out_features: 2}\n")
    assert warned.diagnostics
    assert warned.require_ok().totals.params == 112 + 14


def test_requiring_a_report_to_be_ok_says_what_is_wrong() -> None:
    with pytest.raises(SpecError) as caught:
        check_text(WRONG, file="net.yaml").require_ok()
    first, _, excerpts = str(caught.value).partition("\n\n")
    assert first.startswith("net.yaml:5: `c` ")
    assert first.endswith(" (A201), and 1 error more")
    assert caught.value.args == (first,)
    assert [line for line in excerpts.splitlines() if line.startswith(("error", " -->"))] == [
        "error[A201]: `c` reaches over 9 pixels, but only 8 arrive",
        " --> net.yaml:5:59",
        "error[A113]: there is no layer kind `rleu`",
        " --> net.yaml:6:12",
    ]
    assert [error.code for error in caught.value.diagnostics] == ["A201", "A113"]
    assert caught.value.texts[""] == WRONG


def test_every_public_exception_has_one_base() -> None:
    raised = [getattr(archcalc, name) for name in archcalc.__all__]
    raised = [one for one in raised if isinstance(one, type) and issubclass(one, BaseException)]
    assert len(raised) >= 9
    assert all(issubclass(one, ArchcalcError) for one in raised)


REPORT = check_text(TEXT)
lib: Any = archcalc

MISUSED: dict[str, tuple[Callable[[], object], type[ArchcalcError], str]] = {
    "input": (lambda: lib.check("lenet5", input=224), SettingError, "the input takes the 1 to 4 sizes of one sample"),
    "settings": (lambda: lib.check("lenet5", settings=[1]), SettingError, "`settings` takes values of `let` by name"),
    "preset": (lambda: lib.check("resnet", preset=3), SettingError, "`preset` takes the name of a member"),
    "path": (lambda: lib.check(3), SettingError, "a spec is named by its path"),
    "each path": (lambda: lib.check_each(None), SettingError, "a spec is named by its path"),
    "each input": (lambda: lib.check_each("resnet", input=3), SettingError, "the input takes"),
    "text": (lambda: lib.check_text(b"x"), ArgumentError, "`text` takes a text, not `b'x'`"),
    "no text": (lambda: lib.check_text(None), ArgumentError, "`text` takes a text, not `None`"),
    "file": (lambda: lib.check_text(TEXT, file=3), ArgumentError, "`file` takes a path, not `3`"),
    "laws": (
        lambda: lib.laws(5),
        ArgumentError,
        "`laws` takes a report, which `archcalc.check` gives, or the name of a spec, not `5`",
    ),
    "free": (lambda: lib.laws(REPORT, free=3), ArgumentError, "`free` takes a text or a list of texts"),
    "solve": (lambda: lib.solve([ROOT], ["a"], ["b"]), ArgumentError, "not a value of type `list`"),
    "want": (lambda: lib.solve(REPORT, 3, ["c.padding"]), ArgumentError, "`want` takes a text"),
    "over": (lambda: lib.solve(REPORT, "params > 0", [3]), ArgumentError, "`over` takes a text"),
    "ranges": (
        lambda: lib.solve(REPORT, "params > 0", "c.padding", [3]),
        ArgumentError,
        "`ranges` takes the values",
    ),
    "explain": (lambda: lib.explain(5, "c1"), ArgumentError, "`explain` takes a report"),
    "layer": (lambda: lib.explain(REPORT, 3), ArgumentError, "`layer` takes a text"),
    "group": (lambda: lib.explain_each(REPORT, 3), ArgumentError, "`group` takes a text"),
    "code": (lambda: lib.explain_code(203), ArgumentError, "`code` takes a text, not `203`"),
    "generate": (lambda: lib.generate(None), ArgumentError, "`generate` takes a report"),
    "out": (lambda: lib.generate(REPORT, out=3), ArgumentError, "`out` takes a path, not `3`"),
    "find_fixes": (lambda: lib.find_fixes(b"lenet5"), ArgumentError, "`find_fixes` takes a report"),
    "where": (lambda: lib.sweep("lenet5", where=3), ArgumentError, "`where` takes a text"),
    "columns": (lambda: lib.sweep("lenet5", columns=[3]), ArgumentError, "`columns` takes a text"),
}


@pytest.mark.parametrize("name", MISUSED)
def test_arguments_are_checked_where_they_enter(name: str) -> None:
    ask, kind, message = MISUSED[name]
    with pytest.raises(kind) as caught:
        ask()
    assert message in str(caught.value)


def test_whatever_takes_a_report_takes_what_names_a_spec(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(WRONG, "utf-8")
    wrong = check(tmp_path / "net.yaml")
    assert archcalc.find_fixes(tmp_path / "net.yaml") == archcalc.find_fixes(wrong)
    assert archcalc.explain("alexnet#classes=10", "fc3").params[0].value == 4097 * 10
    assert archcalc.laws("lenet5").total.params == 61706
    assert archcalc.difference("vgg16", "vgg16#classes=10").totals["params"] == (138357544, 138357544 - 990 * 4097)
    assert next(iter(archcalc.generate("lenet5").files)) == "model.py"
    assert archcalc.draw("lenet5", "mermaid") == archcalc.draw(check("lenet5"), "mermaid")
    assert archcalc.solve("lenet5", "params < 61706", "c1.out_channels", {"c1.out_channels": "5"}).found


def test_columns_may_be_one_name() -> None:
    assert list(archcalc.sweep("lenet5", columns="params")) == ["params"]


def test_what_is_printed_is_short() -> None:
    report = check("resnet18").require_ok()
    assert repr(report).startswith("<OkReport ")
    assert repr(report).endswith("resnet.yaml resnet18: ok, 69 layers, 11,689,512 parameters>")
    assert repr(report.layers[0]) == "<LayerFacts conv1: conv2d, (3, 224, 224) -> (64, 112, 112), 9408 parameters>"
    assert repr(check_text(WRONG)) == "<Report <text>: 2 errors, 2 layers>"
    assert repr(check_text("archcalc: 1")).startswith("<Report <text>: ")
    things = [report.spec, report.graph, report.facts, archcalc.laws(report), archcalc.generate(report), report.totals]
    things += [archcalc.explain(report, "conv1"), archcalc.solve(report, "params > 0", "conv1.padding")]
    assert all(len(repr(one)) < 400 for one in things)


def test_a_report_as_plain_values_is_what_the_command_prints() -> None:
    for report in (check_text(TEXT), check_text(WRONG)):
        assert json.loads(json.dumps(report.to_dict())) == report.to_dict()
    assert check_text(TEXT).to_dict()["totals"]["params"] == 112
    assert check_text(WRONG).to_dict()["totals"]["macs"] is None
