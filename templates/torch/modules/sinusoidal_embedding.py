"""Numbers as waves."""

import torch
from torch import Tensor, nn


class SinusoidalEmbedding(nn.Module):
    """(N, *) -> (N, *, embedding_dim): cosines, then sines, ever slower."""

    def __init__(self, embedding_dim: int, max_period: float = 10000.0) -> None:
        super().__init__()
        if embedding_dim % 2:
            raise ValueError(f"{embedding_dim} is not twice as many waves")
        self.embedding_dim = embedding_dim
        self.max_period = max_period

    def forward(self, x: Tensor) -> Tensor:
        half = self.embedding_dim // 2
        precise = torch.promote_types(x.dtype, torch.float32)
        steps = torch.arange(half, dtype=precise, device=x.device)
        angles = x.to(precise).unsqueeze(-1) * self.max_period ** -(steps / half)
        return torch.cat((angles.cos(), angles.sin()), -1).to(x.dtype)

    def extra_repr(self) -> str:
        return f"{self.embedding_dim}, max_period={self.max_period}"
