"""An activation that is a key of a layer: what is to be done, in words and as an edit."""

from __future__ import annotations

import pytest

from archcalc.diagnostics.model import Span
from archcalc.language.nodes import ScalarNode
from archcalc.pipeline import check_text, find_fixes
from archcalc.spec.activation_keys import Following, activation_ways
from tests.support.broken_specs import after

HEAD = "archcalc: 1\nname: Small\ninput: [3, 32, 32]\nlayers:\n"
FLATTEN = "  - {kind: flatten}\n"
LOSS = "the loss takes scores, and its softmax is in it"


def ways(word: str) -> str:
    return str(activation_ways(ScalarNode(word, word, Span(1, 1, 1, 2)), Following(None, False))[0])


@pytest.mark.parametrize(
    ("word", "layer"),
    [
        ("softmax", "{kind: softmax, dim: 1}"), ("leaky", "{kind: leaky_relu}"), ("ReLU", "{kind: relu}"),
        ("nn.GELU", "{kind: gelu}"), ("hswish", "{kind: hardswish}"), ("sofa", "{kind: relu}"),
    ],
)  # fmt: skip
def test_an_activation_is_a_layer_below(word: str, layer: str) -> None:
    assert f"`- {layer}`" in ways(word)


@pytest.mark.parametrize("word", ["linear", "none", "null", ""])
def test_no_activation_is_no_layer(word: str) -> None:
    assert ways(word).startswith("remove it")


def linear(activation: str) -> str:
    return f"  - {{kind: linear, out_features: 10{activation}}}\n"


@pytest.mark.parametrize(
    ("key", "below", "help", "mended"),
    [
        ("relu", "  - {kind: ReLU}\n", "remove `activation: relu`: a `relu` follows", "  - {kind: ReLU}\n"),
        ("relu", linear(""), "an activation is a layer of its own: put `- {kind: relu}` below",
         "  - {kind: relu}\n" + linear("")),
        ("relu", "  - {kind: tanh}\n", "an activation is a layer of its own: put `- {kind: relu}` below",
         "  - {kind: relu}\n  - {kind: tanh}\n"),
        ("softmax", "", f"remove `activation: softmax`: {LOSS}", ""),
    ],
)  # fmt: skip
def test_the_edit_takes_the_key_away_and_puts_what_is_missing_below(
    key: str, below: str, help: str, mended: str
) -> None:
    report = check_text(HEAD + FLATTEN + linear(f", activation: {key}") + below)
    error = report.errors[0]
    assert error.help[0] == help
    fix = next(fix for fix in find_fixes(report) if fix.error == error)
    assert fix.edit == help
    assert after(report, fix).text == HEAD + FLATTEN + linear("") + mended


def test_probabilities_are_the_other_way() -> None:
    (error,) = check_text(HEAD + FLATTEN + linear(", activation: softmax")).errors
    assert error.help[1:] == ("or, for probabilities, put `- {kind: softmax, dim: 1}` below",)


def test_a_softmax_at_the_end_of_a_block_is_no_end_of_the_network() -> None:
    block = "blocks:\n  Head:\n    layers:\n      - {kind: linear, out_features: 10, activation: softmax}\n"
    (error,) = check_text(HEAD + FLATTEN + "  - {kind: Head}\n" + block).errors
    assert error.help == ("an activation is a layer of its own: put `- {kind: softmax, dim: 1}` below",)


def test_what_is_no_known_activation_is_not_put_below() -> None:
    report = check_text(HEAD + FLATTEN + linear(", activation: sofa") + linear(""))
    assert find_fixes(report) == ()
