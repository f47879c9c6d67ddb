"""A layer, a group or a block that is applied again: weights once, work each time, one module in the code."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

import archcalc
from archcalc import GenerateError, check_text
from archcalc.targets.generate import generate
from tests.support.generated_module import network_of

SIAMESE = """
archcalc: 1
name: Siamese
let: {norm: true, width: 8}
input:
  left: [3, 24, 24]
  right: [3, 16, 16]
blocks:
  tower:
    args: {depth: 3}
    layers:
      - {name: conv, kind: conv2d, out_channels: width, kernel_size: 3}
      - {name: bn, kind: batch_norm2d, when: norm}
      - {name: wide, kind: conv2d, out_channels: in_channels + width, kernel_size: 3}
      - {name: narrow, kind: conv2d, out_channels: width, kernel_size: 1}
      - {name: norms, again: bn, when: norm, repeat: depth}
      - {name: pool, kind: adaptive_avg_pool2d, output_size: 1}
      - {kind: flatten}
layers:
  - {name: one, kind: tower, from: left}
  - {name: other, kind: tower, depth: 2, from: left}
  - {name: two, again: one, from: right}
  - name: head
    layers:
      - {name: fc, kind: linear, out_features: width}
      - {name: act, kind: relu}
  - {name: scored, again: head, from: one}
  - {name: third, again: scored, from: other}
  - {name: inner, again: head.fc, from: third}
  - {name: sum, kind: add, from: [head, scored, inner]}
"""


class Tower(nn.Module):
    """The block as one would write it."""

    def __init__(self, depth: int) -> None:
        super().__init__()
        self.depth = depth
        self.conv, self.bn, self.wide, self.narrow = (
            nn.Conv2d(3, 8, 3),
            nn.BatchNorm2d(8),
            nn.Conv2d(8, 11, 3),
            nn.Conv2d(11, 8, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.narrow(self.wide(self.bn(self.conv(x))))
        for _ in range(self.depth):
            x = self.bn(x)
        return x.mean((2, 3))


class Siamese(nn.Module):
    """The network as one would write it."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.other = Tower(3), Tower(2)
        self.head = nn.ModuleDict({"fc": nn.Linear(8, 8)})

    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        fc = self.head["fc"]
        one, other, two = self.one(left), self.other(left), self.one(right)
        given: Tensor = fc(two).relu() + fc(one).relu() + fc(fc(other).relu())
        return given


def test_it_is_the_network_that_one_would_write() -> None:
    report = check_text(SIAMESE)
    assert report.diagnostics == ()
    assert report.totals is not None
    twin, network = Siamese(), network_of(generate(report).files, report)
    assert report.totals.params == sum(one.numel() for one in twin.parameters())
    state = twin.state_dict()
    assert {key: one.shape for key, one in network.state_dict().items()} == {
        key: one.shape for key, one in state.items()
    }
    network.load_state_dict(state)
    left, right = torch.randn(4, 3, 24, 24), torch.randn(4, 3, 16, 16)
    for training in (True, False):
        given, wanted = network.train(training)(left, right), twin.train(training)(left, right)
        torch.testing.assert_close(given, wanted)
    torch.testing.assert_close(network.state_dict(), twin.state_dict())
    assert network.state_dict()["one.bn.num_batches_tracked"] == 8


def test_work_counts_each_time_and_weights_once() -> None:
    report = check_text(SIAMESE)
    by_name = {layer.name: layer for layer in report.layers}
    assert (by_name["one.conv"].params, by_name["one.conv"].macs) == (224, 22 * 22 * 216)
    assert (by_name["two.conv"].params, by_name["two.conv"].macs) == (0, 14 * 14 * 216)
    assert (by_name["inner"].params, by_name["inner"].macs, by_name["inner"].weights) == (0, 64, {})
    assert {name for name in by_name if name.startswith("two.norms.")} == {"two.norms.0", "two.norms.1", "two.norms.2"}
    data = {layer["name"]: layer["again"] for layer in report.to_dict()["layers"]}
    assert (data["two.conv"], data["third.fc"], data["inner"]) == ("one.conv", "head.fc", "head.fc")
    assert (data["other.norms.1"], data["two.norms.2"], data["one.conv"]) == ("other.bn", "one.bn", None)


