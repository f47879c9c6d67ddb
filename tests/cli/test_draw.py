"""``archcalc draw``: what is written where, and how it ends."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archcalc.cli.main import cli

SPEC = """\
archcalc: 1
name: Net
input: [3, 32, 32]
layers:
  - {name: conv, kind: conv2d, out_channels: 8, kernel_size: 3}
  - {kind: flatten}
  - {name: fc, kind: linear, out_features: 10}
"""


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["draw", *map(str, arguments)], catch_exceptions=False)


def put(folder: Path, text: str) -> Path:
    path = folder / "net.yaml"
    path.write_text(text, "utf-8")
    return path


def test_the_ending_of_the_file_says_the_format(tmp_path: Path) -> None:
    path = put(tmp_path, SPEC)
    for name, begins in (("a.dot", "digraph"), ("a.gv", "digraph"), ("a.mmd", "flowchart")):
        result = run(path, "--out", tmp_path / name)
        assert (result.exit_code, result.stdout) == (0, "")
        assert (tmp_path / name).read_text("utf-8").startswith(begins)
    assert run(path, "--format", "mermaid", "--out", tmp_path / "a.dot").exit_code == 0
    assert (tmp_path / "a.dot").read_text("utf-8").startswith("flowchart")


def test_a_picture_of_a_spec_with_an_error_marks_it_and_exits_1(tmp_path: Path) -> None:
    result = run(put(tmp_path, SPEC.replace("size: 3}", "size: 40}")), "--format", "dot")
    assert result.exit_code == 1
    assert "error[A201]" in result.stderr
    assert "✗ A201" in result.stdout


def test_where_there_is_no_network_there_is_no_picture(tmp_path: Path) -> None:
    for text, status in (("- no spec\n", 2), (SPEC.partition("layers")[0], 1)):
        result = run(put(tmp_path, text), "--format", "dot")
        assert (result.exit_code, result.stdout) == (status, "")
        assert "error[" in result.stderr


def test_a_file_that_cannot_be_written_is_2(tmp_path: Path) -> None:
    path = put(tmp_path, SPEC)
    result = run(path, "--format", "dot", "--out", path / "a.dot")
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr


def test_depth_opens_blocks() -> None:
    closed, opened, every = (
        run("resnet18", "--format", "dot", *depth).stdout.count("params")
        for depth in ((), ("--depth", "1"), ("--depth", "all"))
    )
    assert opened < closed < every
    assert run("resnet152", "--format", "dot", "--no-fold", "--depth", "2").stdout.count("bottleneck") > 40


def test_all_shows_every_layer_by_itself() -> None:
    boxes = run("resnet152", "--format", "dot", "--depth", "all").stdout
    assert 'label="bn1' in boxes


def test_a_depth_that_shows_no_more_is_said() -> None:
    same = run("resnet152", "--format", "dot", "--depth", "9")
    said = "note: --depth 9 shows what --depth 3 does: no blocks are deeper in one another; all shows every layer\n"
    assert (same.stderr, same.exit_code) == (said, 0)
    assert same.stdout == run("resnet152", "--format", "dot", "--depth", "3").stdout
    for depth in ("0", "3", "all"):
        assert run("resnet152", "--format", "dot", "--depth", depth).stderr == ""


def test_a_group_that_is_one_box_is_not_said_to_be_none(tmp_path: Path) -> None:
    chain = "{kind: conv2d, out_channels: 8, kernel_size: 3}, {kind: batch_norm2d}, {kind: relu}"
    text = SPEC.partition("  - ")[0] + f"  - {{name: stem, layers: [{chain}]}}\n"
    said = run(put(tmp_path, text), "--format", "dot", "--depth", "1").stderr
    assert "outside of blocks no group has several boxes" in said


def test_a_part_is_drawn_alone_and_one_that_is_not_there_is_said(tmp_path: Path) -> None:
    assert "layer1.0: bottleneck" in run("resnet50", "--format", "dot", "--of", "layer1.0").stdout
    result = run("resnet50", "--format", "dot", "--of", "Layer1.0")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "did you mean `layer1.0`?" in result.stderr
    # Also where the spec has an error, whose exit status it is then.
    result = run(put(tmp_path, SPEC.replace("size: 3}", "size: 40}")), "--format", "dot", "--of", "body")
    assert (result.exit_code, "no group, block or repeat `body`" in result.stderr) == (1, True)


def test_a_plain_picture_is_no_page() -> None:
    result = run("lenet5", "--format", "html", "--plain")
    assert (result.exit_code, "--plain is not of a page" in result.stderr) == (2, True)


@pytest.mark.parametrize("options", [["--preset", "none"], ["--set", "x=1"], ["--depth", "-1"], ["--format", "png"]])
def test_what_does_not_fit_is_2(options: list[str]) -> None:
    assert run("lenet5", "--format", "dot", *options).exit_code == 2


@pytest.mark.parametrize("ending", [".pdf", ".png", ".foo"])
def test_an_ending_that_names_no_format_is_refused(tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"a{ending}"
    result = run(put(tmp_path, SPEC), "--out", out)
    assert (result.exit_code, out.exists()) == (2, False)
    assert f"`{ending}` names no format; end it in .svg, .html, .htm, .dot, .gv or .mmd" in result.stderr
    assert (f"rsvg-convert -f {ending[1:]} -o {out} {out.with_suffix('.svg')}" in result.stderr) == (ending != ".foo")
    assert run(put(tmp_path, SPEC), "--format", "dot", "--out", out).exit_code == 0


def test_an_ending_may_be_in_capitals(tmp_path: Path) -> None:
    assert run(put(tmp_path, SPEC), "--out", tmp_path / "A.DOT").exit_code == 0
    assert (tmp_path / "A.DOT").read_text("utf-8").startswith("digraph")
