"""A vector for each place of a sequence."""

from torch import Tensor, nn


class PositionEmbedding(nn.Embedding):
    """(N, T, *) -> (N, T, embedding_dim): T rows of the table, from `offset` on."""

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        offset: int = 0,
    ) -> None:
        super().__init__(num_embeddings, embedding_dim)
        self.offset = offset

    def forward(self, x: Tensor) -> Tensor:
        samples, places = x.shape[:2]
        return self.weight.narrow(0, self.offset, places).expand(samples, -1, -1)
