"""`archcalc diff`: two files, families, and a revision of a repository."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import jsonschema_rs
import pytest
from click.testing import CliRunner, Result

from archcalc import check, check_text
from archcalc.cli.main import cli
from tests.analysis.test_every_expert import SPEC
from tests.explore.test_difference import OLD, SCHEMA


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["diff", *arguments])


def test_errors_are_said_first(tmp_path: Path) -> None:
    (tmp_path / "wrong.yaml").write_text(OLD.replace("kernel_size: 3}", "kernel_size: 99}"), encoding="utf-8")
    result = run("lenet5", str(tmp_path / "wrong.yaml"))
    assert result.exit_code == 1
    assert "error[A201]" in result.output
    assert run("lenet5").exit_code == run("lenet5", "lenet5", "lenet5").exit_code == 2


def test_presets_of_two_files_are_compared_by_name(tmp_path: Path) -> None:
    family = OLD.replace("archcalc: 1\n", "archcalc: 1\nlet: {n: 8}\n").replace("out_channels: 8", "out_channels: n")
    (tmp_path / "old.yaml").write_text(family + "presets: {a: {}, b: {let: {n: 4}}, gone: {}}\n", encoding="utf-8")
    (tmp_path / "new.yaml").write_text(family + "presets: {a: {}, b: {let: {n: 6}}, come: {}}\n", encoding="utf-8")
    result = run(str(tmp_path / "old.yaml"), str(tmp_path / "new.yaml"))
    assert result.exit_code == 0
    assert result.output.count("Small: ") == 1
    assert result.output.splitlines()[-7:] == [
        "1 preset the same",
        "",
        "",
        "preset come: added",
        "",
        "",
        "preset gone: removed",
    ]
    found = json.loads(run(str(tmp_path / "old.yaml"), str(tmp_path / "new.yaml"), "--format", "json").output)
    assert [(one["new"]["preset"], one["same"]) for one in found] == [("a", True), ("b", False)]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    def git(*arguments: str) -> None:
        subprocess.run(["git", "-C", str(tmp_path), *arguments], check=True, capture_output=True)

    git("init", "-q")
    git("config", "user.email", "a@example.org")
    git("config", "user.name", "A")
    block = "archcalc: 1\nargs: {}\nlayers:\n  - {kind: relu}\n"
    (tmp_path / "nets").mkdir()
    (tmp_path / "nets" / "blocks").mkdir()
    (tmp_path / "nets" / "blocks" / "act.yaml").write_text(block, encoding="utf-8")
    head = "archcalc: 1\nname: S\ninput: [4]\n"
    spec = f"{head}blocks: {{act: {{use: blocks/act.yaml}}}}\nlayers:\n  - {{name: a, kind: act}}\n"
    (tmp_path / "nets" / "s.yaml").write_text(spec, encoding="utf-8")
    git("add", ".")
    git("commit", "-qm", "first")
    (tmp_path / "nets" / "blocks" / "act.yaml").write_text(block.replace("relu", "gelu"), encoding="utf-8")
    return tmp_path


def test_a_spec_is_compared_with_a_revision_with_the_blocks_of_that_revision(repository: Path) -> None:
    spec = repository / "nets" / "s.yaml"
    result = run(str(spec), "--git", "HEAD")
    assert result.exit_code == 0
    assert result.output.startswith("S: HEAD:nets/s.yaml → ")
    assert re.search(r"~ +a\.\w+ +kind +relu +gelu", result.output), result.output


@pytest.mark.parametrize("revision", ["nothing", "--output=x", "HEAD:nets", "-h"])
def test_what_is_no_revision_is_said(repository: Path, revision: str) -> None:
    result = run(str(repository / "nets" / "s.yaml"), f"--git={revision}")
    assert result.exit_code == 2
    assert "is not a revision of" in result.output or "is not in" in result.output
    assert not (repository / "x").exists()


def test_what_is_in_no_repository_or_revision_is_said(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "s.yaml"
    elsewhere.write_text(OLD, encoding="utf-8")
    assert run(str(elsewhere), "--git", "HEAD").exit_code == 2
    result = run(str(repository / "nets" / "new.yaml"), "--git", "HEAD")
    assert result.exit_code == 2
    assert "nets/new.yaml is not in HEAD" in result.output


def test_of_a_spec_that_was_added_everything_is_new(repository: Path) -> None:
    spec = repository / "nets" / "new.yaml"
    spec.write_text(OLD, encoding="utf-8")
    report = check_text(OLD).require_ok()

    def told(*arguments: str) -> str:
        result = run(str(spec), "--git", "HEAD", *arguments)
        assert result.exit_code == 0
        return result.output

    text = told()
    assert text.startswith(f"Small: not in HEAD → {spec}\n")
    assert re.search(rf"parameters +{report.totals.params:,}\n", text), text
    assert re.search(r"input +3 × 32 × 32\n", text), text
    assert [line.split()[:2] for line in text.splitlines() if line.startswith("+")] == [
        ["+", layer.name] for layer in report.layers
    ]
    assert told("--format", "markdown").startswith("### Small: not in HEAD → ")
    (found,) = json.loads(told("--format", "json"))
    jsonschema_rs.Draft202012Validator(json.loads(SCHEMA.read_text("utf-8"))).validate([found])
    assert (found["old"], found["same"], found["input"]["old"]) == (None, False, None)
    assert found["totals"]["params"] == {"old": 0, "new": report.totals.params}
    assert {one["change"] for one in found["layers"]} == {"added"}
    assert len(found["layers"]) == len(report.layers)


def test_of_a_family_that_was_added_every_preset_is_new(repository: Path) -> None:
    spec = repository / "nets" / "family.yaml"
    spec.write_text(OLD + "presets: {a: {}, b: {}}\n", encoding="utf-8")
    found = json.loads(run(str(spec), "--git", "HEAD", "--format", "json").output)
    assert [(one["old"], one["new"]["preset"]) for one in found] == [(None, "a"), (None, "b")]
    spec.write_text(OLD.replace("kernel_size: 3}", "kernel_size: 99}"), encoding="utf-8")
    result = run(str(spec), "--git", "HEAD")
    assert result.exit_code == 1
    assert "error[A201]" in result.output


def test_of_a_spec_that_is_gone_everything_is_gone(repository: Path) -> None:
    spec = repository / "nets" / "s.yaml"
    report = check(spec).require_ok()
    spec.unlink()

    def told(named: Path, *arguments: str) -> str:
        result = run(str(named), "--git", "HEAD", *arguments)
        assert result.exit_code == 0, result.output
        return result.stdout

    # The folder has no spec any more.
    text = told(repository / "nets")
    assert text == told(spec) == told(repository)
    assert text.startswith("S: HEAD:nets/s.yaml → gone\n")
    assert [line.split()[:2] for line in text.splitlines() if line.startswith("-")] == [["-", "a"]]
    assert re.search(r"parameters +0\n", text), text
    assert re.search(r"input +4\n", text), text
    markdown = told(repository / "nets", "--format", "markdown")
    assert markdown.startswith("### S: HEAD:nets/s.yaml → gone\n")
    assert "| parameters | 0 |  |  |" in markdown
    for form in ("latex", "html"):
        assert "gone: layers" in told(repository, "--format", form)
    (found,) = json.loads(told(repository / "nets", "--format", "json"))
    jsonschema_rs.Draft202012Validator(json.loads(SCHEMA.read_text("utf-8"))).validate([found])
    assert found["old"] == {"spec": "HEAD:nets/s.yaml", "preset": None, "name": "S"}
    assert (found["new"], found["same"], found["input"]) == (None, False, {"old": [4], "new": None})
    assert found["outputs"] == {"old": [[4]], "new": []}
    assert [one["change"] for one in found["layers"]] == ["removed"] * len(report.layers)


def test_a_folder_that_is_gone_is_told_and_what_is_left_is_compared(repository: Path) -> None:
    shutil.rmtree(repository / "nets")
    (repository / "new.yaml").write_text(OLD, encoding="utf-8")
    for named in (["nets", "new.yaml"], ["new.yaml", "nets/s.yaml"], ["nets/s.yaml", "new.yaml", "nets"]):
        result = run(*(str(repository / name) for name in named), "--git", "HEAD")
        assert result.exit_code == 0, result.output
        titles = {line.split(": ", 1)[1] for line in result.stdout.splitlines() if " → " in line and "·" not in line}
        assert titles == {"HEAD:nets/s.yaml → gone", f"not in HEAD → {repository / 'new.yaml'}"}


def test_what_was_a_spec_and_is_none_is_an_error(repository: Path) -> None:
    (repository / "nets" / "s.yaml").write_text("", encoding="utf-8")
    result = run(str(repository / "nets"), "--git", "HEAD")
    assert result.exit_code == 2
    assert "error[A" in result.output


def test_of_the_file_of_a_block_the_specs_that_use_it_are_compared(repository: Path) -> None:
    result = run(str(repository / "nets" / "blocks" / "act.yaml"), "--git", "HEAD")
    assert result.exit_code == 0, result.output
    assert result.output.startswith("S: HEAD:nets/s.yaml → ")


def test_the_first_spec_of_a_repository_is_new(repository: Path) -> None:
    for command in (["rm", "-rqf", "."], ["commit", "-qm", "none left"]):
        subprocess.run(
            ["git", "-C", str(repository), *command, *(["--allow-empty"] * ("commit" in command))], check=True
        )
    (repository / "first.yaml").write_text(OLD, encoding="utf-8")
    result = run(str(repository / "first.yaml"), "--git", "HEAD")
    assert result.exit_code == 0, result.output
    assert result.output.startswith("Small: not in HEAD → ")


def test_of_a_folder_each_spec_is_compared_and_those_that_are_the_same_are_counted(repository: Path) -> None:
    nets = repository / "nets"
    (nets / "new.yaml").write_text(OLD, encoding="utf-8")
    result = run(str(nets), "--git", "HEAD", "--format", "markdown")
    assert result.exit_code == 0, result.output
    titles = [line for line in result.output.splitlines() if line.startswith("### ")]
    assert [title.split(" → ")[0] for title in titles] == ["### Small: not in HEAD", "### S: HEAD:nets/s.yaml"]
    subprocess.run(["git", "-C", str(repository), "checkout", "-q", "nets/blocks"], check=True)
    assert run(str(nets), "--git", "HEAD").output.endswith("\n\n\n1 network the same\n")
    (nets / "wrong.yaml").write_text(OLD.replace("kernel_size: 3}", "kernel_size: 99}"), encoding="utf-8")
    result = run(str(nets / "wrong.yaml"), str(nets / "new.yaml"), "--git", "HEAD")
    assert result.exit_code == 1
    assert "error[A201]" in result.stderr
    assert result.stdout.startswith("Small: not in HEAD → ")
    wrong = nets / "wrong.yaml"
    said = f"{wrong}:5: `conv1` reaches over 99 pixels, but only 32 arrive (A201)"
    assert f"\n{wrong}: not compared, because of errors: {said}" in result.stdout


def test_a_file_of_a_revision_is_named_by_an_option(repository: Path) -> None:
    """As git and the titles of differences write it, it is no file; the help says what to write."""
    spec = repository / "nets" / "s.yaml"
    result = run(f"HEAD:{spec}", str(spec))
    assert result.exit_code == 2
    assert f"`archcalc diff --git HEAD {spec}`" in result.stderr
    assert run(str(spec), "--git", "HEAD").exit_code == 0


def test_errors_of_a_revision_are_told_by_its_name_and_those_of_its_blocks_too(repository: Path) -> None:
    """Never by the place of a copy, which is gone when it is read."""
    block = repository / "nets" / "blocks" / "act.yaml"
    right = block.read_text("utf-8")
    block.write_text(right.replace("kind: gelu", "kind: gleu"), encoding="utf-8")
    subprocess.run(["git", "-C", str(repository), "commit", "-qam", "wrong"], check=True)
    block.write_text(right, encoding="utf-8")
    result = run(str(repository / "nets" / "s.yaml"), "--git", "HEAD")
    assert result.exit_code == 1
    assert "archcalc-" not in result.output
    assert "--> HEAD:nets/blocks/act.yaml:" in result.stderr
    assert "4 |   - {kind: gleu}" in result.stderr
    assert "HEAD:nets/s.yaml: 1 error" in result.stderr


@pytest.mark.parametrize(
    ("beside", "code"),
    [("budget: {params: 10}\n", "A403"), ("expect: {params: 10}\n", "A401")],
)
@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_a_claim_or_a_budget_that_is_not_met_hides_no_difference(
    tmp_path: Path, beside: str, code: str, form: str
) -> None:
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    old.write_text(OLD, encoding="utf-8")
    wider = OLD.replace("out_channels: 8", "out_channels: 9")
    new.write_text(wider, encoding="utf-8")
    expected = run(str(old), str(new), "--format", form)
    new.write_text(wider.replace("layers:\n", f"{beside}layers:\n"), encoding="utf-8")
    result = run(str(old), str(new), "--format", form)
    assert (result.exit_code, expected.exit_code) == (1, 0)
    assert f"error[{code}]" in result.stderr
    if form == "json":
        lines = [re.sub(r'"line": \d+', "", one.stdout) for one in (result, expected)]
        assert lines[0] == lines[1]
    else:
        assert result.stdout == expected.stdout


def test_a_difference_is_tables_for_papers_and_pages() -> None:
    latex = run("resnet18", "resnet34", "--format", "latex").output
    for written in ("& 7 layers &  & 64~", "11,689,512 & 21,797,672 & +86."):
        assert written in latex, latex
    assert latex.count(r"\begin{tabular") + latex.count(r"\begin{longtable}") == 2
    page = run("lenet5", "alexnet", "--format", "html").output
    assert page.count("<table") == page.count("</table>") == 3
    assert "3 &#215; 227 &#215; 227" in page


def test_too_many_layers_to_compare_are_said_and_no_success(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("archcalc.explore.difference.MOST_COMPARED", 100)
    monkeypatch.setattr("archcalc.network.routing.MOST_IDLE", 1)
    specs = [tmp_path / "old.yaml", tmp_path / "new.yaml"]
    for spec, experts in zip(specs, (7, 8), strict=True):
        spec.write_text(SPEC.replace("experts: 7", f"experts: {experts}"), encoding="utf-8")
    result = run(*map(str, specs))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "new.yaml: not compared: " in result.stderr
    assert "layers, which are too many to name each" in result.stderr
