"""What the language means where one example says it: names, sources, blocks, families, files, and how far they go."""

from __future__ import annotations

from pathlib import Path

import pytest

from archcalc import Report, check_each, check_text
from archcalc.spec.settings import SettingError

HEAD = "archcalc: 1\nname: Small\ninput: [3, 32, 32]\n"


def names(layers: str, blocks: str = "", **settings: int) -> list[str]:
    """The dotted names of the layers."""
    report = check_text(f"{HEAD}{blocks}layers:\n{layers}", settings=settings)
    assert not [error for error in report.diagnostics if error.severity == "error"], report.diagnostics
    return [layer.name for layer in report.layers]


def sources(report: Report) -> dict[str, list[str]]:
    """What each layer takes."""
    assert report.graph is not None
    paths = ["input", *(step.path for step in report.graph.steps)]
    return {step.path: [paths[source] for source in step.sources] for step in report.graph.steps}


def codes(report: Report) -> list[str]:
    return [error.code for error in report.diagnostics]


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ("  - {kind: relu}\n  - {kind: relu}\n  - {kind: tanh}\n", ["relu", "relu_1", "tanh"]),
        ("  - {name: relu_1, kind: relu}\n  - {kind: relu}\n  - {kind: relu}\n", ["relu_1", "relu", "relu_2"]),
        ("  - {name: g, layers: [{kind: relu}, {name: a-b, kind: tanh}, {kind: relu}]}\n", ["g.0", "g.a-b", "g.2"]),
        ("  - {name: g, layers: [{name: 0, kind: relu}, {name: 7, kind: relu}]}\n", ["g.0", "g.7"]),
        # A join has no number, and what is not there has none.
        ("  - {name: g, layers: [{kind: relu}, {kind: add, from: [0, 0]}, {kind: relu}]}\n", ["g.0", "g.add", "g.1"]),
        ("  - {name: g, layers: [{kind: relu}, {kind: relu, when: false}, {kind: tanh}]}\n", ["g.0", "g.1"]),
        # A group without a name is no module.
        ("  - {name: g, layers: [{kind: relu}, {layers: [{kind: relu}, {kind: tanh}]}]}\n", ["g.0", "g.1", "g.2"]),
        ("  - {layers: [{kind: relu}, {name: a, kind: tanh}]}\n", ["relu", "a"]),
        # Copies: numbered in a group of their own, in the list, or each with its name.
        ("  - {name: r, kind: relu, repeat: 2}\n", ["r.0", "r.1"]),
        ("  - {name: g, layers: [{kind: tanh}, {kind: relu, repeat: 2}]}\n", ["g.0", "g.1", "g.2"]),
        ("  - {kind: relu, repeat: 2}\n", ["relu", "relu_1"]),
        ('  - {name: "r{2*index + 1}", kind: relu, repeat: 2}\n', ["r1", "r3"]),
        ("  - {name: r, repeat: 2, layers: [{kind: relu}, {kind: tanh}]}\n", ["r.0.0", "r.0.1", "r.1.0", "r.1.1"]),
        ("  - {name: r, kind: relu, repeat: 4, when: index != 1}\n", ["r.0", "r.1", "r.2"]),
    ],
)  # fmt: skip
def test_what_layers_are_called(layers: str, expected: list[str]) -> None:
    assert names(layers) == expected


def test_a_block_is_numbered_until_its_layers_have_names() -> None:
    blocks = (
        "blocks:\n  plain: {layers: [{kind: relu}, {kind: tanh}]}\n"
        "  named: {layers: [{name: first, kind: relu}, {kind: tanh}, {kind: add, from: [tanh, first]}]}\n"
    )
    found = names("  - {kind: plain}\n  - {name: b, kind: named}\n", blocks)
    assert found == ["plain.0", "plain.1", "b.first", "b.tanh", "b.add"]