def test_laws_sweeps_and_questions_count_likewise(tmp_path: Path) -> None:
    report = check_text(SIAMESE)
    assert report.totals is not None
    laws = archcalc.laws(report, free="width")
    path = tmp_path / "siamese.yaml"
    path.write_text(SIAMESE, encoding="utf-8")
    swept = archcalc.sweep(path, settings={"width": [4, 8]}, input={"left_H": [24], "right_H": [16, 20]})
    for row, (width, height) in enumerate([(4, 16), (4, 20), (8, 16), (8, 20)]):
        other = check_text(SIAMESE, settings={"width": width}, input={"right": (3, height, 16)})
        assert other.totals is not None
        at = {"width": width, "left_H": 24, "left_W": 24, "right_H": height, "right_W": 16, "N": 1}
        assert (swept["params"][row], swept["macs"][row]) == (other.totals.params, other.totals.macs)
        assert laws.at(laws.total.params, **at) == other.totals.params
        assert laws.at(laws.total.macs, **at) == other.totals.macs


def test_what_its_weights_ask_of_the_input_is_known() -> None:
    """A flattened map and one of another height need other weights, so both heights are held together."""
    text = """
archcalc: 1
name: Flat
input: {left: [3, 8, 8], right: [3, 8, 8]}
layers:
  - {name: one, kind: flatten, from: left}
  - {name: fc, kind: linear, out_features: 4}
  - {name: two, kind: flatten, from: right}
  - {name: more, again: fc}
  - {kind: add, from: [fc, more]}
"""
    report = check_text(text)
    assert report.ok
    assert report.legal is not None
    assert all(where.holds.count(True) == 1 for where in report.legal.axes.values())
    (error,) = check_text(text, input={"right": (3, 8, 9)}).errors
    assert (error.code, error.message) == (
        "A223",
        "`more` is `fc` again, whose `weight` is 4 × 192, and here would need one of 4 × 216",
    )
    with pytest.raises(archcalc.SolveError, match="is of a layer that is applied again"):
        archcalc.solve(report, "macs < 1000", "fc.out_features")


SHARED = """
archcalc: 1
name: Shared
let: {T: 12, vocab: 20}
axes: [T]
input: {shape: [T], below: vocab}
layers:
  - {name: wte, kind: embedding, num_embeddings: vocab, embedding_dim: 8}
  - {name: place, kind: parameter, shape: [1, 8]}
  - {name: placed, kind: add, from: [wte, place]}
  - {name: layers, kind: linear, out_features: 8, repeat: 2}
  - {name: drop, kind: dropout, p: 0.5}
  - {name: twice, again: layers}
  - {name: words, again: wte, from: input}
  - {name: again_placed, again: placed, from: [twice, words]}
  - {name: moved, again: place, from: again_placed}
  - {name: last, kind: add, from: [moved, again_placed]}
  - {name: head, kind: linear, out_features: vocab, bias: false, tied: words}
  - {name: aux, again: head, from: drop}
outputs: {head: , aux: {training: true}}
"""


def test_tables_parameters_joins_copies_and_training() -> None:
    report = check_text(SHARED)
    assert [one.code for one in report.diagnostics] == []
    assert report.totals is not None
    assert report.totals.params == 20 * 8 + 8 + 2 * (8 * 8 + 8)
    assert report.totals.macs == 12 * (4 * 64 + 160)
    assert report.totals.training_macs == report.totals.macs + 12 * 160
    network = network_of(generate(report).files, report).eval()
    state = network.state_dict()
    assert set(state) == {"wte.weight", "place", "head.weight"} | {
        f"layers.{n}.{one}" for n in (0, 1) for one in ("weight", "bias")
    }
    words = torch.arange(12)[None]

    def layers(x: Tensor) -> Tensor:
        for number in (0, 1):
            x = x @ state[f"layers.{number}.weight"].T + state[f"layers.{number}.bias"]
        return x

    table, place = state["wte.weight"], state["place"]
    x = layers(layers(table[words] + place)) + table[words]
    torch.testing.assert_close(network(words), (place + x) @ table.T)
    assert len(network.train()(words)) == 2


def test_a_repeat_is_a_loop_and_a_condition_is_asked() -> None:
    files = generate(check_text(SIAMESE)).files
    code = files["model.py"]
    assert "self.norms_count = depth" in code
    assert "for _ in range(self.norms_count):" in code
    assert code.count("nn.BatchNorm2d(") == 1
    assert max(map(len, code.splitlines())) <= 88
    report = check_text(SIAMESE, settings={"norm": False})
    assert "bn" not in generate(report).files["model.py"]
    assert "BatchNorm" not in generate(report).files["model.py"]


