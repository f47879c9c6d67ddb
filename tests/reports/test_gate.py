"""What services for code review are told, read by SARIF's model, JUnit's schema and GitHub's rules."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
import xmlschema
from click.testing import CliRunner, Result
from sarif_pydantic import Sarif  # type: ignore[import-untyped]

from archcalc import Diagnostic, check_each, check_text
from archcalc.cli.main import cli
from archcalc.reports.gate.findings import CHECKOUTS, findings

NASTY = "a%0A::error::b,c:d%"
"""What would leave its place in an annotation, if it could."""

SPECS = {
    "fine.yaml": "archcalc: 1\nname: Fine\ninput: [3, 8, 8]\nlayers: [{kind: relu}]\n",
    "several.yaml": "archcalc: 1\nname: Several\ninput: [3, 8, 8]\nbudget: {macs: 10}\nlet: {spare: 1}\nlayers:\n"
    "  - {name: c, kind: conv2d, out_channels: 4, kernel_size: 3}\n",
    "family.yaml": "archcalc: 1\nname: Family\ninput: [3, 8, 8]\nlet: {width: 4}\nlayers:\n"
    "  - {name: c, kind: conv2d, out_channels: width, kernel_size: 9}\n"
    "presets: {small: {}, large: {let: {width: 8}}}\n",
    f"odd {NASTY}.yaml": f"archcalc: 1\nname: Odd\ninput: [3, 8, 8]\nlayers:\n"
    f"  - {{name: c, kind: conv2d, out_channels: 4, kernel_size: 3, from: '{NASTY}\\e[31m'}}\n"
    f'  - {{kind: "{NASTY}\\u2028\\e[31m"}}\n',
    "empty.yaml": "",
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for checkout in CHECKOUTS:
        monkeypatch.delenv(checkout, raising=False)
    for name, text in SPECS.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["check", *arguments])


def found() -> list[Diagnostic]:
    return findings(report for name in SPECS for report in check_each(name))


def printed(form: str) -> str:
    result = run(*SPECS, "--format", form)
    assert result.exit_code == 2  # one of them is no spec
    assert "\x1b" not in result.output
    return result.output


def test_a_finding_of_several_members_is_told_once() -> None:
    assert [error.code for error in found() if error.file == "family.yaml"] == ["A201"]


ANNOTATION = re.compile(r"::(error|warning) ([^\n]*?)::([^\n]*)")


def decoded(text: str, signs: Sequence[str]) -> str:
    for sign in signs:
        text = text.replace(f"%{ord(sign):02X}", sign)
    return text.replace("%25", "%")


def test_github_reads_back_what_was_found() -> None:
    *lines, last = printed("github").splitlines()
    assert last == "archcalc: 5 errors, 1 warning in 5 specs, 6 networks"
    assert len(lines) == len(found()) == 6
    for line, error in zip(lines, found(), strict=True):
        match = ANNOTATION.fullmatch(line)
        assert match is not None, line
        severity, properties, data = match.groups()
        assert severity == error.severity
        given = {
            name: decoded(value, ":,\n\r") for name, value in (pair.split("=", 1) for pair in properties.split(","))
        }
        assert given["file"] == error.file
        assert given["title"].startswith(error.code)
        if error.span is not None:
            assert given["line"] == str(error.span.line)
            text = (Path(error.file).read_text("utf-8")).splitlines()[error.span.line - 1]
            if "col" in given:
                assert text[int(given["col"]) - 1 : int(given["endColumn"])].strip()
        first, *help = decoded(data, "\n\r").split("\n")
        assert first.replace("\\u001b", "\x1b").replace("\\u2028", "\u2028") == error.message
        assert [line.removeprefix("help: ") for line in help] == [visible_help(one) for one in error.help]


def visible_help(text: str) -> str:
    return text.replace("\x1b", "\\u001b").replace("\u2028", "\\u2028")


def test_gitlab_has_a_fingerprint_for_each_that_lines_above_do_not_change() -> None:
    rows = json.loads(printed("gitlab"))
    prints = [row["fingerprint"] for row in rows]
    assert len(set(prints)) == len(rows) == len(found())
    assert {row["severity"] for row in rows} == {"major", "minor"}
    text = SPECS["several.yaml"].replace("name: Several", "name: Several\n# a line more\n")
    Path("several.yaml").write_text(text, encoding="utf-8")
    moved = json.loads(printed("gitlab"))
    assert [row["fingerprint"] for row in moved] == prints
    assert moved != rows


def test_sarif_is_what_its_model_takes() -> None:
    text = printed("sarif")
    log = Sarif.model_validate_json(text)
    (run,) = log.runs
    rules = run.tool.driver.rules or []
    results = run.results or []
    assert len(results) == len(found())
    for result, error in zip(json.loads(text)["runs"][0]["results"], found(), strict=True):
        assert rules[result["ruleIndex"]].id == result["ruleId"] == error.code
        (location,) = (one["physicalLocation"] for one in result["locations"])
        uri = location["artifactLocation"]["uri"]
        assert unquote(uri) == error.file
        assert re.fullmatch(r"[\w.%~/-]+", uri, re.ASCII)
        assert ("region" in location) == (error.span is not None)
        assert len(result.get("relatedLocations", ())) == len(error.labels)


_KEYS = ("line", "column", "end_line", "end_column")
_SARIF_KEYS = ("startLine", "startColumn", "endLine", "endColumn")


def _ends(region: dict[str, int], keys: Sequence[str]) -> list[Any]:
    return [region[key] for key in keys]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("out_channels", "out_chanels"),
        ("in_features: 864", "in_features: 1176"),
        ("max_pool2d", "maxpool2d"),
    ],
)
@pytest.mark.parametrize("form", ["json", "sarif"])
def test_the_edits_of_each_fix_are_ranges_of_the_text(form: str, old: str, new: str) -> None:
    right = """\
