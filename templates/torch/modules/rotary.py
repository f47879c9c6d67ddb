"""Positions as angles."""

import torch
from torch import Tensor, nn


class Rotary(nn.Module):
    """(N, T, num_heads * d) -> the same, the halves of each head turned as pairs by angles that grow with the place."""

    def __init__(self, num_heads: int, base: float = 10000.0) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.base = base

    def forward(self, x: Tensor) -> Tensor:
        samples, length, width = x.shape
        pairs = x.view(samples, length, self.num_heads, 2, -1)
        precise = torch.promote_types(x.dtype, torch.float32)
        places = torch.arange(length, dtype=precise, device=x.device)
        steps = torch.arange(pairs.shape[4], dtype=precise, device=x.device)
        angles = torch.outer(places, self.base ** -(steps / pairs.shape[4]))
        cos, sin = angles.cos().to(x.dtype)[:, None], angles.sin().to(x.dtype)[:, None]
        one, two = pairs.unbind(3)
        turned = torch.stack((one * cos - two * sin, two * cos + one * sin), 3)
        return turned.view(samples, length, width)
