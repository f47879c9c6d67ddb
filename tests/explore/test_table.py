"""The rows of a sweep against one check after the other, and against Python's ints where numbers are huge."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import archcalc
from archcalc import sweep
from archcalc.analysis.batch_limits import least_batch
from archcalc.analysis.inplace import FIELD
from archcalc.explore.table import Networks
from archcalc.sizes.columns import Column
from tests.support.draw_chains import spec_texts
from tests.support.draw_inplace import texts as in_place_texts
from tests.support.sweeps import WIDE, checked, rows_of, spec_file, written


@pytest.fixture
def wide(tmp_path: Path) -> Path:
    return written(tmp_path, WIDE)


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
    with spec_file(text) as path:
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
    with spec_file(text) as path:
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
    with spec_file(f"archcalc: 1\nname: A\ninput: [3, 6, 6]\nlet: {{w: 2}}\n{layers}") as path:
        channels, widths = ("1,4,5", "1,2") if product else ("1,4,4,5", "1,2,1,2")
        for row in rows_of(sweep(path, input={"C": channels, "H": channels}, settings={"w": widths}, product=product)):
            one = checked(path, (row["C"], row["H"], 6), {"w": row["w"]})
            assert {name: row[name] for name in one} == one


def test_channels_that_follow_from_a_width_are_those_that_blocks_ask_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Networks, "_one_by_one", None)
    layers = (
        "blocks:\n  b:\n    layers: [{kind: conv2d, out_channels: 2 * in_channels, kernel_size: 1}]\n"
        "layers:\n  - {kind: conv2d, out_channels: w, kernel_size: 1}\n  - {kind: b, repeat: 2}\n"
    )
    with spec_file(f"archcalc: 1\nname: A\ninput: [3, 6, 6]\nlet: {{w: 2}}\n{layers}") as path:
        rows = [*rows_of(sweep(path, settings={"w": "1:6:1"}))]
    # By hand: 3·w + w, then w·2w + 2w, then 2w·4w + 4w.
    assert [row["params"] for row in rows] == [10 * w * w + 10 * w for w in range(1, 7)]


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
    with spec_file(f"archcalc: 1\nname: A\ninput: [4, 8]\nlet: {{{let}}}\nlayers:\n{rows}") as path:
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
    with spec_file(text) as path:
        table = sweep(path, input=given, product=product)
        for row, (n, batch) in zip(rows_of(table), rows, strict=True):
            shape = (3, n, 4) if letter == "H" else (3, n)
            report = archcalc.check(path, input=shape)
            takes = least_batch(report.batch_limits, training=False) <= batch
            assert row["legal"] == (report.ok and takes), (row, report.errors)
            assert row["fails_at"] == ("" if row["legal"] else "bn")
        without = sweep(path, input={letter: "2,4"})
        assert without["legal"].tolist() == [recipe != 1, True]


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
    with spec_file(text) as path:
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


def test_what_fails_at_the_input_is_not_blamed_on_a_name_of_let(tmp_path: Path) -> None:
    text = "archcalc: 1\nname: Small\ninput: [3, n - 5, 8]\nlet: {n: 9, m: 1}\nlayers:\n  - {kind: relu}\n"
    for mutant, failed in ((text, ["input", "input", ""]), (text.replace("m: 1", "m: 1 // (n - 5)"), None)):
        table = sweep(written(tmp_path, mutant), settings={"n": [4, 5, 6]})
        assert list(table["fails_at"]) == failed if failed else "let" in table["fails_at"]


MUTANTS: dict[str, tuple[str, Any]] = {
    "needs that are not asked": ("archcalc.explore.row_walk._fits", lambda layer, xs: (True, layer.out(*xs))),
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
