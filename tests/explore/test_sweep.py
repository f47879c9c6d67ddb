"""A sweep against one check after the other, and against Python's ints where numbers are huge."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any
from unittest.mock import patch

import click.testing
import numpy as np
import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import archcalc
from archcalc import SettingError, SpecFaults, sweep
from archcalc.analysis.batch_limits import least_batch
from archcalc.analysis.inplace import FIELD
from archcalc.cli.main import cli
from archcalc.cli.sweep import _with_progress
from archcalc.explore.sweep import Sweep, text_of
from archcalc.explore.table import Networks
from archcalc.sizes.columns import Column
from archcalc.sizes.rules import is_known
from tests.analysis.test_inplace import texts as in_place_texts
from tests.support.draw_chains import spec_texts

WIDE = """\
archcalc: 1
name: Wide
input: [3, size, size]
let: {size: 16, width: 1, classes: 10}
layers:
  - {name: conv, kind: conv2d, out_channels: floor(32*width), kernel_size: 3, padding: 1}
  - {name: pool, kind: max_pool2d, kernel_size: 2}
  - {name: wide, kind: conv2d, out_channels: "max(ceil(width/3), 4*width)", kernel_size: 3, stride: 2}
  - {name: flatten, kind: flatten}
  - {name: head, kind: linear, out_features: classes}