archcalc: 1
name: Right
input: [1, 28, 28]
layers:
  - {name: conv1, kind: conv2d, out_channels: 6, kernel_size: 5}
  - {name: pool1, kind: max_pool2d, kernel_size: 2}
  - {kind: flatten}
  - {name: fc, kind: linear, in_features: 864, out_features: 10}
"""
    wrong = Path("wrong.yaml")
    wrong.write_text(right.replace(old, new), encoding="utf-8")
    printed = json.loads(run("wrong.yaml", "--format", form).output)
    if form == "json":
        fixes = [
            [[*_ends(one, _KEYS), one["text"]] for one in fix["edits"]] for fix in printed[0]["diagnostics"][0]["fixes"]
        ]
    else:
        changes = [fix["artifactChanges"] for fix in printed["runs"][0]["results"][0]["fixes"]]
        assert all(change["artifactLocation"] == {"uri": "wrong.yaml"} for (change,) in changes)
        fixes = [
            [
                [*_ends(one["deletedRegion"], _SARIF_KEYS), one["insertedContent"]["text"]]
                for one in change["replacements"]
            ]
            for (change,) in changes
        ]
    assert fixes
    for edits in fixes:
        lines = right.replace(old, new).splitlines(keepends=True)
        for line, column, end_line, end_column, text in reversed(edits):
            assert line == end_line
            found = lines[line - 1]
            lines[line - 1] = found[: column - 1] + text + found[end_column - 1 :]
        assert check_text("".join(lines)).ok


def test_a_fix_of_an_error_in_a_file_of_blocks_is_of_the_spec() -> None:
    Path("wide.yaml").write_text(
        "archcalc: 1\nargs: {n, k}\nlayers:\n  - {name: c, kind: conv2d, out_channels: n, kernel_size: k}\n",
        encoding="utf-8",
    )
    Path("uses.yaml").write_text(
        "archcalc: 1\nname: Uses\ninput: [3, 8, 8]\nblocks: {wide: {use: wide.yaml}}\n"
        "layers:\n  - {name: w, kind: wide, n: 4, k: 9}\n",
        encoding="utf-8",
    )
    (result,) = json.loads(run("uses.yaml", "--format", "sarif").output)["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "wide.yaml"
    changed = {fix["artifactChanges"][0]["artifactLocation"]["uri"] for fix in result["fixes"]}
    assert changed == {"uses.yaml"}


def test_sarif_names_a_file_elsewhere_by_its_whole_uri(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "deeper").mkdir()
    monkeypatch.chdir(tmp_path / "deeper")
    said = json.loads(run(str(tmp_path / "several.yaml"), "--format", "sarif").output)
    (first, *_) = said["runs"][0]["results"]
    assert first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == (tmp_path / "several.yaml").as_uri()


def test_junit_keeps_to_the_schema_and_has_a_case_for_each_network() -> None:
    text = printed("junit")
    schema = xmlschema.XMLSchema(str(Path(__file__).parent / "schemas" / "junit-4.xsd"))
    schema.validate(text)
    suites = ElementTree.fromstring(text)
    assert suites.attrib == {"tests": "6", "failures": "4", "errors": "1"}
    cases = list(suites.iter("testcase"))
    names = [case.attrib["name"] for case in cases]
    assert names[:4] == ["fine.yaml", "several.yaml", "small", "large"]
    assert [len(case.findall("failure")) for case in cases] == [0, 1, 1, 1, 2, 0]
    assert [len(case.findall("error")) for case in cases] == [0, 0, 0, 0, 0, 1]
    assert [len(case.findall("system-out")) for case in cases] == [0, 1, 0, 0, 0, 0]


def test_a_warning_fails_where_it_is_to() -> None:
    spec = SPECS["several.yaml"].replace("budget: {macs: 10}\n", "")
    Path("warned.yaml").write_text(spec, encoding="utf-8")
    assert run("warned.yaml").exit_code == 0
    assert run("warned.yaml", "--fail-on", "error").exit_code == 0
    assert run("warned.yaml", "--fail-on", "warning").exit_code == 1
    assert run("fine.yaml", "--fail-on", "warning").exit_code == 0


def test_a_warning_that_fails_is_told_as_an_error_in_every_format() -> None:
    spec = SPECS["several.yaml"].replace("budget: {macs: 10}\n", "")
    Path("warned.yaml").write_text(spec, encoding="utf-8")

    def told(form: str, *arguments: str) -> str:
        return run("warned.yaml", "fine.yaml", "--format", form, *arguments).output

    def failures(*arguments: str) -> tuple[str, int]:
        suites = ElementTree.fromstring(told("junit", *arguments))
        return suites.attrib["failures"], len(list(suites.iter("failure")))

    fails = ("--fail-on", "warning")
    assert failures() == ("0", 0)
    assert failures(*fails) == ("1", 1)
    assert told("github").startswith("::warning ")
    assert told("github", *fails).startswith("::error ")
    assert told("github", *fails).splitlines()[-1] == "archcalc: 1 error, 0 warnings in 2 specs, 2 networks"
    assert [row["severity"] for row in json.loads(told("gitlab"))] == ["minor"]
    assert [row["severity"] for row in json.loads(told("gitlab", *fails))] == ["major"]
    levels = [json.loads(told("sarif", *more))["runs"][0]["results"][0]["level"] for more in ((), fails)]
    assert levels == ["warning", "error"]
