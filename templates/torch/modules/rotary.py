"""Positions as angles."""

import torch
from torch import Tensor, nn


class Rotary(nn.Module):
    """(N, T, num_heads * d) -> the same, pairs turned by angles that grow.

    Of each head the first rotary_dim values are, all if it is not given: value i of
    their one half and of the other are a pair, or if interleaved two side by side.
    """

    def __init__(
        self,
        num_heads: int,
        base: float = 10000.0,
        rotary_dim: int | None = None,
        interleaved: bool = False,
    ) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.base = base
        self.rotary_dim = rotary_dim
        self.interleaved = interleaved

    def forward(self, x: Tensor) -> Tensor:
        samples, length, width = x.shape
        heads = x.view(samples, length, self.num_heads, -1)
        size = heads.shape[3] if self.rotary_dim is None else self.rotary_dim
        pair, apart = (4, (-1, 2)) if self.interleaved else (3, (2, -1))
        turned = heads.narrow(3, 0, size).reshape(*heads.shape[:3], *apart)
        precise = torch.promote_types(x.dtype, torch.float32)
        places = torch.arange(length, dtype=precise, device=x.device)
        steps = torch.arange(size // 2, dtype=precise, device=x.device)
        angles = torch.outer(places, self.base ** -(steps * 2 / size))
        cos, sin = angles.cos().to(x.dtype)[:, None], angles.sin().to(x.dtype)[:, None]
        one, two = turned.unbind(pair)
        turned = torch.stack((one * cos - two * sin, two * cos + one * sin), pair)
        rest = heads.narrow(3, size, heads.shape[3] - size)
        return torch.cat((turned.flatten(3), rest), 3).view(samples, length, width)
