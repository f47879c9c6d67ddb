"""What services for code review are told of where a file is: its place in the checkout."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from archcalc.cli.main import cli
from archcalc.reports.gate.findings import CHECKOUTS, relative

SPEC = """\
archcalc: 1
name: Small
input: [3, 8, 8]
budget: {macs: 10}
layers: [{kind: conv2d, out_channels: 4, kernel_size: 3}]
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for checkout in CHECKOUTS:
        monkeypatch.delenv(checkout, raising=False)
    (tmp_path / "net.yaml").write_text(SPEC, encoding="utf-8")
    monkeypatch.chdir(tmp_path)


def places(form: str, *specs: str) -> set[str]:
    """The paths of the files that a report names."""
    output = CliRunner().invoke(cli, ["check", *specs, "--format", form]).output
    if form == "github":
        return set(re.findall(r"file=([^,]*),", output))
    if form == "gitlab":
        return {row["location"]["path"] for row in json.loads(output)}
    if form == "junit":
        return {case.attrib["classname"] for case in ElementTree.fromstring(output).iter("testcase")}
    results = json.loads(output)["runs"][0]["results"]
    return {result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in results}


@pytest.mark.parametrize("variable", CHECKOUTS)
@pytest.mark.parametrize("form", ["github", "gitlab", "junit", "sarif"])
def test_paths_are_from_the_top_of_the_checkout(
    form: str, variable: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    nets = tmp_path / "top" / "nets"
    nets.mkdir(parents=True)
    (nets / "net.yaml").write_text(SPEC, encoding="utf-8")
    monkeypatch.chdir(nets)
    assert places(form, ".") == {"net.yaml"}
    monkeypatch.setenv(variable, str(tmp_path / "top"))
    assert places(form, ".") == places(form, str(nets)) == {"nets/net.yaml"}
    # What is not in the checkout keeps its path.
    assert places(form, "../../net.yaml") == {"../../net.yaml"}
    (tmp_path / "link").symlink_to(tmp_path / "top")
    monkeypatch.setenv(variable, str(tmp_path / "link"))
    assert places(form, ".") == {"nets/net.yaml"}


def test_what_is_piped_in_is_in_no_checkout(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path.parent))
    assert relative("<stdin>") == "<stdin>"
    assert relative("a.yaml") == f"{tmp_path.name}/a.yaml"
