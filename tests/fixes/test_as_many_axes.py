"""What is said where a layer takes another number of axes than arrive."""

from __future__ import annotations

import pytest

from archcalc.pipeline import find_fixes
from tests.support.broken_specs import after, errors
from tests.support.small import checked


def head(sizes: str) -> str:
    return f"archcalc: 1\nname: Small\ninput: [{sizes}]\nlayers:\n"


@pytest.mark.parametrize(
    ("sizes", "stated", "flatten"),
    [
        ("3, 8, 8", "", "start_dim: 2"),
        ("3, 8, 8", ", input_size: 3", "start_dim: 2"),
        ("3, 32, 320", "", "start_dim: 1, end_dim: 2"),
        ("3, 32, 320", f", input_size: {3 * 32}", "start_dim: 1, end_dim: 2"),
    ],
)
def test_the_places_of_a_square_are_a_sequence_and_else_its_columns_are(sizes: str, stated: str, flatten: str) -> None:
    """As Vision Transformers see images, and as CRNN (Shi et al. 2017) reads a line of text."""
    (error,) = checked(f"{{kind: lstm, hidden_size: 4{stated}}}", head=head(sizes)).errors
    assert error.code == "A202"
    way = f"put `- {{kind: flatten, {flatten}}}` and `- {{kind: permute, dims: [0, 2, 1]}}` above it"
    assert any(way in line for line in error.help)


@pytest.mark.parametrize("beside", ["{name: other, kind: sofa}", "{name: other, kind: conv2d}"])
@pytest.mark.parametrize("sizes", ["3, 8, 8", "3, 8, 9"])
def test_a_layer_of_which_nothing_is_known_stands_in_nobodys_way(sizes: str, beside: str) -> None:
    report = checked(beside, "{name: read, kind: lstm, hidden_size: 4, from: input}", head=head(sizes))
    assert [error.code for error in report.errors if "`read`" in error.message] == ["A202"]


def test_a_map_that_a_convolution_of_one_axis_takes_keeps_its_columns_last() -> None:
    """Its channels are first: of 3 rows for each of 4 channels there are 12, at each of 9 columns."""
    conv = "{name: read, kind: conv1d, in_channels: 12, out_channels: 5, kernel_size: 3}"
    report = checked(conv, head=head("4, 3, 9"))
    (fix, *_) = find_fixes(report)
    assert fix.edit == "{kind: flatten, start_dim: 1, end_dim: 2} above read"
    fixed = after(report, fix)
    assert errors(fixed) == []
    assert fixed.layers[-1].output == (5, 7)


def test_columns_are_no_channels() -> None:
    """A convolution that takes as many channels as a map has columns was not written for the map turned round."""
    conv = "{kind: conv1d, in_channels: 9, out_channels: 5, kernel_size: 3}"
    assert not any("permute" in fix.edit for fix in find_fixes(checked(conv, head=head("4, 3, 9"))))