"""


@pytest.fixture
def wide(tmp_path: Path) -> Path:
    path = tmp_path / "wide.yaml"
    path.write_text(WIDE, encoding="utf-8")
    return path


def checked(spec: Path, sizes: tuple[int, ...] | None, settings: dict[str, Any]) -> dict[str, Any]:
    """What a single check says of these sizes, as a row of a sweep."""
    report = archcalc.check(spec, input=sizes, settings=settings)
    assert report.totals is not None
    faults = [fault for fault in report.diagnostics if fault.severity == "error" and not fault.code.startswith("A4")]
    whole = all(layer.output is not None and is_known(*layer.output) for layer in report.layers)
    if faults or not whole:
        return {"legal": False, "params": None, "macs": None}
    return {"legal": True, "params": report.totals.params, "macs": report.totals.macs, "out": report.layers[-1].output}


def rows_of(table: dict[str, Any]) -> Iterator[dict[str, Any]]:
    columns = {name: column.tolist() for name, column in table.items()}
    for values in zip(*columns.values(), strict=True):
        row = dict(zip(columns, values, strict=True))
        yield row | {"out": tuple(size for name, size in row.items() if name.startswith("out_"))}


def test_every_row_is_what_a_check_says(wide: Path) -> None:
    table = sweep(wide, input={"H": "1:20:3", "W": [4, 9]}, settings={"width": "0.05:1.5:0.29", "classes": "10,100"})
    assert len(table["H"]) == 7 * 2 * 6 * 2
    legal = 0
    for row in rows_of(table):
        width = Fraction(repr(row["width"]))
        one = checked(wide, (3, row["H"], row["W"]), {"width": width, "classes": row["classes"]})
        assert {name: row[name] for name in one} == one
        legal += row["legal"]
    assert 0 < legal < len(table["H"])


def test_networks_of_different_widths_are_walked_at_once(wide: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Networks, "_one_by_one", None)
    table = sweep(wide, input={"HW": "8,21"}, settings={"width": "0.25:2:0.25", "size": "3,4"})
    for row in rows_of(table):
        width = Fraction(repr(row["width"]))
        one = checked(wide, (3, row["H"], row["W"]), {"width": width})
        assert {name: row[name] for name in one} == one


@given(spec_texts(), st.data())
@settings(max_examples=30)
def test_every_row_of_a_random_network_is_what_a_check_says(text: str, data: st.DataObject) -> None:
    report = archcalc.check_text(text)
    shape = report.input
    assert shape is not None
    letters = {1: ["features"], 2: ["C", "L"], 3: ["C", "H", "W"], 4: ["C", "D", "H", "W"]}[len(shape)]
    varied = data.draw(st.lists(st.sampled_from(letters), min_size=1, unique=True, max_size=2))
    sizes = {letter: data.draw(st.lists(st.integers(1, 40), min_size=1, max_size=6)) for letter in varied}
    with _file(text) as path:
        for row in rows_of(sweep(path, input=sizes)):
            x = tuple(row.get(letter, n) for letter, n in zip(letters, shape, strict=True))
            one = checked(path, x, {})
            assert {name: row[name] for name in one} == one
            assert (row["fails_at"] == "") == row["legal"]


@st.composite
def settled_texts(draw: st.DrawFn) -> tuple[str, dict[str, list[Any]]]:
    """A spec, of layers in place or of a chain, with some of its values given by names, and values for these."""
    document = yaml.safe_load(draw(in_place_texts() | spec_texts()))
    rows = [row for entry in document["layers"] for row in entry.get("layers", [entry])]
    found = [(row, key) for row in rows for key, value in row.items() if isinstance(value, (bool, int, float))]
    assume(found)
    document["let"], given = {}, {}
    in_place = [place for place, (_, key) in enumerate(found) if key == FIELD]
    taken = st.sampled_from(range(len(found)))
    places = draw(st.sets(taken | st.sampled_from(in_place) if in_place else taken, min_size=1, max_size=3))
    for number, (row, key) in enumerate(found[place] for place in sorted(places)):
        name, stated = f"n{number}", row[key]
        others = [not stated] if isinstance(stated, bool) else [0, 0.5] if isinstance(stated, float) else [0, 1, 2, 3]
        given[name] = [stated, *draw(st.lists(st.sampled_from(others), max_size=2, unique=True))]
        document["let"][name], row[key] = stated, name
    return yaml.safe_dump(document, sort_keys=False), given


@given(settled_texts())
@settings(max_examples=60)
def test_a_row_is_legal_exactly_where_a_check_finds_nothing_wrong(drawn: tuple[str, dict[str, list[Any]]]) -> None:
    text, given = drawn
    with _file(text) as path:
        for row in rows_of(sweep(path, settings=given)):
            report = archcalc.check(path, settings={name: row[name] for name in given})
            assert row["legal"] == report.ok, (row, text, report.errors)
            assert report.graph is not None
            names = {step.path for step in report.graph.steps}
            assert row["fails_at"] == "" if row["legal"] else row["fails_at"] in names, (row, text)


@pytest.mark.parametrize("product", [True, False])
@pytest.mark.parametrize(
    "layers",
    [
        "layers:\n  - {kind: conv2d, out_channels: w * in_channels, kernel_size: 1}\n",
        "blocks:\n  b:\n    layers: [{kind: conv2d, out_channels: in_channels + w, kernel_size: 1}]\n"
        "layers:\n  - {kind: relu}\n  - {name: u, kind: b}\n  - {kind: b}\n",
        "blocks:\n  b:\n    inputs: [x, y]\n    let: {n: x_channels + 1}\n"
        "    layers: [{kind: add, from: [x, y]}, {kind: conv2d, out_channels: n, kernel_size: 1, groups: w}]\n"
        "layers:\n  - {name: a, kind: relu}\n  - {kind: b, from: [a, a]}\n",
    ],
)
def test_channels_that_vary_are_those_that_expressions_see(layers: str, product: bool) -> None:
    with _file(f"archcalc: 1\nname: A\ninput: [3, 6, 6]\nlet: {{w: 2}}\n{layers}") as path:
        channels, widths = ("1,4,5", "1,2") if product else ("1,4,4,5", "1,2,1,2")
        for row in rows_of(sweep(path, input={"C": channels, "H": channels}, settings={"w": widths}, product=product)):
            one = checked(path, (row["C"], row["H"], 6), {"w": row["w"]})
            assert {name: row[name] for name in one} == one


IN_PLACE: list[tuple[list[str], dict[str, str], list[str]]] = [
    (
        ["{name: u, kind: selu}", "{name: r, kind: relu, inplace: on}", "{kind: add, from: [r, u]}"],
        {"on": "true,false"},
        ["r", ""],
    ),
    (
        ["{name: u, kind: relu}", "{name: d, kind: dropout, p: p, inplace: true}", "{kind: add, from: [d, u]}"],
        {"p": "0,0.25,0.5,0"},
        ["", "d", "d", ""],
    ),
    (
        [
            "{name: u, kind: conv1d, out_channels: 4, kernel_size: 1}",
            "{name: left, kind: slice, stop: cut}",
            "{name: right, kind: slice, start: 2, stop: 4, from: u}",
            "{name: over, kind: relu, inplace: true, from: left}",
            "{kind: concat, from: [over, right]}",
        ],
        {"cut": "1:3"},
        ["", "", "over"],
    ),
]


@pytest.mark.parametrize("product", [True, False])
@pytest.mark.parametrize(("layers", "given", "fails"), IN_PLACE)
def test_a_layer_in_place_may_be_what_fails(
    layers: list[str], given: dict[str, str], fails: list[str], product: bool
) -> None:
    stated = {"on": "false", "p": "0.5", "cut": "2"}
    let = ", ".join(f"{name}: {stated[name]}" for name in given)
    rows = "".join(f"  - {row}\n" for row in layers)
    with _file(f"archcalc: 1\nname: A\ninput: [4, 8]\nlet: {{{let}}}\nlayers:\n{rows}") as path:
        assert sweep(path, settings=given, product=product)["fails_at"].tolist() == fails


NORMS = [(kind, tracks) for kind in ("batch_norm1d", "batch_norm2d") for tracks in (True, False)]


@pytest.mark.parametrize("product", [True, False])
@pytest.mark.parametrize("recipe", [None, 1, 2])
@pytest.mark.parametrize(("kind", "tracks"), NORMS)
def test_a_row_has_samples_enough(kind: str, tracks: bool, recipe: int | None, product: bool) -> None:
    size, letter = ("[3, 4, 4]", "H") if kind == "batch_norm2d" else ("[3, 4]", "L")
    pool = f"{{kind: avg_pool{kind[-2:]}, kernel_size: {'[2, 4]' if letter == 'H' else 2}}}"
    norm = f"{{name: bn, kind: {kind}, track_running_stats: {str(tracks).lower()}}}"
    text = f"archcalc: 1\nname: A\ninput: {size}\nlayers:\n  - {pool}\n  - {norm}\n"
    if recipe is not None:
        text += f"train: {{optimizer: {{kind: adamw, lr: 0.01}}, batch_size: {recipe}, epochs: 1}}\n"
    rows = [(2, 1), (2, 2), (4, 1), (4, 3)] if not product else [(n, batch) for n in (2, 4) for batch in (1, 2)]
    sizes, batches = zip(*rows, strict=True)
    given = {letter: sorted({*sizes}), "N": sorted({*batches})} if product else {letter: sizes, "N": batches}
    with _file(text) as path:
        table = sweep(path, input=given, product=product)
        for row, (n, batch) in zip(rows_of(table), rows, strict=True):
            shape = (3, n, 4) if letter == "H" else (3, n)
            report = archcalc.check(path, input=shape)
            takes = least_batch(report.batch_limits, training=False) <= batch
            assert row["legal"] == (report.ok and takes), (row, report.errors)
            assert row["fails_at"] == ("" if row["legal"] else "bn")
        without = sweep(path, input={letter: "2,4"})
        assert without["legal"].tolist() == [recipe != 1, True]


class _file:
    """A file with this text, for as long as it is needed."""

    def __init__(self, text: str) -> None:
        import tempfile

        self._folder = tempfile.TemporaryDirectory()
        self._path = Path(self._folder.name) / "spec.yaml"
        self._path.write_text(text, encoding="utf-8")

    def __enter__(self) -> Path:
        return self._path

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()


_huge = st.integers(1, 2**31 - 1) | st.sampled_from([2**31 - 1, 2**20, 1])


@given(st.lists(st.tuples(_huge, _huge, _huge, _huge), min_size=1, max_size=8))
@settings(max_examples=50)
def test_numbers_are_exact_far_beyond_64_bits(rows: list[tuple[int, int, int, int]]) -> None:
    text = """\