@pytest.mark.parametrize(
    ("layers", "with_it", "without"),
    [
        ("{name: act, kind: relu, when: on}, {kind: tanh}", ["act", "tanh"], ["tanh"]),
        ("{kind: tanh}, {layers: [{name: act, kind: relu}], when: on}", ["tanh", "act"], ["tanh"]),
        ("{kind: relu, when: on}, {kind: tanh}", ["0", "1"], ["0"]),
        ("{name: 4, kind: relu, when: on}, {kind: tanh}", ["4", "1"], ["0"]),
        ('{name: "{index}", kind: relu, repeat: n}, {kind: tanh}', ["0", "1"], ["0"]),
        ('{name: "a{index}", kind: relu, repeat: n}, {kind: tanh}', ["a0", "tanh"], ["tanh"]),
        ("{name: sum, kind: add, when: on, from: [input, input]}, {kind: tanh}", ["sum", "0"], ["0"]),
    ],
)
def test_how_a_block_calls_its_layers_does_not_depend_on_which_are_there(
    layers: str, with_it: list[str], without: list[str]
) -> None:
    blocks = f"blocks:\n  unit: {{args: {{on, n}}, layers: [{layers}]}}\n"
    uses = "  - {name: u, kind: unit, on: true, n: 1}\n  - {name: v, kind: unit, on: false, n: 0}\n"
    assert names(uses, blocks) == [*(f"u.{name}" for name in with_it), *(f"v.{name}" for name in without)]


WIRED = (
    HEAD
    + """\
let: {on: true}
layers:
  - {name: a, kind: relu}
  - name: g
    layers:
      - {name: b, kind: relu}
      - {name: c, kind: relu, from: a}
      - {name: a, kind: relu, from: b}
      - {name: d, kind: relu, from: a}
  - {name: maybe, kind: relu, from: a, when: on}
  - {name: join, kind: add, when: on, from: [g.c, maybe, input]}
  - {name: last, kind: add, from: [join, maybe]}
outputs: [last, maybe, g]
"""
)


def test_what_layers_take() -> None:
    report = check_text(WIRED)
    found = sources(report)
    assert found["g.b"] == ["a"]
    assert found["g.c"] == ["a"]
    assert found["g.d"] == ["g.a"]  # the nearest of its name
    assert found["join"] == ["g.c", "maybe", "input"]
    assert report.facts is not None
    assert report.facts.output_values == (8, 6, 5)


def test_what_is_not_there_stands_for_what_it_would_have_taken() -> None:
    report = check_text(WIRED, settings={"on": False})
    assert sources(report)["last"] == ["g.c", "a"]
    assert report.facts is not None
    assert report.facts.output_values == (6, 5)


BLOCKS = (
    HEAD
    + """\
let: {wide: 6}
blocks:
  unit:
    args: {width, twice: 2 * width, list: [3, 1]}
    let: {sum: twice + in_channels + wide}
    layers:
      - {name: conv, kind: conv2d, out_channels: sum, kernel_size: list}
  both:
    inputs: [x, skip]
    layers:
      - {name: conv, kind: conv2d, from: skip, out_channels: x_channels + skip_channels, kernel_size: 1}
      - {kind: concat, from: [conv, x]}
layers:
  - {name: one, kind: unit, width: 1}
  - {name: two, kind: unit, width: wide // 2, twice: 1, list: [1, 5]}
  - {name: cut, kind: adaptive_avg_pool2d, output_size: 8}
  - {name: start, kind: adaptive_avg_pool2d, from: input, output_size: 8}
  - {name: three, kind: both, from: [cut, start]}
"""
)


def test_a_block_sees_its_arguments_its_channels_and_the_names_of_the_spec() -> None:
    report = check_text(BLOCKS)
    assert report.ok, report.diagnostics
    outputs = {layer.name: layer.output for layer in report.layers}
    assert outputs["one.conv"] == (2 + 3 + 6, 30, 32)
    assert outputs["two.conv"] == (1 + 11 + 6, 30, 28)
    assert outputs["three.conv"] == (18 + 3, 8, 8)
    assert outputs["three.concat"] == (21 + 18, 8, 8)
    assert sources(report)["three.concat"] == ["three.conv", "cut"]


def test_true_is_not_one_in_another_use() -> None:
    layers = "  - {name: a, kind: unit, flag: true}\n  - {name: b, kind: unit, flag: 1}\n"
    block = "blocks:\n  unit: {args: {flag}, layers: [{kind: conv2d, out_channels: 3, kernel_size: 1, bias: flag}]}\n"
    report = check_text(f"{HEAD}{block}layers:\n{layers}")
    (error,) = report.diagnostics
    assert error.message == "`bias` takes true or false, not 1"
    assert [label.text for label in error.labels] == ["used here as `b`"]


def test_a_family_without_a_preset_says_what_to_choose() -> None:
    text = (
        f"{HEAD}let: {{n, m}}\nlayers:\n  - {{kind: relu, repeat: n + m}}\npresets:\n  one: {{let: {{n: 1, m: 1}}}}\n"
    )
    (error,) = check_text(text).diagnostics
    assert error.code == "A314"
    assert error.help == ("choose one of one",)
    assert check_text(text, preset="one").ok
    assert check_text(text, settings={"n": 1, "m": 2}).ok
    with pytest.raises(SettingError, match="has no preset `two`; it has one"):
        check_text(text, preset="two")


