"""``archcalc sweep``: tables, CSV and JSON, what is resumed, and what is misuse."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
from pathlib import Path
from typing import Any

import click.testing
import pytest

from archcalc import check, sweep
from archcalc.cli.main import cli
from archcalc.cli.sweep import _with_progress
from archcalc.explore.sweep import Sweep
from tests.support.sweeps import WIDE, rows_of, written


@pytest.fixture
def wide(tmp_path: Path) -> Path:
    return written(tmp_path, WIDE)


def run(*arguments: str) -> click.testing.Result:
    return click.testing.CliRunner().invoke(cli, arguments, catch_exceptions=False)


def test_the_table_reads_as_a_person_would_write_it(wide: Path) -> None:
    result = run("sweep", str(wide), "--set", "width=0.001,1.5", "--input", "HW=2,16", "--input", "N=2")
    assert result.exit_code == 0
    assert result.stdout == (
        "width   H   W  N  parameters     MACs  output  last map   not legal because\n"
        f"{118 * '─'}\n"
        f"0.001   2   2  2{'':42}`conv`: `out_channels` takes a whole number from 1 up, not 0\n"
        f"0.001  16  16  2{'':42}`conv`: `out_channels` takes a whole number from 1 up, not 0\n"
        "  1.5   2   2  2                                          `wide` reaches over 3 pixels, but only 1 arrives\n"
        "  1.5  16  16  2       4,492  711,288  10      6 × 3 × 3\n"
    )


def test_columns_are_those_that_are_asked_for_behind_what_varies(wide: Path) -> None:
    sweeping = ("sweep", str(wide), "--set", "width=1.5", "--input", "HW=16,2")
    chosen = ("--columns", "MACs, flops,last map", "--digits", "3")
    assert [line.split() for line in run(*sweeping, *chosen).stdout.splitlines()[:3:2]] == [
        ["width", "H", "W", "MACs", "FLOPs", "last", "map", "not", "legal", "because"],
        ["1.5", "16", "16", "356k", "711k", "6", "×", "3", "×", "3"],
    ]
    written = run(*sweeping, "--columns", "macs,why,H", "--format", "csv").stdout
    assert [*csv.reader(io.StringIO(written))] == [
        ["width", "H", "W", "macs", "why"],
        ["1.5", "16", "16", "355644", ""],
        ["1.5", "2", "2", "", "`wide` reaches over 3 pixels, but only 1 arrives"],
    ]
    with_sizes = run(*sweeping, "--columns", "trunk_H,fails_at", "--format", "markdown").stdout.splitlines()
    assert with_sizes[2] == "| width | H | W | last map, H | fails_at | not legal because |"


def test_a_row_that_is_not_legal_says_what_a_check_says(tmp_path: Path) -> None:
    path = tmp_path / "named.yaml"
    path.write_text(re.sub("presets.*\n", "", NAMED), encoding="utf-8")
    told = 0
    for row in sweep(path, input={"H": [1, 4, 9]}, settings={"k": [0, 3, 9]}).to_dict():
        report = check(path, settings={"k": row["k"]}, input=(3, row["H"], 16))
        said = report.errors[0].message.split(", and in ")[0].split("; `k` is ")[0] if report.errors else None
        assert row["why"] == said or str(row["why"]).endswith(f": {said}"), row
        told += said is not None
    assert told >= 5


def test_csv_and_json_say_what_the_library_says(wide: Path, tmp_path: Path) -> None:
    ranges = ("--set", "width=0.001,1.5", "--input", "HW=2,16")
    table = sweep(wide, settings={"width": "0.001,1.5"}, input={"HW": "2,16"})
    rows = [{name: row[name] for name in table} for row in rows_of(table)]
    named = [row | {name: row[name] or None for name in ("fails_at", "why")} for row in rows]
    assert json.loads(run("sweep", str(wide), *ranges, "--format", "json").stdout) == named
    read = list(csv.DictReader(io.StringIO(run("sweep", str(wide), *ranges, "--format", "csv").stdout)))
    assert [row["macs"] for row in read] == ["" if row["macs"] is None else str(row["macs"]) for row in rows]
    assert [row["legal"] for row in read] == [str(row["legal"]).lower() for row in rows]
    for name in ("rows.csv", "rows.json"):
        run("sweep", str(wide), *ranges, "--out", str(tmp_path / name))
    assert (tmp_path / "rows.csv").read_text().startswith("width,H,W,legal,fails_at,why,params,macs,flops,")
    assert json.loads((tmp_path / "rows.json").read_text()) == named


def test_no_legal_row_is_a_finding(wide: Path) -> None:
    result = run("sweep", str(wide), "--input", "H=1:2")
    assert result.exit_code == 1
    assert "no row is legal" in result.stderr
    result = run("sweep", str(wide), "--where", "macs < 1", "--format", "json")
    assert (result.exit_code, json.loads(result.stdout)) == (1, [])
    assert "no row meets the conditions" in result.stderr


def test_a_spec_with_errors_is_shown(tmp_path: Path) -> None:
    path = written(tmp_path, "archcalc: 1\nname: A\ninput: [3]\nlayers: [{kind: rleu}]\n")
    assert run("sweep", str(path)).exit_code == 1
    assert "did you mean `relu`" in run("sweep", str(path)).stderr
    assert run("sweep", str(tmp_path / "missing.yaml")).exit_code == 2


NAMED = """\
archcalc: 1
name: Named
input: [3, 16, size]
presets: {small: {let: {k: 1}}, large: {let: {k: 5}}}
let: {k: 3, w0_h: 1, size: 16}
blocks:
  b:
    args: {more: 0}
    layers:
      - {kind: conv2d, out_channels: 4, kernel_size: k + more}
