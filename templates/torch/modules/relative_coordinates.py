"""How two places of a window lie to each other."""

import torch
from torch import Tensor


def relative_coordinates(window_size: tuple[int, ...]) -> Tensor:
    """Differences of places along each axis, as logarithms: (1, 2 * w - 1, ..., k)."""
    axes = [torch.arange(1.0 - size, size) / (size - 1) * 8 for size in window_size]
    apart = torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1)
    return (apart.sign() * torch.log2(apart.abs() + 1) / 3).unsqueeze(0)
