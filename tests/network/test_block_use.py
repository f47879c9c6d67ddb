"""A block's use that is made again is the one that would have been elaborated."""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archcalc import check_text
from archcalc.diagnostics.log import Log
from archcalc.network import block_use
from archcalc.network import elaborate as elaborating
from archcalc.network.elaborate import elaborate
from archcalc.network.graph import Graph, Part
from archcalc.spec.bundled import bundled_specs
from archcalc.spec.model import Spec
from archcalc.spec.reader import read_spec

FAMILIES = ("convnext", "densenet", "efficientnet_v2", "googlenet", "regnet", "resnet", "shufflenet_v2", "unet")

NESTED = """
archcalc: 1
name: Nested
input: [4, 16, 16]
blocks:
  inner:
    args: {width}
    layers:
      - {name: conv, kind: conv2d, out_channels: width, kernel_size: 1, expect: [8, 16, 16]}
      - {kind: add, from: [conv, input], when: in_channels == width}
  outer:
    inputs: [x, skip]
    layers:
      - {name: a, kind: inner, width: 8}
      - {name: b, kind: inner, width: 8}
      - {name: c, kind: concat, from: [b, skip]}
layers:
  - {name: one, kind: outer, from: [input, input]}
  - {name: two, kind: outer, from: [one, input]}
  - {name: three, kind: outer, from: [two, one]}
  - {name: four, kind: outer, from: [three, one]}
"""


def bound(text: str, file: str, preset: str | None) -> Graph:
    spec = read_spec(text, Log(file))
    assert isinstance(spec, Spec)
    return elaborate(spec if preset is None else spec.chosen(preset), {}, None, Log(file))


def networks() -> list[tuple[str, str, str | None]]:
    found: list[tuple[str, str, str | None]] = [(NESTED, "<nested>", None)]
    for family in FAMILIES:
        path = bundled_specs()[family]
        spec = read_spec(path.read_text("utf-8"), Log(str(path)))
        assert spec is not None
        found.append((spec.text, str(path), next(reversed(spec.presets))))
    return found


NETWORKS = networks()


def differs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The networks that come out otherwise where blocks are copied."""
    found = []
    for text, file, preset in NETWORKS:
        with monkeypatch.context() as patched:
            patched.setattr(elaborating, "use_key", lambda *_: None)
            apart = bound(text, file, preset)
        if bound(text, file, preset) != apart:
            found.append(preset or file)
    return found


def test_copies_are_what_binding_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    assert differs(monkeypatch) == []


def test_blocks_are_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Part] = []
    whole = block_use.ReplayedUse.__init__

    def noted(self: block_use.ReplayedUse, *arguments: object) -> None:
        whole(self, *arguments)  # type: ignore[arg-type]
        made.append(self.part)

    monkeypatch.setattr(block_use.ReplayedUse, "__init__", noted)
    bound(*NETWORKS[0])
    assert [part.path for part in made] == ["two.b", "three.a", "three.b", "four.b"]


MUTANTS = {
    "sources stay": ("_renumbered", lambda self, sources: {value: value for value in range(10_000)}),
    "names stay": ("_named", lambda self, path: path),
    "uses stay": ("_within", lambda self, uses: uses),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_wrong_copy_is_noticed(mutant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name, wrong = MUTANTS[mutant]
    monkeypatch.setattr(block_use.ReplayedUse, name, wrong)
    assert differs(monkeypatch)


# Uses that are told apart.

ARGUMENTS = {"a": 1, "b": 1, "on": False, "list": [1, 1]}
GIVEN: dict[str, list[Any]] = {"a": [1, 3], "b": [1, 3], "on": [False, True], "list": [[1, 1], [1, 3], [3, 1]]}
BLOCK = """\
archcalc: 1
name: Told
input: [4, 16, 16]
blocks:
  pair:
    args: {a: 1, b: 1, on: false, list: [1, 1]}
    layers:
      - {name: first, kind: conv2d, out_channels: 4, kernel_size: a}
      - {name: second, kind: conv2d, when: on, out_channels: 4, kernel_size: b}
      - {name: third, kind: conv2d, when: not on, out_channels: 4, kernel_size: list, bias: on}
layers:
"""


@st.composite
def givens(draw: st.DrawFn) -> dict[str, Any]:
    """Some of the arguments, in some order, with values that others have too."""
    names = draw(st.permutations(list(GIVEN)))[: draw(st.integers(0, len(GIVEN)))]
    return {name: draw(st.sampled_from(GIVEN[name])) for name in names}


@given(st.lists(givens(), min_size=2, max_size=5))
def test_each_use_has_the_arguments_that_it_is_given(uses: list[dict[str, Any]]) -> None:
    rows = [{"name": f"u{place}", "kind": "pair", **given} for place, given in enumerate(uses)]
    report = check_text(BLOCK + "".join(f"  - {json.dumps(row)}\n" for row in rows))
    kernels = {layer.name: getattr(layer.step.layer, "kernel_size", None) for layer in report.layers}
    expected = {}
    for place, stated in enumerate(uses):
        values: dict[str, Any] = ARGUMENTS | stated
        expected[f"u{place}.first"] = values["a"]
        expected |= {f"u{place}.second": values["b"]} if values["on"] else {f"u{place}.third": tuple(values["list"])}
    assert kernels == expected


@pytest.mark.parametrize("values", list(permutations(["1", "true", "1.0", "[1, true]", "[true, 1]", "[1.0, 1]"], 2)))
def test_values_that_are_equal_are_not_the_same(values: tuple[str, str]) -> None:
    block = "blocks: {one: {args: {x}, layers: [{kind: relu}]}}\n"
    rows = "".join(f"  - {{name: u{place}, kind: one, x: {value}}}\n" for place, value in enumerate(values))
    graph = bound(f"archcalc: 1\nname: Told\ninput: [4]\n{block}layers:\n{rows}", "<text>", None)
    assert graph.root is not None
    given = [repr(part.inner_bindings["x"]) for part in graph.root.parts]
    alone = [bound(f"archcalc: 1\nname: Told\ninput: [4]\n{block}layers:\n{row}\n", "<text>", None)
             for row in rows.splitlines()]  # fmt: skip
    assert given == [repr(one.root.parts[0].inner_bindings["x"]) for one in alone if one.root is not None]