layers:
  - {name: "c{w0_h}", kind: conv2d, out_channels: 2 * w0_h - 1, kernel_size: 1}
  - {name: u, kind: b}
  - {name: "d{index}", kind: conv2d, repeat: 3, out_channels: 4 - index * w0_h, kernel_size: 1}
  - {name: v, kind: b, more: 1}
"""


@pytest.mark.parametrize(
    ("arguments", "fails", "named"),
    [
        (["--set", "k=0"], ["u.0"], "--set k=0` says why it is not"),
        (["--set", "k=-1,0.5"], ["u.0", "u.0"], "--set k=-1` says why the first is not"),
        (["--set", "w0_h=0"], ["c0"], "--set w0_h=0` says why it is not"),
        (["--set", "w0_h=2,4"], ["d2", "d1"], "--set w0_h=2` says why the first is not"),
        (["--set", "k=9", "--input", "H=3,8"], ["u.0", "u.0"], "--set k=9 --input 3,3,16` says why the first is not"),
        (["--set", "size=2", "--input", "H=9", "--input", "N=2"], ["u.0"], "--set size=2 --input 3,9,2` says why it"),
        (["--preset", "large", "--input", "H=4"], ["u.0"], "--preset large --input 3,4,16` says why it is not"),
        (["--preset", "small", "--set", "k=9"], ["v.0"], "--preset small --set k=9` says why it is not"),
    ],
)
def test_no_legal_row_names_layers_and_a_command_that_says_why(
    arguments: list[str], fails: list[str], named: str, tmp_path: Path
) -> None:
    path = tmp_path / "a spec.yaml"
    path.write_text(NAMED if "--preset" in arguments else re.sub("presets.*\n", "", NAMED), encoding="utf-8")
    result = run("sweep", str(path), *arguments, "--format", "json")
    assert [row["fails_at"] for row in json.loads(result.stdout)] == fails
    assert f"`archcalc check '{path}' {named}" in result.stderr
    command = re.search("`archcalc (.*)`", result.stderr)
    assert command is not None
    assert run(*shlex.split(command[1])).exit_code == 1


@pytest.mark.parametrize("where", [(), ("--where", "params >= 700")])
def test_a_sweep_goes_on_where_it_was_cut_off(wide: Path, tmp_path: Path, where: tuple[str, ...]) -> None:
    out = tmp_path / "rows.csv"
    sweeping = ("sweep", str(wide), "--set", "width=0.25:1:0.25", "--input", "HW=8:12", *where, "--out", str(out))
    assert run(*sweeping).exit_code == 0
    whole = out.read_text()
    for end in range(len(whole) + 1):
        if end % 7 == 0 or end > len(whole) - 3 or end < 3:
            out.write_text(whole[:end])
            assert run(*sweeping, "--resume").exit_code == 0
            assert out.read_text() == whole
    out.unlink()
    assert run(*sweeping, "--resume").exit_code == 0
    assert out.read_text() == whole
    other = run(*sweeping[:3], "width=0.1", *sweeping[4:], "--resume")
    assert other.exit_code == 2
    assert "another sweep" in other.stderr
    assert out.read_text() == whole


def test_an_interrupted_sweep_keeps_what_it_wrote(wide: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "rows.csv"
    sweeping = ("sweep", str(wide), "--input", "HW=8:12", "--out", str(out))
    run(*sweeping)
    whole = out.read_text()
    monkeypatch.setattr("archcalc.explore.sweep.BLOCK", 2)
    finished = Sweep._finished

    def interrupted(self: Sweep, given: Any, found: Any, wanted: Any) -> Any:
        if 10 in given["H"]:
            raise KeyboardInterrupt
        return finished(self, given, found, wanted)

    with monkeypatch.context() as patched:
        patched.setattr(Sweep, "_finished", interrupted)
        result = run(*sweeping)
    assert result.exit_code == 130
    assert "--resume goes on with it" in result.stderr
    assert whole.startswith(out.read_text())
    assert len(out.read_text().splitlines()) == 3
    assert run(*sweeping, "--resume").exit_code == 0
    assert out.read_text() == whole


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--input", "H"), "varies nothing"),
        (("--input", "H=1", "--input", "H=2"), "varies `H` twice"),
        (("--set", "depth=1"), "`let` does not name `depth`"),
        (("--columns", "mac"), "there is no column `mac`; did you mean `macs`?"),
        (("--columns", "macs", "--format", "json"), "json has every column"),
        (("--digits", "3", "--format", "csv"), "csv has every digit"),
        (("--resume",), "goes on with an --out of csv"),
        (("--input", "HW=8", "--out", "no-such-folder/rows.pdf"), "end it in .csv, .json, .md, .tex, .html or .txt"),
    ],
)
def test_misuse_says_what_to_write(wide: Path, arguments: tuple[str, ...], message: str) -> None:
    result = run("sweep", str(wide), *arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_file_that_cannot_be_written_is_no_error_of_ours(wide: Path, tmp_path: Path) -> None:
    result = run("sweep", str(wide), "--out", str(tmp_path / "none" / "rows.csv"))
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr


def test_a_long_sweep_shows_how_far_it_is(wide: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = io.StringIO()
    monkeypatch.setattr(shown, "isatty", lambda: True)
    monkeypatch.setattr("archcalc.cli.sweep.LONG", 10)
    monkeypatch.setattr("archcalc.explore.sweep.BLOCK", 4)
    monkeypatch.setattr("sys.stderr", shown)
    plan = Sweep(wide, input={"H": "8:19"}, settings={})
    whole = list(_with_progress(plan, 0))
    assert sum(len(table["H"]) for table in whole) == 12
    assert "100%" in shown.getvalue()
    assert sum(len(table["H"]) for table in _with_progress(plan, 2)) == 10