archcalc: 1
name: Huge
input: [3, 8, 8]
let: {width: 1}
layers:
  - {name: conv, kind: conv2d, out_channels: width, kernel_size: 3, padding: 1}
  - {name: again, kind: conv2d, out_channels: width, kernel_size: 1}
"""
    heights, widths, batch, channels = (list(column) for column in zip(*rows, strict=True))
    with _file(text) as path:
        table = sweep(path, input={"H": heights, "W": heights, "N": batch}, settings={"width": widths}, product=False)
        narrow = sweep(path, input={"HW": heights, "N": batch, "C": channels}, product=False)
    # torch counts the bytes of no tensor of 2**61 values: of the maps, and of the two kernels.
    fits = [max(3 * h * h, w * h * h, 27 * w, w * w) < 2**61 for h, w, _, _ in rows]
    slim = [c * h * h < 2**61 for h, _, _, c in rows]
    wide = [27 * w + w + w * w + w for w in widths]
    assert table["params"].tolist() == [n if fit else None for n, fit in zip(wide, fits, strict=True)]
    macs = [n * (27 * w + w * w) * h * h for h, w, n, _ in rows]
    assert table["macs"].tolist() == [n if fit else None for n, fit in zip(macs, fits, strict=True)]
    macs = [n * (9 * c + 1) * h * h for h, _, n, c in rows]
    assert narrow["macs"].tolist() == [n if fit else None for n, fit in zip(macs, slim, strict=True)]
    assert table["params"].dtype == (np.int64 if max(widths) ** 2 < 2**62 else table["params"].dtype)


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(2, 30)), min_size=1, max_size=40), st.booleans(), st.booleans()
)
@settings(max_examples=25)
def test_side_by_side_is_the_same_rows_as_one_by_one(rows: list[tuple[int, int]], fractions: bool, pairs: bool) -> None:
    widths = [width / 8 if fractions else width for width, _ in rows]
    # Each pair of a setting and a size once, or where these are too many, each row.
    with _file(WIDE) as path, patch("archcalc.explore.sweep.BLOCK", 1000 if pairs else 1):
        together = sweep(path, input={"HW": [h for _, h in rows]}, settings={"width": widths}, product=False)
        for place, (width, (_, h)) in enumerate(zip(widths, rows, strict=True)):
            alone = sweep(path, input={"HW": h}, settings={"width": width})
            assert {n: c.tolist()[place] for n, c in together.items()} == {n: c.tolist()[0] for n, c in alone.items()}


def test_the_blocks_of_a_sweep_are_the_whole(wide: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {"input": {"H": "5:12", "W": "5:9"}, "settings": {"width": "0.5:2:0.5"}}
    whole = list(rows_of(sweep(wide, **given)))
    for block in (1, 7, 40, 90):
        monkeypatch.setattr("archcalc.explore.sweep.BLOCK", block)
        assert list(rows_of(sweep(wide, **given))) == whole
        plan = Sweep(wide, **given)
        for start in (1, 39, 40, 41, len(plan) - 1, len(plan)):
            rest = [row for _, table in plan.blocks(start=start) for row in rows_of(table)]
            assert rest == whole[start:]
            assert [end for end, _ in plan.blocks(start=start)][-1:] == [len(plan)][: start < len(plan)]


def test_the_last_map_is_the_last_that_follows_the_input() -> None:
    table = sweep(archcalc.bundled_specs()["alexnet-torchvision"], input={"HW": "63,224,225"})
    assert table["trunk_H"].tolist() == [1, 6, 6]
    assert table["out_features"].tolist() == [1000] * 3


def test_alexnet_is_legal_from_227_to_258() -> None:
    table = sweep(archcalc.bundled_specs()["alexnet"], input={"HW": "200:300"})
    assert table["H"][table["legal"]].tolist() == list(range(227, 259))
    assert set(table["fails_at"].tolist()) == {"", "fc1"}
    params = table["params"]
    assert isinstance(params, np.ma.MaskedArray)
    assert set(params.compressed().tolist()) == {62_378_344}
    assert params.mask.tolist() == (~table["legal"]).tolist()


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("macs <= 600k", lambda row: row["macs"] <= 600_000),
        ("macs <= 0.6 million", lambda row: row["macs"] <= 600_000),
        ("params < 1,234", lambda row: row["params"] < 1234),
        ("2*macs/params >= 10.5", lambda row: Fraction(2 * row["macs"], row["params"]) >= Fraction(21, 2)),
        ("width >= 0.3", lambda row: row["width"] >= 0.3),
        ("H*W > 100", lambda row: row["H"] * row["W"] > 100),
        ("trunk_H == 3", lambda row: row["trunk_H"] == 3),
        ("1 > 2", lambda row: False),
    ],
)
def test_where_keeps_the_legal_rows_that_meet_it(wide: Path, condition: str, holds: Any) -> None:
    given: dict[str, Any] = {"input": {"H": "8:20", "W": 9}, "settings": {"width": "0.1:1:0.1"}}
    every = [row for row in rows_of(sweep(wide, **given)) if row["legal"]]
    assert list(rows_of(sweep(wide, **given, where=condition))) == [row for row in every if holds(row)]


def test_columns_can_be_asked_for(wide: Path) -> None:
    table = sweep(wide, input={"H": "8,9"}, columns=["macs", "H"], where=["params > 1"])
    assert list(table) == ["macs", "H"]
    assert isinstance(table["macs"], np.ma.MaskedArray)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"input": {"X": "1:3"}}, "no axis `X`; it has C, H, W, N"),
        ({"input": {"H": "0:3"}}, "`H` takes whole numbers from 1"),
        ({"input": {"H": "1:2:0.5"}}, "`H` takes whole numbers from 1"),
        ({"input": {"H": "3:1"}}, "`3:1` is empty"),
        ({"input": {"H": "1:3:0"}}, "`1:3:0` is empty"),
        ({"input": {"H": "a"}}, "`H`: `a` is no range"),
        ({"input": {"H": "1:2:3:4"}}, "is no range"),
        ({"input": {"H": []}}, "takes one number at least"),
        ({"input": {"H": "1:99999999"}}, "more than 10,000,000"),
        ({"input": {"H": "1:100000", "W": "1:100000"}}, "combinations are more than"),
        ({"input": {"HW": "1:3", "H": "1:3"}}, "two columns would be called `H`"),
        ({"input": {"H": [1, 2], "W": [1]}, "product": False}, "as many values, not 2, 1"),
        ({"settings": {"widht": "1"}}, "did you mean `width`"),
        ({"settings": {"width": "inf"}}, "no range"),
        ({"settings": {"width": [float("nan")]}}, "takes numbers"),
        ({"settings": {"width": np.array([np.inf])}}, "not infinity"),
        ({"settings": {"width": [None]}}, "takes numbers"),
        ({"where": "mac < 3"}, "did you mean `macs`"),
        ({"where": "macs <"}, "not an expression"),
        ({"where": "macs + 1"}, "is no condition"),
        ({"where": "macs < params < 3"}, "more than an expression may"),
        ({"where": "macs // 0 < 3"}, "divides by zero"),
        ({"columns": ["mac"]}, "there is no column `mac`; did you mean `macs`"),
    ],
)
def test_what_does_not_fit_says_how_it_would(wide: Path, given: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingError, match=message.replace("?", r"\?")):
        sweep(wide, **given)


def test_a_spec_with_faults_is_not_swept(tmp_path: Path) -> None:
    path = tmp_path / "faulty.yaml"
    path.write_text("archcalc: 1\nname: A\ninput: [3]\nlayers: [{kind: rleu}]\n", encoding="utf-8")
    with pytest.raises(SpecFaults) as caught:
        sweep(path)
    assert [fault.code for fault in caught.value.diagnostics] == ["A113"]
    assert run("sweep", str(path)).exit_code == 1
    assert "did you mean `relu`" in run("sweep", str(path)).stderr
    assert run("sweep", str(tmp_path / "missing.yaml")).exit_code == 2


def run(*arguments: str) -> click.testing.Result:
    return click.testing.CliRunner().invoke(cli, arguments, catch_exceptions=False)


def test_the_table_reads_as_a_person_would_write_it(wide: Path) -> None:
    result = run("sweep", str(wide), "--set", "width=0.001,1.5", "--input", "HW=2,16", "--input", "N=2")
    assert result.exit_code == 0
    assert result.stdout == (
        "width   H   W  N  parameters     MACs  output  last map\n"
        "────────────────────────────────────────────────────────\n"
        "0.001   2   2  2                                          not legal: `conv`\n"
        "0.001  16  16  2                                          not legal: `conv`\n"
        "  1.5   2   2  2                                          not legal: `wide`\n"
        "  1.5  16  16  2       4,492  711,288  10      6 × 3 × 3\n"
    )


def test_csv_and_json_say_what_the_library_says(wide: Path, tmp_path: Path) -> None:
    ranges = ("--set", "width=0.001,1.5", "--input", "HW=2,16")
    table = sweep(wide, settings={"width": "0.001,1.5"}, input={"HW": "2,16"})
    rows = [{name: row[name] for name in table} for row in rows_of(table)]
    named = [row | {"fails_at": row["fails_at"] or None} for row in rows]
    assert json.loads(run("sweep", str(wide), *ranges, "--format", "json").stdout) == named
    read = list(csv.DictReader(io.StringIO(run("sweep", str(wide), *ranges, "--format", "csv").stdout)))
    assert [row["macs"] for row in read] == ["" if row["macs"] is None else str(row["macs"]) for row in rows]
    assert [row["legal"] for row in read] == [str(row["legal"]).lower() for row in rows]
    for name in ("rows.csv", "rows.json"):
        run("sweep", str(wide), *ranges, "--out", str(tmp_path / name))
    assert (tmp_path / "rows.csv").read_text().startswith("width,H,W,legal,fails_at,params,macs,")
    assert json.loads((tmp_path / "rows.json").read_text()) == named


def test_no_legal_row_is_a_finding(wide: Path) -> None:
    result = run("sweep", str(wide), "--input", "H=1:2")
    assert result.exit_code == 1
    assert "no row is legal" in result.stderr
    result = run("sweep", str(wide), "--where", "macs < 1", "--format", "json")
    assert (result.exit_code, json.loads(result.stdout)) == (1, [])
    assert "no row meets the conditions" in result.stderr


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
        (("--resume",), "goes on with an --out of csv"),
    ],
)
def test_misuse_says_what_to_write(wide: Path, arguments: tuple[str, ...], message: str) -> None:
    result = run("sweep", str(wide), *arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_file_that_cannot_be_written_is_no_fault_of_ours(wide: Path, tmp_path: Path) -> None:
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


MUTANTS: dict[str, tuple[str, Any]] = {
    "needs that are not asked": ("archcalc.explore.row_walk._fits", lambda layer, x: True),
    "rows that fail together": ("archcalc.explore.row_walk._both", lambda one, other: bool(other.all()) and one),
    "totals without what all rows have": (
        "archcalc.explore.row_walk._total",
        lambda terms: sum(term for term in terms if isinstance(term, Column)),
    ),
    "fractions that are floats": (
        "archcalc.explore.table.exact_column",
        lambda values: Column.of((values * 2).round().astype(np.int64)) * Fraction(1, 2),
    ),
    "settings that go along": (
        "archcalc.explore.sweep.flattened",
        lambda table, shape: {name: np.resize(values, shape).reshape(-1) for name, values in table.items()},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_is_found(name: str, wide: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*MUTANTS[name])

    def both() -> None:
        test_every_row_is_what_a_check_says(wide)
        test_networks_of_different_widths_are_walked_at_once(wide, monkeypatch)

    with pytest.raises((AssertionError, IndexError, TypeError)):
        both()


def test_numbers_are_written_as_decimals() -> None:
    assert [text_of(value) for value in (np.float64(0.15), 2.0, np.int64(3), Fraction(1, 3))] == [
        "0.15",
        "2",
        "3",
        "1/3",
    ]


def test_values_that_no_float_prints_stay_exact(wide: Path) -> None:
    third = sweep(wide, settings={"width": [Fraction(1, 3), Fraction(2, 3)]})
    assert third["legal"].tolist() == [False, False]
    assert third["fails_at"].tolist() == ["wide", "wide"]
    exact = sweep(wide, settings={"width": "1.0000000000000000001"})
    assert exact["legal"].tolist() == [False]
