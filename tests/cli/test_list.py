"""``archcalc list`` and ``archcalc kinds``: what there is, for people and for tools."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from archcalc import KINDS, bundled_networks, bundled_specs
from archcalc.cli.main import cli
from archcalc.layers.record import fields_of


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments, catch_exceptions=False)


def test_every_network_is_listed_in_a_line() -> None:
    lines = invoke("list").output.splitlines()
    assert [line.split()[0] for line in lines[2:]] == [one.name for one in bundled_networks()]
    assert lines[0].split() == ["network", "family", "input", "parameters", "MACs", "source"]
    (alexnet,) = (line for line in lines if line.startswith("alexnet "))
    assert alexnet.split(None, 8)[1:] == [
        *("alexnet", "3", "×", "227", "×", "227", "62,378,344"),
        "1,135,256,096  Introduction to The Architecture of Alexnet",
    ]
    assert {one.spec for one in bundled_networks()} == set(bundled_specs())


def test_a_family_or_a_beginning_is_listed_alone() -> None:
    def listed(*names: str) -> list[str]:
        return [one["name"] for one in json.loads(invoke("list", *names, "--format", "json").output)]

    assert listed("squeezenet") == ["squeezenet1_0", "squeezenet1_1"]
    assert listed("vgg1", "unet") == [
        "unet",
        "unet_paper",
        *(f"vgg{n}{bn}" for bn in ("", "_bn") for n in (11, 13, 16, 19)),
    ]
    result = invoke("list", "resnt")
    assert (result.exit_code, "did you mean `resnet`?" in result.stderr) == (2, True)


def test_every_kind_is_listed_in_a_line() -> None:
    lines = invoke("kinds").output.splitlines()
    assert [line.split()[0] for line in lines[2:]] == sorted(KINDS)
    assert "relu                   (N, *) -> (N, *)" in invoke("kinds").output


def test_a_kind_is_shown_with_its_fields() -> None:
    output = invoke("kinds", "group_norm").output
    assert output.startswith("group_norm: (N, C, *) -> (N, C, *); torch.nn.GroupNorm\n\n")
    assert "num_groups    must be given  a whole number from 1 up\n" in output
    assert "num_channels  left out " in output
    assert "affine        true           true or false" in output
    assert invoke("kinds", "sigmoid").output.endswith("It has no fields.\n")


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("Conv2d", "conv2d"),
        ("torch.nn.BatchNorm2d", "batch_norm2d"),
        ("gn", "group_norm"),
        ("max-pool2d", "max_pool2d"),
    ],
)
def test_a_kind_is_found_by_its_other_names(word: str, kind: str) -> None:
    assert invoke("kinds", word).output == invoke("kinds", kind).output


def test_an_unknown_kind_asks_which_was_meant() -> None:
    for word, help in (("conv2", "did you mean `conv2d`?"), ("abacus", "`archcalc kinds` lists all of them")):
        result = invoke("kinds", word)
        assert (result.exit_code, f"there is no layer kind `{word}`; {help}" in result.stderr) == (2, True)


def test_a_kind_that_is_elsewhere_says_what_to_do_without_it() -> None:
    result = invoke("kinds", "lstm_cell")
    assert result.exit_code == 2
    assert "the layer kind `lstm_cell` is not supported yet; for sequences there are `lstm`" in result.stderr


def test_kinds_for_tools_have_every_field() -> None:
    found = {one["kind"]: one for one in json.loads(invoke("kinds", "--format", "json").output)}
    assert {kind: [field["name"] for field in one["fields"]] for kind, one in found.items()} == {
        name: [*fields_of(kind)] for name, kind in KINDS.items()
    }
    (conv,) = json.loads(invoke("kinds", "conv2d", "--format", "json").output)
    assert conv == found["conv2d"]
    assert [(field["name"], field["required"], field["default"]) for field in conv["fields"]][:4] == [
        ("in_channels", False, None),
        ("out_channels", True, None),
        ("kernel_size", True, None),
        ("stride", False, 1),
    ]
