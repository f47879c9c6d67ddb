"""Names of ``let`` that nothing uses: which count as used, and which are said to be not."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archcalc import check, check_each, check_text
from archcalc.analysis.report import Report
from archcalc.spec.bundled import bundled_specs

COPIES = "layers: [{kind: relu, repeat: k}]"
USE = "layers: [{kind: b}]\n"

PLACES = {
    "input": "input: [@, 8, 8]\nlet: {n: 3}\n",
    "field": "let: {n: 3}\nlayers: [{kind: conv2d, out_channels: @, kernel_size: 3}]\n",
    "list": "let: {n: 3}\nlayers: [{kind: conv2d, out_channels: 3, kernel_size: [3, 2*@ - 3]}]\n",
    "name": "let: {n: 3}\nlayers: [{kind: relu, name: 'a{@ + 1}'}]\n",
    "from": "let: {n: 3}\nlayers: [{kind: relu, name: a3}, {kind: relu, from: 'a{@}'}]\n",
    "when": "let: {n: 3}\nlayers: [{kind: relu, when: @ > 2}]\n",
    "what is not there": "let: {n: 3}\nlayers: [{layers: [{kind: relu, repeat: @}], when: 1 > 2}, {kind: relu}]\n",
    "repeat": "let: {n: 3}\nlayers: [{kind: relu, repeat: @}]\n",
    "repeat of a group": "let: {n: 3}\nlayers: [{layers: [{kind: relu}], repeat: @}]\n",
    "group": "let: {n: 3}\nlayers: [{layers: [{layers: [{kind: dropout, p: 1/@}]}]}]\n",
    "argument": f"let: {{n: 3}}\nblocks: {{b: {{args: {{k}}, {COPIES}}}}}\nlayers: [{{kind: b, k: @}}]\n",
    "default": f"let: {{n: 3}}\nblocks: {{b: {{args: {{k: @}}, {COPIES}}}}}\n{USE}",
    "default of its own name": f"let: {{n: 3}}\nblocks: {{b: {{args: {{n: @}}, {COPIES.replace('k}', 'n}')}}}}}\n{USE}",
    "block": f"let: {{n: 3}}\nblocks: {{b: {{layers: [{{kind: relu, repeat: @}}]}}}}\n{USE}",
    "block's let": f"let: {{n: 3}}\nblocks: {{b: {{let: {{k: @}}, {COPIES}}}}}\n{USE}",
    "let": f"let: {{n: 3, m: 2*@, k: m}}\n{COPIES}\n",
    "preset's let": f"let: {{n: 3, k: null}}\npresets: {{a: {{let: {{k: @}}}}, b: {{let: {{k: 1}}}}}}\n{COPIES}\n",
    "preset's input": "let: {n: 3}\npresets: {a: {input: [@, 9, 9]}, b: {}}\n",
    "what a preset replaces": f"let: {{n: 3, k: @}}\npresets: {{a: {{let: {{k: 1}}}}, b: {{}}}}\n{COPIES}\n",
}
"""Every place that a name of the spec's may be used in, ``@``, where 3 may stand too."""


def spec(text: str) -> str:
    rest = {"input": "input: [3, 8, 8]\n", "layers": "layers: [{kind: relu}]\n"}
    more = "".join(line for key, line in rest.items() if f"\n{key}:" not in f"\n{text}")
    return f"archcalc: 1\nname: Small\n{text}{more}"


def reports(text: str) -> list[Report]:
    presets = ["a", "b"] if "presets:" in text else [None]
    return [check_text(spec(text), preset=preset) for preset in presets]


def unused(report: Report) -> list[str]:
    """The messages; nothing else may be at fault but a block or a layer that nothing takes."""
    assert {error.code for error in report.diagnostics} <= {"A321"}, report.diagnostics
    return [error.message for error in report.diagnostics]


@pytest.mark.parametrize("place", PLACES)
def test_a_name_is_used_in_every_place_of_an_expression(place: str) -> None:
    for report in reports(PLACES[place].replace("@", "n")):
        assert unused(report) == []
    for report in reports(PLACES[place].replace("@", "3")):
        assert unused(report) == ["nothing uses `n` of `let`"]
        assert report.ok


