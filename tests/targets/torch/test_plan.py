"""What the files of a network say in numbers, beside numbers worked out by hand."""

from __future__ import annotations

import re

import pytest

from archcalc import check_text
from archcalc.targets.generate import generate
from archcalc.targets.torch.plan_tests import _range, plan_tests

HEAD = "archcalc: 1\nname: N\n"

BLOCKS = """\
input: [3, 8, 8]
blocks:
  pair:
    layers:
      - {kind: conv2d, out_channels: 4, kernel_size: 1, bias: false}
      - {kind: relu}
layers:
  - {name: first, kind: conv2d, out_channels: 2, kernel_size: 3}
  - {name: deep, kind: pair}
  - name: row
    repeat: 2
    layers: [{kind: conv2d, out_channels: 4, kernel_size: 1, bias: false}]
  - layers:
      - {name: inner, kind: flatten}
  - {name: last, kind: linear, out_features: 5}
"""


def table(text: str) -> list[str]:
    page = generate(check_text(HEAD + text)).files["README.md"]
    rows = re.findall(r"^\| (.*) \|$", page.partition("| layer |")[2], re.MULTILINE)
    return [row for row in rows if "---" not in row and " kind " not in row]


def test_the_readme_has_a_row_for_each_layer_and_each_use_of_a_block() -> None:
    """Parameters are weights, and a bias for each output; MACs those of a convolution's outputs, and of a matrix."""
    assert table(BLOCKS) == [
        f"first | conv2d | 2 x 6 x 6 | {2 * 3 * 9 + 2} | {2 * 3 * 9 * 36:,}",
        f"deep | pair | 4 x 6 x 6 | {4 * 2} | {4 * 2 * 36}",
        f"row | group | 4 x 6 x 6 | {2 * 4 * 4} | {2 * 4 * 4 * 36:,}",
        "inner | flatten | 144 | 0 | 0",
        f"last | linear | 5 | {144 * 5 + 5} | {144 * 5}",
    ]


def illegal_sizes(text: str) -> list[tuple[int, ...]]:
    report = check_text(HEAD + text)
    assert report.facts is not None
    sizes = plan_tests(report.facts)["illegal_sizes"]
    assert isinstance(sizes, list)
    return sizes


def test_the_generated_tests_try_channels_that_the_first_weights_refuse() -> None:
    """One fewer and one more, then the largest height and width that a kernel of 3 does not fit into."""
    layer = "{kind: conv2d, out_channels: 1, kernel_size: 3}"
    assert illegal_sizes(f"input: [3, 8, 8]\nlayers: [{layer}]\n") == [(2, 8, 8), (4, 8, 8), (3, 2, 8), (3, 8, 2)]
    # There is no picture without channels.
    assert illegal_sizes(f"input: [1, 8, 8]\nlayers: [{layer}]\n") == [(2, 8, 8), (1, 2, 8), (1, 8, 2)]


def test_the_generated_tests_refuse_no_channels_where_nothing_has_weights() -> None:
    assert illegal_sizes("input: [3, 8, 8]\nlayers: [{kind: max_pool2d, kernel_size: 2}]\n") == [(3, 1, 8), (3, 8, 1)]


@pytest.mark.parametrize(
    ("sizes", "written"),
    [
        ([4, 5, 6], "range(4, 7)"),
        ([2, 5, 8], "range(2, 9, 3)"),
        ([7], "range(7, 8)"),
        ([1, 2, 4], "[1, 2, 4]"),
    ],
)
def test_sizes_are_a_range_where_they_are_evenly_spaced(sizes: list[int], written: str) -> None:
    assert _range(sizes) == written


HEAD_OF_SCORES = "input: [4]\nlayers:\n"
LINEAR, SOFTMAX = "  - {kind: linear, out_features: 3}\n", "  - {kind: softmax, dim: 1}\n"


@pytest.mark.parametrize(
    ("layers", "left_out"),
    [
        (LINEAR + SOFTMAX, True),
        (LINEAR, False),  # nothing gives probabilities
        (SOFTMAX + LINEAR, False),  # what ends the network are scores again
        (LINEAR + SOFTMAX.replace("softmax", "log_softmax"), False),  # log-probabilities are scores
        (SOFTMAX, False),  # nothing is left without it
        (LINEAR + "  - {name: g, layers: [{kind: softmax, dim: 1}]}\n", False),  # a group is called as a whole
    ],
)
def test_a_softmax_is_left_out_of_the_loss_only_where_it_ends_the_network(layers: str, left_out: bool) -> None:
    code = generate(check_text(HEAD + HEAD_OF_SCORES + layers)).files["model.py"]
    assert ("def forward_logits(" in code) is left_out
