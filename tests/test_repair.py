"""Ways out: an edit that is offered mends the fault when it is made."""

from __future__ import annotations

import re

import pytest

from archcalc.checking import check_text

HEAD = "archcalc: 1\nname: Small\ninput: [3, 32, 32]\nlayers:\n"
CONV = "{kind: conv2d, out_channels: 8, kernel_size: 3}"

# The layers, and what is offered for the first fault.
OFFERED = [
    (["{kind: linear, in_features: 99, out_features: 10}"], "write `in_features: 32`"),
    ([CONV, "{kind: flatten}", "{kind: linear, in_features: 99, out_features: 10}"], "write `in_features: 7200`"),
    ([CONV, "{kind: linear, in_features: 7200, out_features: 10}"], "put `- {kind: flatten}` above it"),
    (["{kind: conv2d, in_channels: 4, out_channels: 8, kernel_size: 3}"], "write `in_channels: 3`"),
    (["{kind: conv2d, out_channels: 9, kernel_size: 3, groups: 2}"], "write `groups: 1`"),
    (["{kind: conv2d, out_channels: 9, kernel_size: 3, groups: 4}"], "write `groups: 3`"),
    (["{kind: conv2d, out_channels: 9, kernel_size: 40}"], "write `kernel_size: 32`"),
    (["{kind: max_pool2d, kernel_size: 3, padding: 2}"], "write `padding: 1`"),
    (["{kind: avg_pool2d, kernel_size: 50}"], "write `kernel_size: 32`"),
    (["{kind: conv2d, out_channels: 8, kernel_size: 3, padding: same, stride: 2}"], "write `stride: 1`"),
    (["{kind: conv2d, out_channels: 8, kernel_size: 3, padding: 32, padding_mode: reflect}"], "write `padding: 31`"),
    (["{kind: flatten, start_dim: 5}"], "write `start_dim: 3`"),
    (["{kind: prelu, num_parameters: 4}"], "write `num_parameters: 3`"),
    (["{kind: batch_norm2d, num_features: 4}"], "write `num_features: 3`"),
    (["{kind: flatten}", CONV], "remove `flatten` above it (line 5)"),
]


def faults(layers: list[str], head: str = HEAD) -> list[tuple[str, tuple[str, ...]]]:
    report = check_text(head + "".join(f"  - {layer}\n" for layer in layers))
    return [(fault.code, fault.help) for fault in report.diagnostics if fault.severity == "error"]


def followed(layers: list[str], help: str) -> list[str]:
    """The layers after doing to the last of them what a way out says."""
    written = re.fullmatch(r"write `(\w+): (\d+)`", help)
    if written:
        field, value = written.groups()
        return [*layers[:-1], re.sub(rf"{field}: \d+", f"{field}: {value}", layers[-1])]
    if help.startswith("remove"):
        return [*layers[:-2], layers[-1]]
    assert help == "put `- {kind: flatten}` above it"
    return [*layers[:-1], "{kind: flatten}", layers[-1]]


@pytest.mark.parametrize(("layers", "help"), OFFERED)
def test_what_is_offered_mends_the_fault(layers: list[str], help: str) -> None:
    (fault,) = faults(layers)
    assert fault[1] == (help,)
    assert faults(followed(layers, help)) == []


@pytest.mark.parametrize(
    ("stated", "help", "mended"),
    [
        ("[1, 3, 32, 32]", "leave out the batch: `input: [3, 32, 32]`", "[3, 32, 32]"),
        ("[32, 32, 3]", "write the channels first: `input: [3, 32, 32]`", "[3, 32, 32]"),
    ],
)
def test_a_common_slip_of_the_input_is_recognised(stated: str, help: str, mended: str) -> None:
    layers = ["{kind: conv2d, out_channels: 8, kernel_size: 5}"]
    (fault,) = faults(layers, HEAD.replace("[3, 32, 32]", stated))
    assert fault[1] == (help,)
    assert faults(layers, HEAD.replace("[3, 32, 32]", mended)) == []


@pytest.mark.parametrize(
    "layers",
    [
        ["{kind: conv3d, out_channels: 8, kernel_size: 3}"],
        ["{kind: conv2d, out_channels: 7, kernel_size: 3, groups: 300}"],
        ["{kind: conv2d, out_channels: 8, kernel_size: [99, 3]}"],
    ],
)
def test_nothing_is_offered_where_nothing_tried_helps(layers: list[str]) -> None:
    (fault,) = faults(layers)
    assert fault[1] == ()


def test_what_fails_only_further_down_is_no_reason_against_a_way_out() -> None:
    layers = ["{kind: max_pool2d, kernel_size: 3, padding: 2}", "{kind: conv2d, out_channels: 8, kernel_size: 30}"]
    assert faults(layers) == [("A205", ("write `padding: 1`",))]
