"""Warnings on request: what they see, what they leave alone, and that their edits were tried."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from archcalc.cli.main import cli
from archcalc.pipeline import check, check_text, warned
from archcalc.spec.warn import WARNINGS

CONV = "{name: conv, kind: conv2d, out_channels: 3, kernel_size: 3}"
NORM = "{name: bn, kind: batch_norm2d}"


def told(*layers: str, warn: str = "all", head: str = "") -> list[tuple[str, str, tuple[str, ...]]]:
    """Each warning that is asked for: its code, its layer, and its help."""
    lines = "".join(f"  - {layer}\n" for layer in layers)
    report = check_text(f"archcalc: 1\nname: Small\ninput: [3, 32, 32]\nwarn: [{warn}]\n{head}layers:\n{lines}")
    assert report.ok
    assert all(len(error.fixes) == len(error.help) for error in report.diagnostics)
    return [(error.code, error.message.split("`")[1], error.help) for error in report.diagnostics]


@pytest.mark.parametrize(
    ("layers", "found"),
    [
        ([CONV, NORM], [("A226", "conv", ("write `conv bias: false`",))]),
        ([CONV.replace("}", ", bias: true}"), NORM], [("A226", "conv", ("write `conv bias: false`",))]),
        ([CONV.replace("}", ", bias: false}"), NORM], []),
        ([CONV, "{kind: relu}", NORM], []),
        ([CONV, "{kind: instance_norm2d}"], []),
        ([CONV, NORM, "{kind: add, from: [conv, bn]}"], []),
        (["{name: a, kind: relu}", "{name: b, kind: gelu}"], [("A227", "b", ("remove `b` (line 7)",))]),
        (["{name: a, kind: relu}", "{name: d, kind: dropout}", "{name: b, kind: gelu}"], []),
        (["{name: a, kind: relu}", "{name: b, kind: softmax2d}"], [
            ("A225", "b", ("remove `b` (line 7)",)),
            ("A227", "b", ("remove `b` (line 7)",)),
        ]),
        (["{name: s, kind: softmax, dim: 1}", CONV], []),
        ([CONV, "{name: s, kind: log_softmax, dim: 1}"], []),
        (["{name: d, kind: dropout2d}", "{kind: relu}", NORM], [("A228", "d", ("remove `d` (line 6)",))]),
        (["{name: d, kind: dropout}", "{kind: instance_norm2d}", NORM], []),
        ([NORM, "{name: d, kind: dropout}"], []),
        (["{name: p, kind: max_pool2d, kernel_size: 2, stride: 3}"], [
            ("A229", "p", ("write `p stride: 2`", "or `p kernel_size: 3`")),
        ]),
        (["{name: p, kind: avg_pool2d, kernel_size: 2, stride: 2}"], []),
        (["{name: c, kind: conv2d, out_channels: 3, kernel_size: 2, dilation: 2, stride: 3}"], []),
        (["{name: c, kind: conv2d, out_channels: 3, kernel_size: 1, stride: 2}"], []),
        (["{name: c, kind: conv2d, out_channels: 3, kernel_size: 1, stride: 3}"], [
            ("A229", "c", ("write `c stride: 1`", "or `c kernel_size: 3`")),
        ]),
        (["{name: u, kind: upsample, scale_factor: 2}"], []),
        (["{name: t, kind: conv_transpose2d, out_channels: 3, kernel_size: 2, stride: 3}"], []),
    ],
)  # fmt: skip
def test_what_is_warned_of(layers: list[str], found: list[tuple[str, str, tuple[str, ...]]]) -> None:
    assert told(*layers) == found


def test_only_what_is_asked_for() -> None:
    assert [code for code, *_ in told(CONV, NORM, "{kind: relu}", "{kind: relu}", warn="two_activations")] == ["A227"]
    report = check_text(f"archcalc: 1\nname: Small\ninput: [3, 32, 32]\nlayers:\n  - {CONV}\n  - {NORM}\n")
    assert report.diagnostics == ()
    assert [error.code for error in warned(report, ["bias_before_norm"]).diagnostics] == ["A226"]


def test_a_linear_layer_of_a_sequence_keeps_its_bias() -> None:
    text = "archcalc: 1\nname: S\ninput: [8, 16]\nwarn: [all]\nlayers:\n"
    text += "  - {kind: linear, in_features: 16, out_features: 4}\n  - {kind: batch_norm1d}\n"
    assert check_text(text).diagnostics == ()


def test_an_edit_that_would_be_wrong_is_not_offered() -> None:
    followed = "{name: c, kind: conv2d, in_channels: 3, out_channels: 3, kernel_size: 3}"
    shape = "{kind: flatten}"
    fixed = "{kind: linear, in_features: 363, out_features: 3}"
    layers = ["{name: p, kind: max_pool2d, kernel_size: 2, stride: 3}", shape, fixed, followed][:3]
    assert told(*layers) == [("A229", "p", ())]


def test_an_entry_of_a_block_is_warned_of_once() -> None:
    head = f"blocks:\n  pair:\n    layers:\n      - {CONV}\n      - {NORM}\n"
    ((code, layer, help),) = told("{kind: pair}", "{kind: pair}", head=head)
    assert (code, layer, help) == ("A226", "pair.conv", ("write `pair.conv bias: false`",))


def test_a_network_with_an_error_is_not_warned_of() -> None:
    text = f"archcalc: 1\nname: Small\ninput: [3, 1, 1]\nwarn: [all]\nlayers:\n  - {CONV}\n  - {NORM}\n"
    assert [error.code for error in check_text(text).diagnostics] == ["A201"]


@pytest.mark.parametrize("name", ["resnet50", "vgg16", "efficientnet_b0", "vit_b_16", "unet"])
def test_the_bundled_networks_are_as_they_are_meant(name: str) -> None:
    assert {error.code for error in warned(check(name), [*WARNINGS]).diagnostics} <= set()


def test_the_command_line_asks_too(tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(f"archcalc: 1\nname: Small\ninput: [3, 32, 32]\nlayers:\n  - {CONV}\n  - {NORM}\n", "utf-8")
    run = CliRunner().invoke
    assert run(cli, ["check", str(path), "--fail-on", "warning"]).exit_code == 0
    asked = run(cli, ["check", str(path), "--warn", "bias_before_norm", "--fail-on", "warning"])
    assert asked.exit_code == 1
    assert "warning[A226]" in asked.output
    assert run(cli, ["check", str(path), "--warn", "all"]).exit_code == 0
    assert "there is no warning 'everything'" in run(cli, ["check", str(path), "--warn", "everything"]).output