@given(st.sampled_from(sorted(PLACES)), st.sampled_from(["kind", "out_channels", "n_2", "relu", "N"]))
def test_another_name_in_that_place_is_another_name(place: str, other: str) -> None:
    text = PLACES[place].replace("{n: 3", f"{{n: 3, {other}: 3").replace("@", other)
    for report in reports(text):
        assert unused(report) == ["nothing uses `n` of `let`"]


def test_what_only_an_unused_name_uses_is_unused() -> None:
    (report,) = reports("let: {n: m, m: k + 1, k: 2}\n")
    assert len(unused(report)) == 3


def test_a_block_sees_its_own_name_first() -> None:
    blocks = "blocks: {b: {args: {n: 2}, layers: [{kind: relu, repeat: n}]}}\nlayers: [{kind: b}]\n"
    (report,) = reports(f"let: {{n: 3}}\n{blocks}")
    assert unused(report) == ["nothing uses `n` of `let`"]
    blocks = "blocks: {b: {let: {n: 2}, layers: [{kind: relu, repeat: n}]}}\nlayers: [{kind: b}]\n"
    (report,) = reports(f"let: {{n: 3}}\n{blocks}")
    assert unused(report) == ["nothing uses `n` of `let`"]


def test_a_name_of_a_block_is_used_in_the_block() -> None:
    blocks = "blocks: {b: {let: {n: 2, m: 3}, layers: [{kind: relu, repeat: m}]}}\n"
    (report,) = reports(f"let: {{n: 3}}\n{blocks}layers: [{{kind: b}}, {{kind: relu, repeat: n}}]\n")
    assert unused(report) == ["nothing in the block `b` uses `n` of its `let`"]


def test_a_block_of_a_file_uses_no_name_of_the_spec(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("archcalc: 1\nlet: {n: 2, m: 3}\nlayers: [{kind: relu, repeat: n}]\n", "utf-8")
    blocks = "blocks: {b: {use: b.yaml}, c: {use: b.yaml}}\nlayers: [{kind: b}, {kind: c}]\n"
    (tmp_path / "spec.yaml").write_text(spec(f"let: {{n: 3}}\n{blocks}"), "utf-8")
    found = check(tmp_path / "spec.yaml")
    messages = ["nothing uses `n` of `let`", "nothing in the block `b` uses `m` of its `let`"]
    assert sorted(unused(found)) == sorted(messages)


def test_nor_does_what_is_not_there_in_a_block_of_a_file(tmp_path: Path) -> None:
    layers = "layers: [{layers: [{kind: relu, repeat: n}], when: 1 > 2}, {kind: relu}]\n"
    (tmp_path / "b.yaml").write_text(f"archcalc: 1\n{layers}", "utf-8")
    (tmp_path / "spec.yaml").write_text(spec(f"let: {{n: 3}}\nblocks: {{b: {{use: b.yaml}}}}\n{USE}"), "utf-8")
    assert unused(check(tmp_path / "spec.yaml")) == ["nothing uses `n` of `let`"]


@pytest.mark.parametrize(
    ("let", "layer", "help"),
    [
        ("widht: 64, width: 32", "conv2d, out_channels: width, kernel_size: 1", "did you mean `width`?"),
        ("clases: 10, classes: 9", "linear, in_features: 8, out_features: classes", "did you mean `classes`?"),
        ("depth: 3, width: 32", "linear, out_features: width, in_features: 8", "remove it, or write it where"),
    ],
)
def test_a_used_name_that_is_spelt_alike_is_asked_for(let: str, layer: str, help: str) -> None:
    (error,) = check_text(spec(f"let: {{{let}}}\nlayers: [{{kind: {layer}}}]\n")).diagnostics
    assert (error.code, error.severity, error.help[0][: len(help)]) == ("A321", "warning", help)
    assert error.span is not None
    assert error.span.column == 7


def test_a_misspelt_use_is_one_error() -> None:
    (error,) = check_text(spec("let: {widht: 64}\nlayers: [{kind: relu, repeat: width}]\n")).diagnostics
    assert (error.code, error.help) == ("A303", ("did you mean `widht`?",))


@pytest.mark.parametrize("name", bundled_specs())
def test_a_bundled_spec_has_no_error_and_no_warning(name: str) -> None:
    for report in check_each(bundled_specs()[name]):
        assert not report.diagnostics
