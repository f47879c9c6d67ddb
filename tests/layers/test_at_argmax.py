"""One place of a sequence, chosen by a value for each: what the generated class gives, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import archcalc
from archcalc.layers.contract import KINDS
from templates.torch.reference.layer import Layer
from templates.torch.reference.reduce import at_argmax
from tests.support.join_oracle import Joined, chosen
from tests.support.own_modules import own_class

KIND: Any = KINDS["at_argmax"]
SEQUENCE = st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple)


@given(chosen(KIND), st.integers(0, 99))
def test_it_is_what_stands_where_the_second_is_largest(case: Joined, seed: int) -> None:
    _, (sequence, places) = case
    generator = torch.Generator().manual_seed(seed)
    x, words = torch.randn(3, *sequence, generator=generator), torch.randint(9, (3, *places), generator=generator)
    given = own_class("at_argmax", "AtArgmax")()(x, words)
    assert given.shape == (3, *KIND().out(sequence, places))
    for sample, numbers, found in zip(x, words.tolist(), given, strict=True):
        assert torch.equal(found, sample[numbers.index(max(numbers))])
    assert torch.equal(at_argmax(Layer({}, {}, False), x, words), given)


@given(SEQUENCE, SEQUENCE)
def test_what_is_refused_has_no_such_place(sequence: tuple[int, ...], places: tuple[int, ...]) -> None:
    refused = [need for need in KIND().checks(sequence, places) if not need.holds]
    try:
        own_class("at_argmax", "AtArgmax")()(torch.zeros(2, *sequence), torch.zeros(2, *places))
    except ValueError:
        assert [need.code for need in refused] == ["A211" if len(sequence) > 1 and len(places) == 1 else "A202"]
    else:
        assert refused == []


TEXT = """
archcalc: 1
name: Ends
let: {T: 9}
axes: [T]
input: {tokens: {shape: [T], below: 50}}
layers:
  - {name: words, kind: embedding, num_embeddings: 50, embedding_dim: 4}
  - {name: end, kind: at_argmax, from: [words, tokens]}
"""


def test_it_compares_whole_numbers_and_computes_with_real_ones() -> None:
    assert archcalc.check_text(TEXT).require_ok().layers[-1].output == (4,)
    turned = archcalc.check_text(TEXT.replace("[words, tokens]", "[tokens, words]"))
    assert "A220" in [error.code for error in turned.errors]
    with pytest.raises(archcalc.SpecError, match="a value for each of its places"):
        archcalc.check_text(TEXT.replace("[words, tokens]", "[words, words]")).require_ok()


def test_each_axis_of_what_is_given_runs_along_one_of_the_sequence() -> None:
    """As torch's gradient shows: of one value that is given, at which place of the sequence it came from."""
    x, words = torch.randn(1, 5, 3, 4, requires_grad=True), torch.tensor([[0, 0, 7, 0, 0]])
    torch.autograd.backward([own_class("at_argmax", "AtArgmax")()(x, words)[0, 2, 1]])
    assert x.grad is not None
    (place,) = x.grad[0].nonzero().tolist()
    assert place == [2, 2, 1]
    trace, _ = KIND().traces((5, 3, 4), (5,))
    assert [place[axis] for axis in trace.axes] == [2, 1]
