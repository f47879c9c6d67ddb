"""Layers that are written as elsewhere: what they are in a spec, and that it reads as such."""

from __future__ import annotations

import pytest
import yaml

from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Span
from archcalc.language.nodes import MapNode
from archcalc.language.yaml_reader import parse
from archcalc.layers.contract import KINDS
from archcalc.pipeline import check_text
from archcalc.spec.written_otherwise import from_call, from_key, parted
from tests.support.small import checked

HERE = Span(1, 1, 1, 2)
HEAD = "archcalc: 1\nname: Small\ninput: [3, 32, 32]\nlayers:\n"


@pytest.mark.parametrize(
    ("call", "layer"),
    [
        ("nn.Conv2d(3, 64, kernel_size=(3, 3), bias=False)",
         "{kind: conv2d, in_channels: 3, out_channels: 64, kernel_size: [3, 3], bias: false}"),
        ("(0): ReLU(inplace=True)", "{kind: relu, inplace: true}"),
        ("pool1 = torch.nn.MaxPool2d(2, stride=2)", "{kind: max_pool2d, kernel_size: 2, stride: 2}"),
        ("BatchNorm2d(3, eps=1e-05, momentum=0.1)", "{kind: batch_norm2d, num_features: 3, eps: 1e-05, momentum: 0.1}"),
        ("Dropout(p=0.5)", "{kind: dropout, p: 0.5}"),
        ("Flatten()", "{kind: flatten}"),
    ],
)  # fmt: skip
def test_a_call_of_torch_is_a_layer_that_checks(call: str, layer: str) -> None:
    meant = from_call(call, HERE)
    assert meant is not None
    assert meant.text == f"- {layer}"
    assert yaml.safe_load(layer)["kind"] in KINDS
    # What works in place on the caller's tensor is read, and refused for that.
    assert {error.code for error in check_text(f"{HEAD}  {meant.text}\n").errors} <= {"A320"}


@pytest.mark.parametrize(
    "text",
    ["relu", "f(x)", "Conv2d(3, 64, 3", "__import__('os').system('true')", "Conv2d(" * 40, "3()"],
)
def test_what_is_not_a_call_of_a_kind_is_none(text: str) -> None:
    assert from_call(text, HERE) is None


def _entry(text: str) -> MapNode:
    root = parse(f"entry: {text}\n", Log("spec.yaml"))
    assert root is not None
    node = root.entries["entry"]
    assert isinstance(node, MapNode)
    return node


@pytest.mark.parametrize(
    ("entry", "layer"),
    [
        ("{conv2d: {out_channels: 8, kernel_size: [3, 3]}}", "{kind: conv2d, out_channels: 8, kernel_size: [3, 3]}"),
        ("{Conv2D: , out_channels: 8}", "{kind: conv2d, out_channels: 8}"),
        ("{flatten: }", "{kind: flatten}"),
        ("{dropout: 0.5}", "{kind: dropout, p: 0.5}"),
        ("{name: conv1}", None),
        ("{sofa: {legs: 4}}", None),
        ("{relu: 3, kernel_size: 3}", None),
    ],
)
def test_a_kind_that_stands_as_a_key_is_a_layer(entry: str, layer: str | None) -> None:
    meant = from_key(_entry(entry))
    assert (None if meant is None else meant.text) == (None if layer is None else f"- {layer}")


def test_a_dash_parts_only_fields_of_the_layer_above() -> None:
    assert parted(_entry("{bias: false}"), "conv2d") is not None
    assert parted(_entry("{bias: false}"), "relu") is None
    assert parted(_entry("{bias: false, kind: relu}"), "conv2d") is None
    assert parted(_entry("{bias: false}"), None) is None


@pytest.mark.parametrize("called", ["DropPath", "drop_path", "droppath", "drop_connect"])
def test_stochastic_depth_is_known_by_what_timm_and_the_efficientnets_call_it(called: str) -> None:
    (error, *_) = checked(f"{{kind: {called}, p: 0.1}}").errors
    assert error.help == ("did you mean `stochastic_depth`?",)
