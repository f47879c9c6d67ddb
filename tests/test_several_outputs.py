"""Blocks that give several values: what their text says, what torch does with it, and what is generated."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from archcalc import check, check_text
from archcalc.targets.generate import generate
from archcalc.targets.torch import chains
from archcalc.targets.torch.constructed import Constructed
from archcalc.targets.torch.wiring import Wiring
from tests.support.drawn.documents import Drawn
from tests.support.drawn.held import outcomes
from tests.support.drawn.mutants import OUTPUT_MUTANTS, Mutant
from tests.support.drawn.several_outputs import draw_several

HEAD = """\
archcalc: 1
name: Net
input: [3, 8, 8]
blocks:
  down:
    args: {width, deep: true}
    outputs: [pool, conv]
    layers:
      - {name: conv, kind: conv2d, out_channels: width, kernel_size: 1}
      - {name: pool, kind: max_pool2d, kernel_size: 2}
  both:
    inputs: [a, b]
    outputs: [x, y]
    layers:
      - {name: x, kind: conv2d, from: a, out_channels: 3, kernel_size: 1}
      - {name: y, kind: add, from: [b, x]}
  one:
    layers:
      - {name: conv, kind: conv2d, out_channels: 3, kernel_size: 1}
layers:
"""


@settings(max_examples=max(10, settings().max_examples // 5), deadline=None)
@given(st.integers(0, 2**40))
def test_a_network_is_what_its_text_says_and_so_is_its_code(number: int) -> None:
    assert [one.wrong for one in outcomes(draw_several(Random(number))) if one.wrong] == []


def test_what_is_drawn_are_networks_with_code() -> None:
    became = Counter(one.what for number in range(20) for one in outcomes(draw_several(Random(number))))
    assert became.keys() <= {"held", "no code"}
    assert became["held"] >= 19


@pytest.mark.parametrize("name", OUTPUT_MUTANTS)
def test_a_slip_of_the_reading_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mutant = OUTPUT_MUTANTS[name]
    monkeypatch.setattr(mutant.owner, mutant.function, mutant.made())
    drawn = (draw_several(Random(number)) for number in range(300))
    assert any(one.wrong for each in drawn for one in outcomes(each, code=False))


SLIPS = {
    "outputs in another order": Mutant(Wiring, "_note", "there[use].gives[place]", "there[use].gives[::-1][place]"),
    "names with dots that are not taken apart": Mutant(Constructed, "__init__", 'tuple(name.split("."))', "(name,)"),
    "a row of uses that give several values": Mutant(chains, "_through", "or part.others ", ""),
    "an absent module that is called": Mutant(
        Constructed, "_is_asked_for", "len(op.sources) > 1 or op.others", "len(op.sources) > 1"
    ),
}


def test_a_row_of_layers_gives_what_arrives_as_well() -> None:
    text = """\
archcalc: 1
name: Drawn
input: [2, 3, 4]
blocks:
  row:
    outputs: ["1", input]
    layers:
    - {kind: conv2d, out_channels: 2, kernel_size: 1}
    - {kind: tanh}
layers:
- {name: one, kind: row}
- {kind: add, from: [one, one.input]}
"""
    assert outcomes(Drawn(yaml.safe_load(text), {})) == [("held", "")]


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_of_the_code_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mutant = SLIPS[name]
    monkeypatch.setattr(mutant.owner, mutant.function, mutant.made())
    assert any(one.wrong for number in range(60, 300) for one in outcomes(draw_several(Random(number))))


WRONG = {
    "{kind: relu, from: two.z}": "A310: nothing in `two` can be named but what it gives: `two`, `two.y`",
    "{kind: relu, from: one.conv}": "A310: nothing in `one` can be named: it gives what its last layer gives",
    "{kind: relu, from: conv}": "A311: `conv` could be any of `down.conv`, `row.conv`, `row.0.conv`, `row.1.conv`",
    "{kind: relu, from: y}": "A310: nothing above is named `y`",
    "{again: two.y}": "A326: `two.y` is no layer that could be applied again: it is what a block gives",
    "{name: many, kind: both, repeat: 2, from: two}": "A313: the block `both` takes 2 sources: `a`, `b`, not 1",
    "{name: many, kind: both, repeat: 2}": "A313: the block `both` takes 2 sources: `a`, `b`, not 1",
}


@pytest.mark.parametrize("entry", WRONG)
def test_a_name_that_a_use_does_not_give_is_said_to_be_none(entry: str) -> None:
    lines = [
        "{name: one, kind: one}",
        "{name: two, kind: both, from: [one, input]}",
        "{name: down, kind: down, width: 3}",
    ]
    lines += ["{name: row, kind: down, width: 3, repeat: 2}"]
    report = check_text(HEAD + "".join(f"  - {line}\n" for line in [*lines, entry]))
    assert [f"{one.code}: {one.message}" for one in report.diagnostics if one.severity == "error"] == [WRONG[entry]]


BLOCKS = {
    "[conv, nothing]": "A310: nothing above is named `nothing`",
    "[conv, conv]": "A111: `outputs` names `conv` twice",
    "[conv, a.x, b.x]": "A302: `a.x` and `b.x` would both be `x` of a use",
    '[conv, "0"]': "A302: `0` cannot be what a use calls an output besides the first",
    "{conv: {training: true}}": "A111: `outputs` takes names, not keys with values",
}


@pytest.mark.parametrize("listed", BLOCKS)
def test_outputs_that_a_block_cannot_give_are_refused(listed: str) -> None:
    inner = "[{name: x, kind: relu}]"
    text = HEAD[: HEAD.index("  one:")] + (
        f"  some:\n    outputs: {listed}\n    layers:\n      - {{name: conv, kind: relu}}\n"
        f"      - {{name: a, layers: {inner}}}\n      - {{name: b, layers: {inner}}}\nlayers:\n  - {{kind: some}}\n"
    )
    report = check_text(text)
    errors = [f"{one.code}: {one.message}" for one in report.diagnostics if one.severity == "error"]
    assert errors == [BLOCKS[listed]]


def test_what_a_block_gives_besides_need_not_all_be_taken() -> None:
    text = HEAD + "  - {name: one, kind: down, width: 4}\n  - {name: two, kind: down, width: 4, from: one.conv}\n"
    unused = "  - {name: three, kind: down, width: 4, from: one}\n  - {kind: relu, from: two}\n"
    assert [one.code for one in check_text(text).diagnostics if one.code == "A315"] == []
    # In `three` the pool takes what the convolution gives, and outside nothing takes anything.
    told = [one.message for one in check_text(text + unused).diagnostics if one.code == "A315"]
    assert told == ["nothing takes what `three.pool` gives"]


def test_experts_give_one_value() -> None:
    report = check_text(
        HEAD + "  - {name: gate, kind: linear, out_features: 4}\n"
        "  - {name: e, kind: down, from: input, width: 3, repeat: 4, route: {by: gate, top: 1}}\n"
    )
    assert "A325: what experts give is summed up, and `down` gives 2 values" in [
        f"{one.code}: {one.message}" for one in report.diagnostics
    ]


def test_a_forward_that_takes_and_gives_much_is_broken_as_ruff_breaks_it() -> None:
    report = check("hrnet", preset="hrnet_w18")
    model = generate(report).files["model.py"]
    head = "self, a: Tensor, b: Tensor, c: Tensor, d: Tensor"
    assert f"def forward(\n        {head}\n    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:\n" in model
