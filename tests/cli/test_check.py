"""`archcalc check`: exit statuses, several files, and what its options print."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archcalc.cli import main
from archcalc.spec.bundled import bundled_specs
from tests.support.bundled import presets
from tests.support.cases import VALID

GOOD = "archcalc: 1\nname: Good\ninput: [3]\nlet: {classes: 10}\nlayers:\n  - {kind: linear, out_features: classes}\n"
BAD = GOOD.replace("kind: linear", "kind: lineer")
WARNS = GOOD.replace("[3]", "[3, 8, 8]")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "good.yaml").write_text(GOOD, "utf-8")
    (tmp_path / "bad.yaml").write_text(BAD, "utf-8")
    (tmp_path / "warns.yaml").write_text(WARNS, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(main.cli, ["check", *arguments])


@pytest.mark.parametrize(
    ("specs", "status"),
    [
        (["good.yaml"], 0),
        (["warns.yaml"], 0),
        (["bad.yaml"], 1),
        (["gone.yaml"], 2),
        (["good.yaml", "good.yaml"], 0),
        (["good.yaml", "bad.yaml"], 1),
        (["gone.yaml", "bad.yaml", "good.yaml"], 2),
        (["alexnet"], 0),
        ([], 2),
        (["good.yaml", "--set", "classes=20"], 0),
        (["good.yaml", "--set", "classes=2.0"], 0),
        (["good.yaml", "--set", "classes=0.5"], 1),
        (["good.yaml", "--set", "classes=0"], 1),
        (["good.yaml", "--set", "clases=20"], 2),
        (["good.yaml", "--set", "classes"], 2),
        (["good.yaml", "--set", "classes="], 2),
        (["good.yaml", "--set", "classes=many"], 2),
        (["good.yaml", "--set", "classes=true"], 1),
        (["good.yaml", "--set", "classes=1e400"], 2),
        (["good.yaml", "--set", "classes=1e-99999999"], 2),
        (["good.yaml", "--set", f"classes={'9' * 5000}"], 2),
        (["good.yaml", "--input", "5"], 0),
        (["good.yaml", "--input", "3,8,8"], 0),
        (["good.yaml", "--input", "0"], 2),
        (["good.yaml", "--input", "3,-1"], 2),
        (["good.yaml", "--input", "3x8x8"], 2),
        (["good.yaml", "--input", ""], 2),
        (["good.yaml", "--input", "1,2,3,4,5"], 2),
        (["good.yaml", "--input", str(2**31)], 2),
        (["good.yaml", "--format", "xml"], 2),
        (["good.yaml", "--depth", "0"], 0),
        (["good.yaml", "--depth", "all"], 0),
        (["good.yaml", "--depth", "-1"], 2),
        (["good.yaml", "--depth", "some"], 2),
    ],
)
def test_the_exit_status(here: Path, specs: list[str], status: int) -> None:
    result = invoke(*specs)
    assert result.exit_code == status, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)


def test_an_error_of_a_whole_family_is_shown_once(here: Path) -> None:
    family = "let: {n}\nlayers:\n  - {kind: relu, when: n > 1}\n  - {kind: conv2d, out_channels: 0, kernel_size: 3}\n"
    presets = "presets: {one: {let: {n: 1}}, two: {let: {n: 2}}}\n"
    (here / "family.yaml").write_text(f"archcalc: 1\nname: Family\ninput: [3, 8, 8]\n{family}{presets}", "utf-8")
    output = invoke("family.yaml").output
    assert output.count("error[A114]: `out_channels` takes") == 1
    assert "error[A114] at family.yaml:7:34, as above\n\nfamily.yaml two: 1 error\n" in output
    assert len(json.loads(invoke("family.yaml", "--format", "json").output)[1]["diagnostics"]) == 1


def test_an_error_that_is_another_in_another_member_is_shown_again(here: Path) -> None:
    layers = "layers:\n  - {kind: conv2d, out_channels: 4, kernel_size: n}\n"
    presets = "presets: {one: {let: {n: 3}}, two: {let: {n: 5}}, three: {let: {n: 3}}}\n"
    text = f"archcalc: 1\nname: Family\ninput: [3, 2, 2]\nlet: {{n}}\n{layers}{presets}"
    (here / "family.yaml").write_text(text, "utf-8")
    output = invoke("family.yaml").output
    assert output.count("error[A201]: ") == 2
    assert output.count(", as above\n\nfamily.yaml three: 1 error\n") == output.count(", as above") == 1


def test_quiet_prints_what_is_found_once_and_a_summary(here: Path) -> None:
    layers = "layers:\n  - {kind: conv2d, out_channels: 4, kernel_size: n}\n"
    presets = "presets: {one: {let: {n: 1}}, two: {let: {n: 5}}, three: {let: {n: 5}}}\n"
    text = f"archcalc: 1\nname: Family\ninput: [3, 2, 2]\nlet: {{n}}\n{layers}{presets}"
    (here / "family.yaml").write_text(text, "utf-8")
    result = invoke("family.yaml", "good.yaml", "--quiet")
    assert result.exit_code == 1
    found, summary = result.output.split("\n\n")
    assert found.startswith("error[A201]: presets `two`, `three`: ")
    assert " --> family.yaml:6:50\n" in found
    assert "  - {kind: conv2d, out_channels: 4, kernel_size: n}\n" in found
    assert "= help: " in found
    assert summary == "2 specs, 4 networks: 2 with errors\n"
    assert invoke("good.yaml", "-q").output == "good.yaml: ok\n"
    assert invoke("family.yaml", "--preset", "one", "-q").output == "family.yaml one: ok\n"
    assert invoke("family.yaml", "-q").output.endswith("\n1 spec, 3 networks: 2 with errors\n")
    assert invoke("good.yaml", "gone.yaml", "-q").exit_code == 2


@pytest.mark.parametrize("other", [["--totals"], ["--format", "json"], ["--format", "csv"]])
@pytest.mark.usefixtures("here")
def test_quiet_is_text(other: list[str]) -> None:
    result = invoke("good.yaml", "-q", *other)
    assert result.exit_code == 2
    assert "--quiet is text" in result.output


def test_several_files_are_several_reports(here: Path) -> None:
    result = invoke("good.yaml", "bad.yaml", "gone.yaml")
    assert [line for line in result.output.splitlines() if line.endswith(("ok", "1 error"))] == [
        "good.yaml: ok",
        "bad.yaml: 1 error",
        "gone.yaml: 1 error",
    ]
    reports = json.loads(invoke("good.yaml", "bad.yaml", "gone.yaml", "--format", "json").output)
    VALID.validate(reports)
    assert [(report["spec"], report["ok"], report["name"]) for report in reports] == [
        ("good.yaml", True, "Good"),
        ("bad.yaml", False, "Good"),
        ("gone.yaml", False, None),
    ]


def test_json_of_what_cannot_be_read_says_why(here: Path) -> None:
    (report,) = json.loads(invoke("gone.yaml", "--format", "json").output)
    assert report["totals"].keys() >= {"params", "trainable_params", "macs", "flops", "training_macs"}
    assert set(report["totals"].values()) == {None}
    assert (report["input"], report["layers"], report["claims"]) == (None, [], [])
    (error,) = report["diagnostics"]
    assert (error["code"], error["file"], error["line"], error["column"]) == ("A101", "gone.yaml", None, None)


def test_set_and_input_change_the_sizes(here: Path) -> None:
    (report,) = json.loads(invoke("good.yaml", "--set", "classes=7", "--input", "5", "--format", "json").output)
    assert report["input"] == [5]
    assert [(layer["output"], layer["params"]) for layer in report["layers"]] == [([7], 42)]


@pytest.mark.parametrize("name", bundled_specs())
def test_the_json_of_a_bundled_spec_keeps_the_contract(name: str) -> None:
    result = invoke(str(bundled_specs()[name]), "--format", "json")
    reports = json.loads(result.output)
    VALID.validate(reports)
    assert [report["preset"] for report in reports] == [*presets(name)]
    assert all(report["ok"] for report in reports)
    assert result.output.isascii()


def test_json_has_budgets_as_numbers_and_how_deep_the_network_is(here: Path) -> None:
    text = (here / "good.yaml").read_text("utf-8")
    (here / "budget.yaml").write_text(f"{text}budget: {{macs: 1.5k, flops: 1G}}\n", "utf-8")
    output = invoke("budget.yaml", "--max", "params=0.5M", "--format", "json").output
    VALID.validate(json.loads(output))
    (report,) = json.loads(output)
    totals, line = report["totals"], len(text.splitlines()) + 1
    assert totals["weight_layers"] == len([layer for layer in report["layers"] if layer["params"]]) > 0
    expected = [("macs", 1500, line), ("flops", 10**9, line), ("params", 500_000, None)]
    assert [(one["what"], one["most"], one["line"]) for one in report["budget"]] == expected
    for one in report["budget"]:
        assert one["computed"] == totals[one["what"]]
        assert one["kept"] == (totals[one["what"]] <= one["most"])
    (wrong,) = json.loads(invoke("gone.yaml", "--max", "params=5", "--format", "json").output)
    VALID.validate([wrong])
    assert (wrong["totals"]["weight_layers"], wrong["budget"][0]["kept"]) == (None, None)


def test_as_says_what_another_counter_prints(here: Path) -> None:
    said = invoke("good.yaml", "--as", "torchinfo", "--as", "keras").output
    assert "as torchinfo counts  40  parameters\n" in said
    assert "                     40  operations = 30 MACs + 10 biases\n" in said
    assert "as keras counts      40  parameters\n" in said
    (report,) = json.loads(invoke("good.yaml", "--as", "keras", "--format", "json").output)
    VALID.validate([report])
    assert report["counted"]["keras"]["operations"] is None
    (here / "unknown.yaml").write_text(GOOD.replace("linear, out_features", "wibble, out_features"), "utf-8")
    assert "as others count: not known" in invoke("unknown.yaml", "--as", "thop").output
    said = " ".join(invoke("good.yaml", "--as", "pytorch").output.split())
    assert "'pytorch' is not a counter: there are torchinfo, thop" in said
