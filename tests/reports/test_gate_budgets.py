"""What services for code review are told of a network over its budget."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from archcalc.cli.main import cli
from archcalc.reports.gate.findings import CHECKOUTS


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for checkout in CHECKOUTS:
        monkeypatch.delenv(checkout, raising=False)
    monkeypatch.chdir(tmp_path)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["check", *arguments])


BUDGETS = "archcalc: 1\nname: Family\ninput: [3, 8, 8]\nlet: {width: 4}\n%slayers:\n" + (
    "  - {name: c, kind: conv2d, out_channels: width, kernel_size: 3}\n"
    "presets:\n  small: {}\n  large: {let: {width: 8}}\n  other: {let: {width: 8}}\n"
)


@pytest.mark.parametrize(
    ("budget", "arguments", "line"),
    [("budget: {params: 200}\n", (), 5), ("", ("--max", "params=200"), None)],
)
def test_a_network_over_its_budget_has_a_line_and_names_its_preset(
    budget: str, arguments: tuple[str, ...], line: int | None
) -> None:
    Path("budgets.yaml").write_text(BUDGETS % budget, encoding="utf-8")
    lines = Path("budgets.yaml").read_text("utf-8").splitlines()

    def told(form: str, *more: str) -> str:
        return run("budgets.yaml", "--format", form, *arguments, *more).output

    rows = json.loads(told("gitlab"))
    assert rows[0]["description"].startswith("preset")
    assert {row["check_name"] for row in rows} == {"A403"}
    if line is not None:
        (row,) = rows
        assert row["description"].startswith("presets `large`, `other`: the network has 224 parameters, but its budget")
        assert row["location"]["lines"]["begin"] == line
    else:
        assert [row["description"].split(":")[0] for row in rows] == ["preset `large`", "preset `other`"]
        for row, name in zip(rows, ("large", "other"), strict=True):
            assert lines[row["location"]["lines"]["begin"] - 1].strip().startswith(name)
    assert ",line=" in told("github")
    assert "::preset `large`: the network has" in told("github", "--preset", "large")
    (first, *_) = json.loads(told("sarif"))["runs"][0]["results"]
    assert first["message"]["text"].startswith("preset")
    assert first["locations"][0]["physicalLocation"]["region"]["startLine"] == rows[0]["location"]["lines"]["begin"]
    failed = [case.attrib["name"] for case in ElementTree.fromstring(told("junit")).iter("testcase") if len(case)]
    assert failed == ["large", "other"]


def test_of_many_presets_four_are_named() -> None:
    names = ", ".join(f"p{n}: {{let: {{width: 8}}}}" for n in range(6))
    text = BUDGETS % "budget: {params: 200}\n"
    Path("many.yaml").write_text(text[: text.index("presets:")] + f"presets: {{small: {{}}, {names}}}\n", "utf-8")
    (row,) = json.loads(run("many.yaml", "--format", "gitlab").output)
    assert row["description"].startswith("presets `p0`, `p1`, `p2`, `p3` and 2 more: the network has")
