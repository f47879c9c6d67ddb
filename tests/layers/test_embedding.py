"""Vectors that are looked up: which number each is of."""

from __future__ import annotations

import torch

from archcalc.layers.kinds.embedding import Embedding
from archcalc.layers.working import Window


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