def test_a_difference_says_what_is_applied_again() -> None:
    text = "archcalc: 1\nname: Deep\ninput: [8]\nlayers:\n" + "".join(
        f"  - {{name: fc{number}, kind: linear, out_features: 8}}\n" for number in (1, 2)
    )
    reports = [check_text(f"{text}  - {{name: more, {what}}}\n") for what in (
        "again: fc1", "again: fc2", "kind: linear, out_features: 8"
    )]  # fmt: skip
    fields = [archcalc.difference(one, other).layers[0].fields for one, other in pairwise(reports)]
    assert fields == [{"again": ("fc1", "fc2")}, {"again": ("fc2", None)}]
    assert "its weights are those of `fc1`, which counts them" in str(archcalc.explain(reports[0], "more"))


BASE = """archcalc: 1
name: Wrong
let: {there: false}
input: [8, 8, 8]
blocks:
  pair:
    inputs: [x, y]
    layers: [{name: c, kind: conv2d, from: x, out_channels: 8, kernel_size: 1}, {kind: add, from: [c, y]}]
layers:
  - {name: stem, kind: conv2d, out_channels: 8, kernel_size: 3, padding: 1}
  - {name: two, kind: pair, from: [stem, input]}
  - {name: same, kind: pair, from: [stem, stem]}
  - {name: unit, layers: [{name: a, kind: relu}, {kind: add, from: [a, stem]}]}
  - {name: gone, kind: relu, when: there}
  - {name: wide, kind: concat, from: [stem, unit, two, same]}
  - {name: copies, kind: conv2d, from: stem, out_channels: 8, kernel_size: 3, padding: 1, repeat: 2}
"""

CASES = {
    "{name: x, again: stem, from: two}, {again: x}": [],
    "{again: copies}, {again: copies.1}": [],
    "{again: gone, when: there}": [],
    "{again: same, from: [two, two]}": [],
    "{again: nothing}": ["A310: nothing above is named `nothing`"],
    "{again: later}, {name: later, kind: relu}": ["A312: `later` comes below: a layer takes what stands above it"],
    "{again: input}": ["A326: `input` is no layer that could be applied again: it is what arrives"],
    "{again: gone}": ["A326: `gone` is not there, so it cannot be applied again"],
    "{again: unit}": ["A326: `unit` cannot be applied again: in it, `add` takes what stands outside"],
    "{again: two}": ["A313: the block `pair` takes 2 sources: `x`, `y`, not 1"],
    "{again: two.c}": ["A310: nothing in `two` can be named: it gives what its last layer gives"],
    "{again: same, from: [two, stem]}": [
        "A326: `same` takes one value twice, so which of these is which cannot be told"
    ],
    "{again: stem, from: [stem, input]}": ["A313: `again` takes one source, not 2"],
    "{again: [stem, stem]}": ["A111: `again` takes the name of one layer"],
    "{again: stem, init: {weight: zeros}}": ["A110: an `again` has no `init`"],
    "{kind: conv2d, out_channels: 8, kernel_size: 1, again: stem}": ["A110: `conv2d` has no `again`"],
    "{kind: again, of: stem}": ["A113: there is no layer kind `again`"],
    "{again: stem, from: wide}": [
        "A223: `again` is `stem` again, whose `weight` is 8 × 8 × 3 × 3, and here would need one of 8 × 32 × 3 × 3"
    ],
}


@pytest.mark.parametrize("entries", CASES)
def test_each_case_works_or_is_told(entries: str) -> None:
    lines = entries.replace("}, {", "}\n  - {")
    errors = check_text(f"{BASE}  - {lines}\n").errors
    assert [f"{one.code}: {one.message}" for one in errors] == CASES[entries]


def test_what_is_taken_from_inside_has_code_as_a_blocks_output_alone() -> None:
    """One call of a module gives one value: a group has no other, and a block says what it gives besides."""
    layers = "[{name: c, kind: linear, out_features: 6}, {name: r, kind: relu}]"
    head, end = "archcalc: 1\nname: Inside\ninput: [6]\n", "  - {name: both, kind: add, from: [again, again.c]}\n"
    group = f"{head}layers:\n  - {{name: one, layers: {layers}}}\n  - {{name: again, again: one}}\n{end}"
    assert archcalc.check_text(group).ok
    with pytest.raises(GenerateError) as raised:
        archcalc.generate(archcalc.check_text(group))
    (error,) = raised.value.diagnostics
    assert error.code == "A503"
    why = "`both` takes what is inside `again`, which is applied again, and gives only what comes out of it"
    assert (error.message, error.help) == (why, ("write the first as a block with `outputs`",))
    block = f"blocks:\n  tower: {{outputs: [r, c], layers: {layers}}}\n"
    uses = f"layers:\n  - {{name: one, kind: tower}}\n  - {{name: again, again: one}}\n{end}"
    assert "model.py" in archcalc.generate(archcalc.check_text(head + block + uses)).files
