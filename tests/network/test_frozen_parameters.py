"""What training does not change: counted apart, and in code without a gradient, as in torch modules made by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from torch import nn

from archcalc import check_text
from archcalc.reports.text import render
from archcalc.targets.generate import GenerateError, generate
from tests.support.generated_module import network_of
from tests.support.generated_tests import generated_tests

HEAD = "archcalc: 1\nname: N\ninput: [3, 8, 8]\n"
UNIT = """\
blocks:
  unit:
    args: {out}
    layers:
      - {name: conv, kind: conv2d, out_channels: out, kernel_size: 1}
      - {name: bn, kind: batch_norm2d}
"""


def conv(taken: int, given: int) -> nn.Conv2d:
    return nn.Conv2d(taken, given, 1)


def unit(taken: int, given: int) -> nn.ModuleDict:
    return nn.ModuleDict({"conv": conv(taken, given), "bn": nn.BatchNorm2d(given)})


def kept(module: nn.Module) -> nn.Module:
    return module.requires_grad_(False)


LAYER = "{kind: conv2d, out_channels: 4, kernel_size: 1"
WRITTEN: dict[str, tuple[str, dict[str, nn.Module]]] = {
    "a layer": (
        f"layers: [{{name: a, {LAYER[1:]}, frozen: true}}, {{name: b, {LAYER[1:]}}}]",
        {"a": kept(conv(3, 4)), "b": conv(4, 4)},
    ),
    "a group, but for what says otherwise": (
        f"layers: [{{name: g, frozen: true, layers: [{LAYER}}}, {LAYER}, frozen: false}}, {LAYER}}}]}}]",
        {"g": nn.Sequential(kept(conv(3, 4)), conv(4, 4), kept(conv(4, 4)))},
    ),
    "a group without a name": (
        f"layers: [{{name: g, layers: [{LAYER}}}, {{frozen: true, layers: [{LAYER}}}, {LAYER}}}]}}, {LAYER}}}]}}]",
        {"g": nn.Sequential(conv(3, 4), kept(conv(4, 4)), kept(conv(4, 4)), conv(4, 4))},
    ),
    "one of two uses that are alike": (
        f"{UNIT}layers: [{{name: a, kind: unit, out: 3, frozen: true}}, {{name: b, kind: unit, out: 3}}]",
        {"a": kept(unit(3, 3)), "b": unit(3, 3)},
    ),
    "the norms of a block": (
        UNIT.replace("batch_norm2d}", "batch_norm2d, frozen: true}")
        + "layers: [{name: a, kind: unit, out: 3, repeat: 5}]",
        {
            "a": nn.ModuleDict(
                {str(n): nn.ModuleDict({"conv": conv(3, 3), "bn": kept(nn.BatchNorm2d(3))}) for n in range(5)}
            )
        },
    ),
    "the first copies": (
        f"let: {{held: 2}}\nlayers: [{{name: a, {LAYER[1:]}, repeat: 3, frozen: index < held}}]",
        {"a": nn.Sequential(kept(conv(3, 4)), kept(conv(4, 4)), conv(4, 4))},
    ),
    "copies of some rows": (
        "let: {rows: [{c: 5, held: true}, {c: 4, held: false}]}\n"
        "layers: [{name: a, kind: conv2d, repeat: rows, out_channels: c, kernel_size: 1, frozen: held}]",
        {"a": nn.Sequential(kept(conv(3, 5)), conv(5, 4))},
    ),
    "all of it": (f"layers: [{{name: a, {LAYER[1:]}, frozen: true}}]", {"a": kept(conv(3, 4))}),
    "what is applied again": (
        "layers: [{name: a, kind: conv2d, out_channels: 3, kernel_size: 1, frozen: true}, {name: b, again: a}]",
        {"a": kept(conv(3, 3))},
    ),
}


@pytest.mark.parametrize("what", WRITTEN)
def test_what_is_frozen_is_what_has_no_gradient_in_torch(what: str) -> None:
    text, modules = WRITTEN[what]
    report = check_text(HEAD + text).require_sound()
    twin = nn.ModuleDict(modules)
    trained = {name: one.numel() for name, one in twin.named_parameters() if one.requires_grad}
    assert report.totals.params == sum(one.numel() for one in twin.parameters())
    assert report.totals.trainable_params == sum(trained.values())
    network = network_of(generate(report).files, report)
    assert {name: one.requires_grad for name, one in network.named_parameters()} == {
        name: one.requires_grad for name, one in twin.named_parameters()
    }


def test_a_tied_table_is_frozen_where_it_stands() -> None:
    text = """\
archcalc: 1
name: N
input: {shape: [6], below: 11}
layers:
  - {name: wte, kind: embedding, num_embeddings: 11, embedding_dim: 4, frozen: true}
  - {name: norm, kind: layer_norm}
  - {name: head, kind: linear, out_features: 11, bias: false, tied: wte}
