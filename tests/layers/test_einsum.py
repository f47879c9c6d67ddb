"""`einsum`: what its equation may say, and what a product says of causality and of places."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from archcalc import check_text, explain, laws
from archcalc.layers.contract import KINDS
from archcalc.layers.equation import Equation
from archcalc.layers.fields import FieldError
from tests.support.small import checked

KIND: Any = KINDS["einsum"]
HEAD = "archcalc: 1\nname: N\nlet: {T: 10}\naxes: [T]\ninput: [T, 8]\nlayers:\n"

WRONG = {
    "t d, s d": "takes one `->`",
    "t d -> t": "takes the axes of two inputs before its `->`, a comma between them, not of 1",
    "t d, s d, r d -> t s r": "takes the axes of two inputs before its `->`, a comma between them, not of 3",
    "t d, s d ->": "takes an axis or more of each input and of the output",
    "t t, t d -> t d": "takes each axis once in an input and in the output, not `t` twice",
    "t d, s d -> t u": "gives `u`, which no input has",
    "... t d, ... s d -> ... t s": "takes names of letters, digits and `_`, not `...`; the batch is not named",
    # As torch writes them, with and without the batch.
    "btd,bsd->bts": 'names axes apart by spaces, and not the batch: write "t d, s d -> t s"',
    "bhqd, bhkd -> bhqk": 'names axes apart by spaces, and not the batch: write "h q d, h k d -> h q k"',
    "ij,jk->ik": 'names axes apart by spaces, and not the batch: write "i j, j k -> i k"',
}


@pytest.mark.parametrize("equation", WRONG)
def test_what_is_no_equation_is_told_in_words(equation: str) -> None:
    with pytest.raises(FieldError) as refused:
        Equation().read(equation, 0)
    assert WRONG[equation] in str(refused.value)


@pytest.mark.parametrize(
    ("equation", "written"),
    [
        ("t d, s d -> t s", "btd,bsd->bts"),
        ("tokens d, tokens e -> d e", "btd,bte->bde"),
        # A name of one letter keeps it, whatever longer one comes before; `b` is the batch where nothing else is.
        ("tokens d, t d -> tokens t", "bad,btd->bat"),
        ("b c, b d -> c d", "abc,abd->acd"),
        ("batch d, s d -> batch s", "abd,asd->abs"),
    ],
)
def test_torch_has_a_letter_for_each_axis_and_one_for_the_batch(equation: str, written: str) -> None:
    layer = KIND(equation=equation)
    assert layer.expression(["x", "y"]) == f'torch.einsum("{written}", x, y)'
    left, right, _ = layer._names()
    sizes = {name: 2 + place for place, name in enumerate(dict.fromkeys(left + right))}
    xs = [tuple(sizes[name] for name in names) for names in (left, right)]
    given = torch.einsum(written, *(torch.zeros(7, *x) for x in xs))
    assert tuple(given.shape) == (7, *layer.out(*xs))


ATTENTION = (
    HEAD
    + """
  - {name: q, kind: linear, out_features: 6, from: input}
  - {name: k, kind: linear, out_features: 6, from: input}
  - {name: v, kind: linear, out_features: 4, from: input}
  - {name: scores, kind: einsum, equation: "t d, s d -> t s", from: [q, k]}
  - {name: weights, kind: softmax, dim: -1}
  - {name: mixed, kind: einsum, equation: "t s, s d -> t d", from: [weights, v]}
"""
)


def test_attention_that_is_written_out_has_laws_in_its_length() -> None:
    report = check_text(ATTENTION)
    assert report.ok, report.diagnostics
    found = laws(report)
    # Three projections of 8 to 6, 6 and 4; T·T pairs over 6, and over 4 again.
    assert str(found.total.macs) == "N*(10*T**2 + 128*T)"


def test_sizes_that_differ_are_told_by_the_name_of_their_axis() -> None:
    keys = "name: k, kind: linear, out_features: "
    report = check_text(ATTENTION.replace(f"{keys}6", f"{keys}5"))
    (error,) = report.errors
    assert error.message == "`scores` has 6 places along `d` in its first input and 5 in its second"
    assert "write `k out_features: 6`" in error.help


def test_an_equation_that_names_the_batch_is_told_without_it() -> None:
    text = ATTENTION.replace('"t d, s d -> t s"', '"b t d, b s d -> b t s"')
    (error,) = [error for error in check_text(text).errors if error.code == "A202"]
    assert error.help == ('the batch is not named: write `equation: "t d, s d -> t s"`',)


def test_places_and_channels_that_are_summed_over_are_all_seen() -> None:
    """A Gram matrix of channels, as in style transfer, sees every pixel, also where those stand in one row."""
    rows = (
        "{kind: conv2d, out_channels: 4, kernel_size: 3}",
        "{name: rows, kind: flatten, start_dim: 2}",
        '{name: gram, kind: einsum, equation: "c p, d p -> c d", from: [rows, rows]}',
    )
    seen = explain(checked(*rows), "gram").seen
    assert seen.fields is not None
    assert [(field.size, field.stride) for field in seen.fields] == [(32, 0), (32, 0)]


@pytest.mark.parametrize(
    ("equation", "stay"), [("c p, c q -> c p q", True), ("c p, d p -> c d", False), ("p c, p c -> p", True)]
)
def test_channels_stay_where_they_stand_first_in_all(equation: str, stay: bool) -> None:
    assert KIND(equation=equation).channels_stay((4, 5), (4, 5)) is stay
