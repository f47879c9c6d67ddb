"""A learnt bias for each pair of places in a window."""

import torch
from torch import Tensor


def relative_position_index(window_size: tuple[int, ...], flat: bool = True) -> Tensor:
    """Which row of a table each pair of places has: pairs that lie alike share one."""
    axes = [torch.arange(size) for size in window_size]
    places = torch.stack(torch.meshgrid(*axes, indexing="ij")).flatten(1)
    index = torch.zeros((), dtype=torch.long)
    for size, place in zip(window_size, places, strict=True):
        index = index * (2 * size - 1) + place[:, None] - place + size - 1
    return index.flatten() if flat else index


def relative_position_bias(index: Tensor, table: Tensor) -> Tensor:
    """Rows of (N, R, heads) for all T * T pairs -> (N, heads, T, T)."""
    places = round(index.numel() ** 0.5)
    rows = table[:, index.flatten()].transpose(1, 2)
    return rows.reshape(*rows.shape[:2], places, places)
