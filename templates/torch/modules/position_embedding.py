"""A vector for each place of a sequence."""

from torch import Tensor, nn


class PositionEmbedding(nn.Embedding):
    """(N, T, *) -> (N, T, embedding_dim): the first T rows of the table, for each sample."""

    def forward(self, x: Tensor) -> Tensor:
        samples, places = x.shape[:2]
        return self.weight.narrow(0, 0, places).expand(samples, -1, -1)
