"""`archcalc fix`: edits listed, and written without any other byte changed."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from archcalc.cli.main import cli

SPEC = """# A comment.
archcalc: 1
name: Small
input: [3, 30, 30]   # C, H, W

layers:
  - name: conv1   # the first
    kind: conv2d
    out_channels: 8
    kernel_size: 3
  - {kind: flatten}
  - {name: fc, kind: linear, in_features: 8192, out_features: 10}
"""


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, ["fix", *arguments])
    return result.exit_code, result.output


def listed(path: Path, *arguments: str) -> list[str]:
    _, output = run(str(path), *arguments)
    lines = [line.split("  (")[0].split(maxsplit=1) for line in output.splitlines()]
    return [line[1] for line in lines if len(line) == 2 and line[0].isdigit() and "|" not in line[1]]


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_bytes(SPEC.encode())
    return path


def test_fix_lists_edits_with_numbers_and_writes_nothing(spec: Path) -> None:
    status, output = run(str(spec))
    assert status == 1
    assert listed(spec)[0] == "input: [3, 34, 34]"
    assert "conv1 padding: 2" in listed(spec)
    assert "fc in_features: 6272" in listed(spec)
    assert spec.read_bytes() == SPEC.encode()
    assert "--apply K" in output


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize(
    ("edit", "old", "new"),
    [
        ("input: [3, 34, 34]", "30, 30", "34, 34"),
        ("conv1 padding: 2", "    kernel_size: 3\n", "    kernel_size: 3\n    padding: 2\n"),
        ("fc in_features: 6272", "8192", "6272"),
    ],
)
def test_fix_writes_an_edit_and_keeps_every_other_byte(
    spec: Path, edit: str, old: str, new: str, bom: bytes, line_end: str
) -> None:
    spec.write_bytes(bom + SPEC.replace("\n", line_end).encode())
    spec.chmod(0o640)
    status, output = run(str(spec), "--apply", str(listed(spec).index(edit) + 1))
    assert (status, output.splitlines()[0]) == (0, f"{spec}: {edit}")
    assert spec.read_bytes() == bom + SPEC.replace(old, new).replace("\n", line_end).encode()
    assert stat.S_IMODE(spec.stat().st_mode) == 0o640
    assert [path.name for path in spec.parent.iterdir()] == ["small.yaml"]


def test_fix_writes_through_a_link(spec: Path) -> None:
    link = spec.parent / "link.yaml"
    link.symlink_to(spec)
    assert run(str(link), "--apply", "1")[0] == 0
    assert link.is_symlink()
    assert "34, 34" in spec.read_text("utf-8")


def test_fix_of_a_sound_spec_has_nothing_to_do(spec: Path) -> None:
    spec.write_text(SPEC.replace("8192", "6272"), "utf-8")
    assert run(str(spec))[0] == 0
    status, output = run(str(spec), "--apply", "1")
    assert status == 2
    assert "there is no edit 1: there is none" in output


def test_fix_refuses_a_number_out_of_range(spec: Path) -> None:
    status, output = run(str(spec), "--apply", "99")
    assert status == 2
    assert f"there is no edit 99: there are {len(listed(spec))}" in output


def test_fix_refuses_a_file_that_changed_meanwhile(spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from archcalc import pipeline

    search = pipeline.each_fix

    def and_meanwhile(report: Any) -> Any:
        found = search(report)
        spec.write_text(SPEC + "# someone else\n", "utf-8")
        return found

    monkeypatch.setattr(pipeline, "each_fix", and_meanwhile)
    status, output = run(str(spec), "--apply", "1")
    assert status == 2
    assert "changed meanwhile" in output
    assert spec.read_text("utf-8") == SPEC + "# someone else\n"


def test_fix_refuses_a_file_that_changes_as_it_is_written(spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sync = os.fsync

    def and_meanwhile(handle: int) -> None:
        sync(handle)
        spec.write_text("someone else", "utf-8")

    monkeypatch.setattr(os, "fsync", and_meanwhile)
    assert run(str(spec), "--apply", "1")[0] == 2
    assert spec.read_text("utf-8") == "someone else"
    assert [path.name for path in spec.parent.iterdir()] == ["small.yaml"]


def test_fix_does_not_write_bundled_specs_or_inputs_from_outside(spec: Path) -> None:
    status, output = run("alexnet", "--input", "3,224,224", "--apply", "2")
    assert status == 2
    assert "bundled" in output
    status, output = run(str(spec), "--input", "3,31,31", "--apply", "1")
    assert status == 2
    assert "give 3,34,34 instead" in output
    assert spec.read_text("utf-8") == SPEC


def test_fix_of_an_unreadable_file(tmp_path: Path) -> None:
    assert run(str(tmp_path / "none.yaml"))[0] == 2
    assert run(str(tmp_path / "none.yaml"), "--apply", "1")[0] == 2


@pytest.mark.parametrize(
    ("old", "new", "edit"),
    [
        ("out_channels: 8", "filters: 8", "rename it `out_channels`"),
        ("kind: flatten", "kind: flaten", "write `kind: flatten`"),
        ("kernel_size: 3", "kernel_size: '3'", "write `kernel_size: 3`"),
        ("kernel_size: 3", "kernel_size: 3\n    bias: yes", "write `bias: true`"),
        ("kernel_size: 3", "kernel_size: 3x3", None),
    ],
)
def test_what_is_misspelt_is_fixed_too(spec: Path, old: str, new: str, edit: str | None) -> None:
    sound = SPEC.replace("8192", "6272")
    spec.write_text(sound.replace(old, new), "utf-8")
    assert listed(spec) == [edit] if edit else True
    if edit:
        assert run(str(spec), "--apply", "1")[0] == 0
        assert spec.read_text("utf-8") in (sound, sound.replace("3\n", "3\n    bias: true\n", 1)) or "bias" in new


@pytest.mark.skipif(os.name != "posix", reason="files of other systems have other owners")
def test_fix_does_not_replace_what_would_lose_something(spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = spec.read_bytes()

    def refused(why: str) -> None:
        status, output = run(str(spec), "--apply", "1")
        assert (status, why in output, str(spec) in output) == (2, True, True), output
        assert spec.read_bytes() == before

    spec.chmod(0o444)
    refused("is read-only")
    spec.chmod(0o644)
    other = spec.parent / "other.yaml"
    os.link(spec, other)
    refused("has 2 names (hard links)")
    other.unlink()
    with monkeypatch.context() as patched:
        patched.setattr(os, "geteuid", lambda: spec.stat().st_uid + 1)
        refused("belongs to another user")
    assert run(str(spec), "--apply", "1")[0] == 0


@pytest.mark.skipif(os.name != "posix", reason="links need a privilege elsewhere")
def test_fix_writes_the_file_that_a_link_leads_to(spec: Path) -> None:
    link = spec.parent / "link.yaml"
    link.symlink_to(spec.name)
    assert run(str(link), "--apply", "1")[0] == 0
    assert link.is_symlink()
    assert spec.read_text("utf-8") != SPEC
    assert {path.name for path in spec.parent.iterdir()} == {spec.name, link.name}


# Several errors at once, as a diff, and as JSON

PRUNED = """archcalc: 1
name: Pruned
input: [3, 8, 8]
layers:
  - {name: a, kind: conv2d, out_channels: 7, kernel_size: 3}   # was 8
  - {name: b, kind: conv2d, in_channels: 8, out_channels: 4, kernel_size: 1}
  - {name: c, kind: conv2d, from: a, in_channels: 8, out_channels: 4, kernel_size: 1}
  - {name: both, kind: add, from: [b, c]}
  - {name: d, kind: batch_norm2d, num_features: 5}
  - {name: e, kind: rleu}