def test_each_member_of_a_family_is_checked(tmp_path: Path) -> None:
    path = tmp_path / "family.yaml"
    presets = "presets: {a: {let: {n: 1}, title: First, expect: {params: 0}}, b: {let: {n: 2}, input: [1, 8, 8]}}\n"
    path.write_text(f"{HEAD}let: {{n}}\nlayers: [{{kind: relu, repeat: n}}]\n{presets}", "utf-8")
    found = list(check_each(path))
    assert [(report.preset, len(report.layers), report.input) for report in found] == [
        ("a", 1, (3, 32, 32)),
        ("b", 2, (1, 8, 8)),
    ]
    assert [report.spec.title for report in found if report.spec is not None] == ["First", None]
    assert [len(report.claims) for report in found] == [1, 0]


def test_what_is_lost_is_not_walked_elsewhere(tmp_path: Path) -> None:
    from archcalc import LawError, laws, solve, sweep
    from archcalc.explore.varied import SolveError

    text = f"{HEAD}layers:\n  - {{name: a, kind: conv2d, from: inptu, out_channels: 8, kernel_size: 3}}\n"
    report = check_text(text)
    assert codes(report) == ["A310"]
    assert report.legal is None
    (tmp_path / "spec.yaml").write_text(text, "utf-8")
    with pytest.raises(LawError):
        laws(report)
    with pytest.raises(SolveError):
        solve(report, ["a.H == 3"], ["a.stride"])
    table = sweep(tmp_path / "spec.yaml", input={"H": "8:16"})
    assert not table["legal"].any()
    assert set(table["fails_at"]) == {"a"}


PLACES = """\
archcalc: 1
name: Places
input: [4]
layers:
  - {name: a, kind: relu}
  - {name: b, kind: relu, when: 1 > 2}
  - repeat: 2
    layers:
      - {name: "c{index}", kind: relu, when: index == 1}
      - {name: "d{index}", kind: relu}
  - {name: e, kind: relu, repeat: 3, when: index != 1}
  - {name: "f{index}", kind: relu, repeat: 0}
  - {name: g, kind: relu, repeat: 2, when: index > 5}
  - {name: h, layers: [{kind: relu}, {kind: relu, when: 1 > 2}]}
"""


def test_every_part_and_everything_absent_says_where_it_stands() -> None:
    graph = check_text(PLACES).graph
    assert graph is not None
    assert graph.root is not None
    parts = {part.name: part for part in graph.root.parts}
    assert {name: part.position for name, part in parts.items()} == {
        "a": (0, 0, 1),
        "d0": (2, 0, 2, 1, 0, 1),
        "c1": (2, 1, 2, 0, 0, 1),
        "d1": (2, 1, 2, 1, 0, 1),
        "e": (3, 0, 1),
        "h": (6, 0, 1),
    }
    # Copies of one name are a list of one entry, also where none of them is there.
    assert graph.root.absent == ((1, 0, 1), (2, 0, 2, 0, 0, 1), (4, 0, 0), (5, 0, 1, 0, 0, 2), (5, 0, 1, 0, 1, 2))
    assert [part.position for part in parts["e"].parts] == [(0, 0, 3), (0, 2, 3)]
    assert parts["e"].absent == ((0, 1, 3),)
    assert [part.position for part in parts["h"].parts] == [(0, 0, 1)]
    assert parts["h"].absent == ((1, 0, 1),)


@pytest.mark.parametrize(
    "entry",
    [
        "{%s, when: unknown > 1}",
        "{name: some, %s, repeat: 2, when: unknown > 1}",
        "{%s, repeat: 2, when: index > unknown}",
        "{when: unknown > 1, layers: [{%s}]}",
        "{repeat: 2, when: unknown > 1, layers: [{%s}]}",
        "{name: some, %s, repeat: unknown}",
    ],
)
def test_a_layer_that_may_not_be_there_is_not_blamed(entry: str) -> None:
    """Whether it is there an error hides, which is told alone."""
    layer = entry % "kind: linear, in_features: 5, out_features: 5"
    report = check_text(f"archcalc: 1\nname: Some\ninput: [9]\nlayers:\n  - {layer}\n  - {{kind: relu}}\n")
    assert [error.code for error in report.errors] == ["A303"]
