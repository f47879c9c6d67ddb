"""What is said where a layer takes another number of axes than arrive."""

from __future__ import annotations

import pytest

from tests.support.small import checked


def head(sizes: str) -> str:
    return f"archcalc: 1\nname: Small\ninput: [{sizes}]\nlayers:\n"


@pytest.mark.parametrize(
    ("sizes", "flatten"), [("3, 8, 8", "start_dim: 2"), ("3, 32, 320", "start_dim: 1, end_dim: 2")]
)
def test_the_places_of_a_square_are_a_sequence_and_else_its_columns_are(sizes: str, flatten: str) -> None:
    """As Vision Transformers see images, and as CRNN (Shi et al. 2017) reads a line of text."""
    (error,) = checked("{kind: lstm, hidden_size: 4}", head=head(sizes)).errors
    assert error.code == "A202"
    way = f"put `- {{kind: flatten, {flatten}}}` and `- {{kind: permute, dims: [0, 2, 1]}}` above it"
    assert any(way in line for line in error.help)


@pytest.mark.parametrize("beside", ["{name: other, kind: sofa}", "{name: other, kind: conv2d}"])
@pytest.mark.parametrize("sizes", ["3, 8, 8", "3, 8, 9"])
def test_a_layer_of_which_nothing_is_known_stands_in_nobodys_way(sizes: str, beside: str) -> None:
    report = checked(beside, "{name: read, kind: lstm, hidden_size: 4, from: input}", head=head(sizes))
    assert [error.code for error in report.errors if "`read`" in error.message] == ["A202"]