"""
    report = check_text(text).require_sound()
    assert (report.totals.params, report.totals.trainable_params) == (44 + 8, 8)
    network = network_of(generate(report).files, report)
    assert [name for name, one in network.named_parameters() if one.requires_grad] == ["norm.weight", "norm.bias"]


def test_frozen_parameters_are_claimed_told_and_set_from_outside() -> None:
    layers = f"  - {{name: a, {LAYER[1:]}, frozen: held}}\n  - {{name: b, {LAYER[1:]}}}\n"
    text = f"{HEAD}let: {{held: true}}\nlayers:\n{layers}"
    claim = "expect: {params: 36, trainable_params: 20}\n"
    report = check_text(text + claim)
    assert not report.diagnostics
    assert "trainable parameters  20  (the other 16 are frozen)" in render(report)
    assert report.to_dict()["totals"]["trainable_params"] == 20
    assert check_text(text, settings={"held": False}).require_sound().totals.trainable_params == 36


def test_the_optimizer_is_given_what_is_trained() -> None:
    last = "{kind: flatten}, {kind: linear, out_features: 3}"
    text = f"{HEAD}layers: [{{name: a, {LAYER[1:]}, frozen: true}}, {last}]\n"
    recipe = "train: {optimizer: {kind: sgd, lr: 0.1, norm_weight_decay: 0}, batch_size: 2, epochs: 1}\n"
    plain, split = [generate(check_text(one)).files["recipe.py"] for one in (text, text + recipe)]
    assert "[one for one in model.parameters() if one.requires_grad]" in plain
    assert "if not parameter.requires_grad:" in split


@pytest.mark.parametrize(
    ("entry", "code", "said"),
    [
        ("{kind: relu, frozen: true}", "A327", "`relu` has no parameters of its own that could be frozen"),
        ("{kind: relu, frozen: 3}", "A111", "`frozen` takes true or false"),
        ("{kind: conv2d, out_channels: 3, kernel_size: 1, frozen: yes}", "A111", "`frozen` takes true or false"),
        (
            "{kind: conv2d, out_channels: 3, kernel_size: 1, frozen: held}",
            "A111",
            "`frozen` takes true or false, or a condition such as `index < 2`, not `held`",
        ),
    ],
)
def test_what_cannot_be_frozen_is_told(entry: str, code: str, said: str) -> None:
    found = check_text(f"{HEAD}layers: [{entry}]").diagnostics
    assert [one.code for one in found] == [code]
    assert said in found[0].message


def test_an_argument_may_still_be_called_so() -> None:
    block = "blocks: {b: {args: {frozen: 4}, layers: [{kind: conv2d, out_channels: frozen, kernel_size: 1}]}}\n"
    report = check_text(f"{HEAD}{block}layers: [{{kind: b, frozen: 5}}]").require_sound()
    assert report.totals.params == report.totals.trainable_params == 20


TIED = """\
archcalc: 1
name: N
input: {shape: [6], below: 11}
layers:
  - {name: wte, kind: embedding, num_embeddings: 11, embedding_dim: 4}
  - name: head
    frozen: true
    layers:
      - {name: norm, kind: layer_norm}
      - {name: out, kind: linear, out_features: 11, tied: wte, bias: true}
"""


def test_what_is_frozen_behind_a_table_leaves_the_table_to_training() -> None:
    report = check_text(TIED).require_sound()
    assert (report.totals.params, report.totals.trainable_params) == (44 + 8 + 11, 44)
    network = network_of(generate(report).files, report)
    assert [name for name, one in network.named_parameters() if one.requires_grad] == ["wte.weight"]
    assert network.get_parameter("head.out.weight") is network.get_parameter("wte.weight")


def test_what_has_only_anothers_weight_has_nothing_to_freeze() -> None:
    alone = TIED.replace("frozen: true", "frozen: false").replace("bias: true", "bias: false, frozen: true")
    (warning,) = check_text(alone).diagnostics
    assert (warning.code, warning.message) == ("A327", "`head.out` has no parameters of its own that could be frozen")


@pytest.mark.parametrize("below", ["", ", below: 11"])
def test_a_network_that_is_frozen_throughout_is_not_trained(below: str, tmp_path: Path) -> None:
    kind = "embedding, num_embeddings: 11, embedding_dim: 11" if below else "linear, out_features: 4"
    layer = f"{{name: a, kind: {kind}, frozen: true}}"
    text = f"archcalc: 1\nname: N\ninput: {{shape: [6]{below}}}\nlayers: [{layer}]\n"
    assert "train.py" not in generate(check_text(text)).files
    with generated_tests(text, tmp_path) as tests:
        assert not hasattr(tests, "test_one_batch_is_learnt")
        tests.test_parameters()
        compare = tests.test_outputs_and_gradients.hypothesis.inner_test
        compare("cpu", True, 1, 2, tests.SMALL_SIZES[-1])
    recipe = f"{text}train: {{optimizer: {{kind: sgd, lr: 0.1}}, batch_size: 2, epochs: 1}}\n"
    with pytest.raises(GenerateError, match="all of its parameters are frozen"):
        generate(check_text(recipe))
