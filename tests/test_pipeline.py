"""From text to report: what a report says, and how sizes are changed from outside."""

from __future__ import annotations

from pathlib import Path

import pytest

from archcalc.diagnostics.log import MAX_ERRORS
from archcalc.explore.sweep import sweep
from archcalc.pipeline import check, check_each, check_text
from archcalc.spec.settings import SettingError
from tests.support.bundled import NETWORKS, checked

SMALL = """\
archcalc: 1
name: Small
input: [3, 32, 32]
let: {classes: 10, hidden: 4*classes}
layers:
  - {kind: flatten}
  - {name: fc1, kind: linear, out_features: hidden, expect: [40]}
  - {name: fc2, kind: linear, out_features: classes, expect: {params: 410}}
expect: {params: 0.12M}
"""


def test_a_report_says_what_the_spec_is() -> None:
    report = check_text(SMALL, file="small.yaml")
    assert (report.file, report.name, report.text) == ("small.yaml", "Small", SMALL)
    assert report.ok
    assert report.readable
    assert report.input == (3, 32, 32)
    assert [(layer.name, layer.kind, layer.output, layer.line) for layer in report.layers] == [
        ("flatten", "flatten", (3072,), 6),
        ("fc1", "linear", (40,), 7),
        ("fc2", "linear", (10,), 8),
    ]
    assert report.layers[2].weights == {"weight": (10, 40), "bias": (10,)}
    assert [one.agrees for one in report.claims] == [True, True, True]
    assert report.diagnostics == ()


@pytest.mark.parametrize(("name", "preset"), NETWORKS)
def test_a_bundled_network_is_clean(name: str, preset: str | None) -> None:
    report = checked(name, preset)
    assert report.diagnostics == ()
    assert all(one.agrees or one.claim.because for one in report.claims)


def test_a_setting_changes_what_depends_on_it_and_silences_the_claims() -> None:
    report = check_text(SMALL, settings={"classes": 20})
    assert [layer.output for layer in report.layers[1:]] == [(80,), (20,)]
    assert [one.agrees for one in report.claims] == [None, None, None]
    assert report.ok


def test_a_setting_that_changes_nothing_leaves_the_claims() -> None:
    report = check_text(SMALL, settings={"classes": 10}, input=(3, 32, 32))
    assert [one.agrees for one in report.claims] == [True, True, True]


def test_a_setting_may_break_a_circle() -> None:
    text = SMALL.replace("classes: 10", "classes: hidden // 4")
    assert [error.code for error in check_text(text).diagnostics] == ["A304"]
    assert check_text(text, settings={"classes": 10}).ok


def test_another_input_changes_the_shapes() -> None:
    report = check_text(SMALL, input=(1, 8, 8))
    assert report.input == (1, 8, 8)
    assert report.layers[0].output == (64,)
    assert report.ok


def test_an_unknown_setting_is_misuse() -> None:
    with pytest.raises(SettingError, match="`let` does not name `clases`; did you mean `classes`"):
        check_text(SMALL, settings={"clases": 20})
    with pytest.raises(SettingError, match="it names classes, hidden"):
        check_text(SMALL, settings={"x": 20})


@pytest.mark.parametrize("shape", [(), (3, 0, 3), (-1,)])
def test_an_impossible_input_is_misuse(shape: tuple[int, ...]) -> None:
    with pytest.raises(SettingError):
        check_text(SMALL, input=shape)


def test_an_error_of_the_file_leaves_no_spec(tmp_path: Path) -> None:
    report = check(tmp_path / "nothing.yaml")
    assert not report.ok
    assert not report.readable
    assert (report.spec, report.graph, report.facts, report.totals) == (None, None, None, None)
    assert (report.input, report.layers, report.claims) == (None, (), ())


def test_a_file_that_is_not_yaml_shows_its_line(tmp_path: Path) -> None:
    from archcalc.reports.text import render

    path = tmp_path / "spec.yaml"
    path.write_text("archcalc: 1\nname: @x\n", "utf-8")
    report = check(path)
    assert not report.readable
    assert "2 | name: @x\n  |       ^\n" in render(report)


def test_beyond_a_hundred_errors_no_one_reads() -> None:
    rows = "".join(f"  - {{kind: rule{number}}}\n" for number in range(20_000))
    report = check_text(f"archcalc: 1\nname: Small\ninput: [3]\nlayers:\n{rows}")
    assert len(report.diagnostics) == MAX_ERRORS + 1
    assert report.diagnostics[-1].code == "A109"
    assert report.diagnostics[-1].message == "more than 100 errors and warnings: the file is not read further"
    assert report.readable
    assert not report.ok
    assert report.facts is None


def test_many_errors_of_sizes_end_as_soon() -> None:
    rows = "  - {kind: linear, in_features: 7, out_features: 3}\n" * 5_000
    report = check_text(f"archcalc: 1\nname: Small\ninput: [3]\nlayers:\n{rows}")
    assert [error.code for error in report.diagnostics] == ["A203"] * MAX_ERRORS + ["A109"]


def test_diagnostics_are_in_the_order_of_the_file() -> None:
    layers = "  - {kind: linear, in_features: 4, out_features: x}\n  - {kind: wibble}\n"
    report = check_text(f"archcalc: 1\nname: 3\ninput: [3]\nlayers:\n{layers}")
    places = [(error.span.line, error.span.column) for error in report.diagnostics if error.span]
    assert [error.code for error in report.diagnostics] == ["A111", "A203", "A303", "A113"]
    assert places == sorted(places)


def test_advice_is_given_once() -> None:
    rows = "  - {kind: linear, out_features: 5}\n" * 3
    report = check_text(f"archcalc: 1\nname: Small\ninput: [3, 8, 8]\nlayers:\n{rows}")
    assert [(error.severity, error.code) for error in report.diagnostics] == [("warning", "A210")]
    assert report.ok


def test_a_bare_name_is_a_bundled_spec_unless_a_file_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert check("lenet5").layers == checked("lenet5", None).layers
    assert [report.preset for report in check_each("unet")] == ["unet", "unet_paper"]
    assert len(sweep("lenet5", input={"HW": [32, 36]})["params"]) == 2
    assert check("lenet_5").diagnostics[0].code == "A101"
    Path("lenet5").write_text("archcalc: 1\nname: Own\ninput: [3]\nlayers: [{kind: relu}]\n", "utf-8")
    assert check("lenet5").name == "Own"
