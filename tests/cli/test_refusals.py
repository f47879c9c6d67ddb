"""What each command says of a spec that does not check: what is wrong first, and no answer of another network."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archcalc import LawError, SolveError, check, check_text, explain, generate, laws, solve
from archcalc.analysis.report import Report
from archcalc.cli.asking import status
from archcalc.cli.main import cli
from archcalc.diagnostics.codes import UNREADABLE
from archcalc.targets.generate import GenerateError
from tests.support.cases import checked_case

CASES = sorted((Path(__file__).parents[1] / "cases").glob("*/*/spec.yaml"))

GOOD = """\
archcalc: 1
name: Good
input: [3, 16, 16]
let: {width: 8}
layers:
  - {name: conv1, kind: conv2d, out_channels: width, kernel_size: 3}
  - {name: pool, kind: max_pool2d, kernel_size: 2}
  - {name: conv2, kind: conv2d, out_channels: 4, kernel_size: 3}
  - {kind: flatten}
  - {name: fc, kind: linear, out_features: 10}
"""

# What leaves open which network is meant: one of each way in which a file can say what is not to be read.
DOUBTS = {
    "a misspelt key that is read on": (
        "kernel_size: 3}\n  - {name: pool",
        "kernel_size: 3, paddin: 1}\n  - {name: pool",
    ),
    "a key that is nothing": ("kernel_size: 2}", "kernel_size: 2, colour: 1}"),
    "a key of the whole": ("let:", "lets: {n: 1}\nlet:"),
    "a value of the wrong type": ("kernel_size: 2}", 'kernel_size: "2"}'),
    "a value that is too small": ("kernel_size: 2}", "kernel_size: 0}"),
    "a field that is missing": ("kind: conv2d, out_channels: 4,", "kind: conv2d,"),
    "a kind that is none": ("kind: max_pool2d", "kind: maxpooling2d"),
    "an expression that is none": ("out_channels: 4", 'out_channels: "4*"'),
    "a name that is none": ("out_channels: 4", "out_channels: widht"),
    "a version of the language": ("archcalc: 1", "archcalc: 9"),
    "a source that is none": ("out_channels: 4,", "out_channels: 4, from: poool,"),
    "two layers of a name": ("name: conv2", "name: conv1"),
    "a size without a value": ("{width: 8}", "{width}"),
    "an error of the recipe": ("layers:", "train: {epochs: -1}\nlayers:"),
    "a claim that is none": ("out_features: 10}", "out_features: 10, expect: {parameters: many}}"),
}
WRONG = {name: GOOD.replace(old, new) for name, (old, new) in DOUBTS.items()}

UNFIT = GOOD.replace("out_channels: 4, kernel_size: 3}", "out_channels: 4, kernel_size: 20}")
CLAIMED = GOOD.replace("out_features: 10}", "out_features: 10, expect: {params: 7}}")

LAW = [[], ["--of", "fc"], ["--free", "width"], *(["--format", form] for form in ("latex", "json", "python"))]
QUESTION = ["--want", "conv1.H == 14", "--over", "conv1.padding", "--range", "conv1.padding=0:2"]
ASKED = [*(["law", *options] for options in LAW), ["solve", *QUESTION], ["solve", *QUESTION, "--format", "json"]]


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [*map(str, arguments)], catch_exceptions=False)


def put(folder: Path, text: str) -> Path:
    path = folder / "net.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("asked", ASKED, ids=" ".join)
@pytest.mark.parametrize("error", WRONG)
def test_which_network_is_meant_is_not_guessed(tmp_path: Path, error: str, asked: list[str]) -> None:
    path = put(tmp_path, WRONG[error])
    report = check(path)
    assert WRONG[error] != GOOD
    assert report.doubts
    result = invoke(asked[0], path, *asked[1:])
    assert (result.exit_code, result.stdout) == (1, "")
    assert all(f"error[{one.code}]: " in result.stderr for one in report.errors)
    assert result.stderr.startswith(f"error[{report.diagnostics[0].code}]: ")


@pytest.mark.parametrize("wrong", WRONG)
def test_python_says_it_too(wrong: str) -> None:
    report = check_text(WRONG[wrong], file="net.yaml")
    first = report.doubts[0]
    for error, ask in (
        (LawError, lambda: laws(report)),
        (LawError, lambda: laws(report, free=["width"])),
        (SolveError, lambda: solve(report, ["conv1.H == 14"], ["conv1.padding"])),
    ):
        with pytest.raises(error) as caught:
            ask()
        assert str(caught.value).endswith(f": {first.message} ({first.code})")
        assert "before its errors are fixed: net.yaml:" in str(caught.value)
    with pytest.raises(GenerateError):
        generate(report)


@pytest.mark.parametrize("command", ["law", "solve", "explain", "sweep", "generate", "fix", "check"])
def test_what_is_no_spec_is_2_for_every_command(tmp_path: Path, command: str) -> None:
    asked = {"solve": QUESTION, "generate": ["--target", "torch", "--out", str(tmp_path)]}.get(command, [])
    for path in (tmp_path / "none.yaml", put(tmp_path, "- no spec\n")):
        result = invoke(command, path, *asked)
        assert result.exit_code == 2
        assert any(f"error[{code}]" in result.output for code in UNREADABLE)


@pytest.mark.parametrize("options", LAW, ids=" ".join)
def test_sizes_that_do_not_fit_have_no_formulas(tmp_path: Path, options: list[str]) -> None:
    path = put(tmp_path, UNFIT)
    assert not check(path).doubts
    result = invoke("law", path, *options)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "error[A201]: `conv2` reaches over 20 pixels, but only 7 arrive" in result.stderr
    with pytest.raises(LawError, match=r"`conv2` reaches over 20 pixels, but only 7 arrive \(A201\)"):
        laws(check(path))


def test_sizes_that_do_not_fit_are_what_solve_is_for(tmp_path: Path) -> None:
    path = put(tmp_path, UNFIT)
    question = ["--want", "conv2.H >= 1", "--over", "conv2.kernel_size", "--range", "conv2.kernel_size=1:20"]
    result = invoke("solve", path, *question, "--format", "json")
    assert result.exit_code == 0
    assert "error[A201]: `conv2` reaches over 20 pixels, but only 7 arrive" in result.stderr
    found = [one["values"]["conv2.kernel_size"] for one in json.loads(result.stdout)["solutions"]]
    assert sorted(found) == [1, 2, 3, 4, 5, 6, 7]
    for kernel in found:
        assert check_text(UNFIT.replace("kernel_size: 20", f"kernel_size: {kernel}")).ok
    assert solve(check(path), ["conv2.H >= 1"], ["conv2.padding"]).found


@pytest.mark.parametrize("form", ["text", "latex", "json", "python"])
def test_a_claim_that_disagrees_is_said_and_the_formulas_are_of_the_spec(tmp_path: Path, form: str) -> None:
    good, claimed = (
        invoke("law", put(tmp_path, GOOD), "--format", form),
        invoke("law", put(tmp_path, CLAIMED), "--format", form),
    )
    assert (good.exit_code, good.stderr) == (0, "")
    assert claimed.exit_code == 1
    assert claimed.stderr.startswith("error[A401]: ")
    assert claimed.stdout == good.stdout
    assert laws(check_text(CLAIMED)).total == laws(check_text(GOOD)).total


def test_a_claim_that_disagrees_does_not_bind_a_solution(tmp_path: Path) -> None:
    good, claimed = invoke("solve", put(tmp_path, GOOD), *QUESTION), invoke("solve", put(tmp_path, CLAIMED), *QUESTION)
    assert (good.exit_code, good.stderr, claimed.exit_code) == (0, "", 0)
    assert claimed.stderr.startswith("error[A401]: ")
    assert claimed.stdout == good.stdout


def test_a_warning_is_no_error(tmp_path: Path) -> None:
    path = put(tmp_path, GOOD.replace("  - {kind: flatten}\n", ""))
    assert [(one.severity, one.code) for one in check(path).diagnostics] == [("warning", "A210")]
    for asked in ASKED:
        result = invoke(asked[0], path, *asked[1:])
        assert (result.exit_code, result.stderr) == (0, "")
    unused = put(
        tmp_path, GOOD.replace("  - {kind: flatten}\n", "  - {kind: relu}\n  - {kind: flatten, from: conv2}\n")
    )
    assert [(one.severity, one.code) for one in check(unused).diagnostics] == [("warning", "A315")]
    assert laws(check(unused), free="width").total.params == laws(check_text(GOOD), free=["width"]).total.params


# An explanation goes as far as it can, and says what is wrong elsewhere.


def test_an_error_elsewhere_is_said_beside_an_explanation(tmp_path: Path) -> None:
    for error in WRONG:
        path = put(tmp_path, WRONG[error])
        report = check(path)
        if not any(layer.name == "fc" for layer in report.layers):
            continue
        for form in ("text", "json"):
            result = invoke("explain", path, "fc", "--format", form)
            own = explain(report, "fc").errors
            for one in report.errors:
                shown = result.stdout if one in own else result.stderr
                assert f"error[{one.code}]" in shown or (form == "json" and f'"{one.code}"' in shown), error
                assert one in own or f"error[{one.code}]" not in result.stdout
            assert result.exit_code == (1 if own else 0)
        for asked in ([], ["conv1"]):
            result = invoke("explain", path, *asked)
            assert all(f"error[{one.code}]: {one.message}"[:60] in result.output for one in report.errors), error


def test_an_explanation_of_every_layer_says_what_is_wrong_at_them(tmp_path: Path) -> None:
    result = invoke("explain", put(tmp_path, UNFIT))
    assert result.exit_code == 1
    assert "error[A201]: `conv2` reaches over 20 pixels" in result.stderr
    assert "conv2" in result.stdout
    told = invoke("explain", put(tmp_path, UNFIT), "--format", "json")
    assert (told.exit_code, told.stderr) == (1, "")
    assert "A201" in told.stdout
    good = invoke("explain", put(tmp_path, GOOD))
    assert (good.exit_code, good.stderr) == (0, "")


# All wrong specs there are.


def settled(report: Report) -> bool:
    return report.spec is not None and not any(one.code == "A314" for one in report.diagnostics)


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.parent.name)
def test_no_formulas_of_what_does_not_check(case: Path) -> None:
    report = checked_case(case)
    family = report.spec is not None and bool(report.spec.presets) and not settled(report)
    result = invoke("law", case)
    if family:
        assert result.exit_code == 2
    elif report.sound:
        assert (result.exit_code, bool(result.stdout)) == (status([report]), True)
    else:
        assert (result.exit_code, result.stdout) == (status([report]), "")
        assert status([report]) > 0
        assert report.first_error
    if not report.sound:
        with pytest.raises(LawError):
            laws(report)
    assert bool(result.stderr) != report.ok


def test_the_cases_are_of_both_kinds() -> None:
    reports = [checked_case(case) for case in CASES]
    assert sum(report.sound for report in reports) > 3
    assert sum(bool(report.doubts) for report in reports) > 40
    assert sum(not report.doubts and not report.sound for report in reports) > 10