"""
MENDED = (
    PRUNED.replace("in_channels: 8", "in_channels: 7").replace("features: 5", "features: 4").replace("rleu", "relu")
)


def test_all_errors_are_fixed_at_once(spec: Path) -> None:
    spec.write_text(PRUNED, "utf-8")
    status, output = run(str(spec), "--apply", "all")
    assert status == 0, output
    assert spec.read_text("utf-8") == MENDED
    assert f"{spec}: b in_channels: 7; c in_channels: 7" in output
    assert run(str(spec), "--apply", "all")[0] == 2


def test_a_diff_shows_what_would_be_written_and_writes_nothing(spec: Path) -> None:
    spec.write_text(PRUNED, "utf-8")
    for chosen, mended in (("all", MENDED), ("1", PRUNED.replace("in_channels: 8", "in_channels: 7"))):
        status, output = run(str(spec), "--apply", chosen, "--diff")
        assert status == 1
        lines = output.splitlines()
        assert lines[:2] == [f"--- {spec}", f"+++ {spec}"]
        added = [line[1:] for line in lines[2:] if line.startswith("+")]
        assert added == [line for line in mended.splitlines() if line not in PRUNED.splitlines()]
    assert spec.read_text("utf-8") == PRUNED


def test_the_ranges_of_the_json_are_the_edits(spec: Path) -> None:
    spec.write_text(PRUNED, "utf-8")
    result = CliRunner().invoke(cli, ["fix", str(spec), "--format", "json"])
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert [error["code"] for error in found["errors"]] == ["A203", "A203", "A203", "A113"]
    first = found["errors"][0]["fixes"][0]
    lines = PRUNED.splitlines(keepends=True)
    for edit in reversed(first["edits"]):
        assert edit["line"] == edit["end_line"]
        line = lines[edit["line"] - 1]
        lines[edit["line"] - 1] = line[: edit["column"] - 1] + edit["text"] + line[edit["end_column"] - 1 :]
    assert "".join(lines) == PRUNED.replace("in_channels: 8", "in_channels: 7")


@pytest.mark.parametrize(
    "wrong",
    [
        ("--diff",),
        ("--apply", "0"),
        ("--apply", "0" * 5000),
        ("--apply", "9" * 5000),
        ("--apply", "some"),
        ("--apply", "1", "--format", "json"),
    ],
)
def test_what_cannot_be_asked_of_fix_is_refused(spec: Path, wrong: tuple[str, ...]) -> None:
    assert run(str(spec), *wrong)[0] == 2
    assert spec.read_bytes() == SPEC.encode()


def test_of_a_family_an_error_of_the_whole_spec_is_fixed_without_a_preset(tmp_path: Path) -> None:
    spec = tmp_path / "family.yaml"
    text = (
        "archcalc: 1\nname: Family\ninput: [3, 8, 8]\nlet: {n}\nbudget: {parameters: 5M}\nlayers:\n"
        "  - {name: c, kind: conv2d, out_channels: n, kernel_size: 3}\n"
        "presets: {s: {let: {n: 4}}, l: {let: {n: 8}}}\n"
    )
    spec.write_text(text, encoding="utf-8")
    listed = CliRunner().invoke(cli, ["fix", str(spec)])
    assert listed.exit_code == 1
    assert "  1  rename it `params`" in listed.output
    assert CliRunner().invoke(cli, ["fix", str(spec), "--apply", "all"]).exit_code == 0
    assert spec.read_text("utf-8") == text.replace("parameters: 5M", "params: 5M")
    # Now nothing is wrong with the whole, and which network is meant is open.
    result = CliRunner().invoke(cli, ["fix", str(spec)])
    assert result.exit_code == 2
    assert "is a family of networks: choose one with --preset: s, l" in result.output
