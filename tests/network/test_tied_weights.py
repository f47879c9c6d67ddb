"""A head whose weight is the table of an embedding: counted once, computed with twice, one tensor in the code."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import archcalc
from archcalc import check_text
from archcalc.targets.generate import generate
from tests.support.generated_module import network_of

TIED = """
archcalc: 1
name: Tied
let: {T: 20, vocab: 30, out: 30, width: 8}
axes: [T]
input: {shape: [T], below: vocab}
blocks:
  model:
    args: {copies: 1}
    layers:
      - {name: wte, kind: embedding, num_embeddings: vocab, embedding_dim: width, init: {weight: {normal: {std: 0.3}}}}
      - {name: fc, kind: linear, out_features: width, repeat: copies}
      - {name: head, kind: linear, out_features: out, tied: wte}
layers:
  - name: group
    layers: [{name: wte, kind: embedding, num_embeddings: vocab, embedding_dim: width}]
  - {name: one, kind: model, from: input}
  - {name: two, kind: model, from: input}
  - {name: lm_head, kind: linear, from: group, out_features: out, bias: false, tied: group.wte}
  - {name: sum, kind: add, from: [one, two, lm_head]}
"""


def test_it_is_counted_once_and_computed_with_twice(tmp_path: Path) -> None:
    report = check_text(TIED)
    assert report.ok
    assert report.totals is not None
    by_name = {layer.name: layer for layer in report.layers}
    assert (by_name["lm_head"].params, by_name["lm_head"].macs) == (0, 20 * 30 * 8)
    assert (by_name["two.head"].params, by_name["two.head"].weights["weight"]) == (30, (30, 8))
    assert report.totals.params == 3 * 30 * 8 + 2 * (30 + 8 * 8 + 8)
    laws = archcalc.laws(report)
    assert laws.total.params == report.totals.params
    path = tmp_path / "tied.yaml"
    path.write_text(TIED, encoding="utf-8")
    totals = [check_text(TIED, settings={"width": width}).totals for width in (4, 8)]
    assert list(archcalc.sweep(path, settings={"width": [4, 8]})["params"]) == [one.params for one in totals if one]


def test_the_code_has_one_tensor() -> None:
    report = check_text(TIED)
    network = network_of(generate(report).files, report)
    state = network.state_dict()
    assert state["two.head.weight"].data_ptr() == state["two.wte.weight"].data_ptr()
    assert network.get_parameter("lm_head.weight") is network.get_parameter("group.wte.weight")
    assert not torch.equal(state["one.wte.weight"], state["two.wte.weight"])


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("out: 30", "out: 31", {"A222: `lm_head` has a weight of 31 × 8, and is tied to one of 30 × 8"}),
        ("tied: group.wte", "tied: group", {"A324: `tied` takes the name of an `embedding`, and `group` is not one"}),
        ("tied: group.wte", "tied: one", {"A324: `tied` takes the name of an `embedding`, and `one` is not one"}),
        ("tied: group.wte", "tied: input", {"A324: `tied` takes the name of an `embedding`, and `input` is not one"}),
        ("tied: group.wte", "tied: gruop.wte", {"A310: nothing above is named `gruop.wte`"}),
        ("tied: group.wte", "tied: [one, two]", {"A111: `tied` takes the name of one layer"}),
        (
            "kind: linear, from: group, out_features: out, bias: false",
            "kind: layer_norm, from: group",
            {"A324: a `layer_norm` has no weight that could be the table of `group.wte`"},
        ),
        ("tied: group.wte", "tie: group.wte", {"A110: `linear` has no `tie`"}),
    ],
)
def test_what_is_wrong_is_said(right: str, wrong: str, said: set[str]) -> None:
    assert right in TIED
    report = check_text(TIED.replace(right, wrong))
    assert said <= {f"{one.code}: {one.message}" for one in report.errors}


SHARED = """
archcalc: 1
name: Shared
let: {T: 20, vocab: 30, width: 8, rows: 30}
axes: [T]
input: {shape: [T], below: vocab}
layers:
  - {name: shared, kind: embedding, num_embeddings: vocab, embedding_dim: width}
  - {name: wte, kind: embedding, from: input, num_embeddings: rows, embedding_dim: width, tied: shared}
  - {name: head, kind: linear, out_features: vocab, bias: false, tied: shared}
"""


def test_a_table_that_others_have_need_not_be_called() -> None:
    """T5 keeps one under four names, and looks nothing up in the first."""
    report = check_text(SHARED)
    assert report.diagnostics == ()
    assert report.totals is not None
    assert (report.totals.params, report.totals.macs) == (30 * 8, 20 * 30 * 8)
    files = generate(report).files
    code = files["model.py"]
    assert "self.shared = nn.Embedding(30, 8)" in code
    assert "self.shared(" not in code
    network = network_of(files, report)
    table = network.get_parameter("shared.weight")
    assert network.get_parameter("wte.weight") is network.get_parameter("head.weight") is table
    words = torch.arange(20)[None]
    torch.testing.assert_close(network(words), table[words] @ table.T)


def test_what_nothing_takes_nor_has_the_weight_of_is_told() -> None:
    text = SHARED.replace(", tied: shared}", "}")
    assert [one.code for one in check_text(text).diagnostics] == ["A315"]


def test_a_table_of_another_size_is_told() -> None:
    (error,) = check_text(SHARED.replace("rows: 30", "rows: 31")).errors
    assert error.message == "`wte` has a weight of 31 × 8, and is tied to one of 30 × 8"
