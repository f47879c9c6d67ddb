"""Vectors that are looked up: which number each is of."""

from __future__ import annotations

import pytest
import torch

from archcalc.layers.kinds.embedding import Embedding
from archcalc.layers.kinds.rotary import SinusoidalEmbedding
from archcalc.layers.working import Window
from tests.support.small import checked
from tests.support.torch_oracle import built


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


@pytest.mark.parametrize("x", [(4,), (3, 4), (2, 3, 4)])
def test_waves_are_of_the_number_in_their_own_place(x: tuple[int, ...]) -> None:
    """Also where as many numbers arrive as waves are made of each: these are another axis."""
    kind = SinusoidalEmbedding(embedding_dim=4)
    (trace,) = kind.traces(x)
    assert trace is not None
    assert (trace.windows, trace.axes) == ((Window(),) * len(x), (*range(len(x)), None))
    assert kind.window(x) is None
    module, numbers = built(kind, x), torch.rand(1, *x)
    for place in torch.ones(x).nonzero().tolist():
        changed = numbers.clone()
        changed[(0, *place)] += 1.0
        differs = (module(changed) != module(numbers))[0]
        assert differs.any(-1).nonzero().tolist() == differs.all(-1).nonzero().tolist() == [place]


def test_a_row_that_there_is_not_is_pointed_at() -> None:
    """As torch has it, a table of 5 rows has none of number 5."""
    with pytest.raises(AssertionError, match="Padding_idx must be within num_embeddings"):
        torch.nn.Embedding(5, 2, padding_idx=5)
    layer = "{name: words, kind: embedding, num_embeddings: 5, embedding_dim: 2, padding_idx: 5}"
    (error,) = checked(layer, head="archcalc: 1\nname: Words\ninput: {shape: [6], below: 5}\nlayers:\n").errors
    assert error.span is not None
    assert layer[error.span.column - 5 :].startswith("5}")
    assert error.help[0] == "write `padding_idx: 4`"
