"""Vectors that are looked up: which number each is of."""

from __future__ import annotations

import pytest
import torch

from archcalc.layers.kinds.embedding import Embedding
from archcalc.layers.working import Window
from tests.support.small import checked


def test_a_vector_is_that_of_the_number_in_its_own_place() -> None:
    kind = Embedding(num_embeddings=9, embedding_dim=2)
    (trace,) = kind.traces((5,))
    assert trace is not None
    assert (trace.windows, trace.axes) == ((Window(),), (0, None))
    module = torch.nn.Embedding(9, 2)
    numbers = torch.tensor([[1, 2, 3, 4, 5]])
    for place in range(5):
        changed = numbers.clone()
        changed[0, place] = 7
        differs = (module(changed) != module(numbers)).any(-1)[0].tolist()
        assert differs == [other == place for other in range(5)]


def test_a_row_that_there_is_not_is_pointed_at() -> None:
    """As torch has it, a table of 5 rows has none of number 5."""
    with pytest.raises(AssertionError, match="Padding_idx must be within num_embeddings"):
        torch.nn.Embedding(5, 2, padding_idx=5)
    layer = "{name: words, kind: embedding, num_embeddings: 5, embedding_dim: 2, padding_idx: 5}"
    (error,) = checked(layer, head="archcalc: 1\nname: Words\ninput: {shape: [6], below: 5}\nlayers:\n").errors
    assert error.span is not None
    assert layer[error.span.column - 5 :].startswith("5}")
    assert error.help[0] == "write `padding_idx: 4`"
