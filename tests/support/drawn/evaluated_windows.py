"""The kinds of maps that are cut to windows, written out from their definitions: a place, or a pair, at a time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from tests.support.drawn.reader import Row

if TYPE_CHECKING:
    from tests.support.drawn.evaluator import Evaluated


def positions_looked_up(network: Evaluated, row: Row, table: Tensor, random: torch.Generator) -> Tensor:
    """A row of the table for each pair of places, by how one lies to the other."""
    sizes = row.fields["window_size"]
    places = [*product(*map(range, sizes))]
    rows = torch.tensor([[_row(one, other, sizes) for other in places] for one in places])
    network.state[row.name] = rows.flatten() if row.fields.get("flat", True) else rows
    if rows.max() >= table.shape[1]:
        raise ValueError("no such row")
    return table[:, rows].permute(0, 3, 1, 2)


def _row(one: Sequence[int], other: Sequence[int], sizes: Sequence[int]) -> int:
    found = 0
    for here, there, size in zip(one, other, sizes, strict=True):
        found = found * (2 * size - 1) + here - there + size - 1
    return found


def _masked(taken: list[Tensor], window_size: Sequence[int], shift: int) -> Tensor:
    """The bias of each window, less 100 for a pair of which one place has come round and the other has not."""
    bias, rolled = taken
    sizes = rolled.shape[1 : 1 + len(window_size)]
    if any(n % size for n, size in zip(sizes, window_size, strict=True)):
        raise ValueError("windows that do not fit")
    counts = [n // size for n, size in zip(sizes, window_size, strict=True)]
    given = bias.new_zeros(len(bias), *counts, *bias.shape[1:])
    for window in product(*map(range, counts)):
        round_ = [
            [
                count > 1 and first * size + place >= n - shift
                for first, place, size, n, count in zip(window, inner, window_size, sizes, counts, strict=True)
            ]
            for inner in product(*map(range, window_size))
        ]
        apart = torch.tensor([[-100.0 * (one != other) for other in round_] for one in round_])
        at: Any = (slice(None), *window)
        given[at] = bias + apart
    return given


def _rolled(x: Tensor, shifts: int | Sequence[int], dims: Sequence[int], longer_than: int = 0) -> Tensor:
    several = [shifts] * len(dims) if isinstance(shifts, int) else shifts
    for shift, dim in zip(several, dims, strict=True):
        n = x.shape[dim]
        if n > longer_than:
            x = x.index_select(dim, torch.tensor([(place - shift) % n for place in range(n)]))
    return x


def _padded(x: Tensor, multiple: int, dims: Sequence[int]) -> Tensor:
    for dim in dims:
        while x.shape[dim] % multiple:
            x = torch.cat([x, torch.zeros_like(x.narrow(dim, 0, 1))], dim)
    return x


def _cropped(taken: list[Tensor], dims: Sequence[int]) -> Tensor:
    x, like = taken
    for dim in dims:
        x = x.narrow(dim, 0, like.shape[dim])
    return x


def _rearranged(x: Tensor, pattern: str, **stated: int) -> Tensor:
    """Apart into every axis that has a name, into another order, and together."""
    before, after = (
        [(group or one).split() for group, one in re.findall(r"\(([^)]*)\)|(\w+)", side)]
        for side in pattern.split("->")
    )
    sizes = dict(stated)
    for names, n in zip(before, x.shape[1:], strict=True):
        known = prod(sizes[name] for name in names if name in sizes)
        for name in names:
            sizes.setdefault(name, n // known)
    apart = [name for names in before for name in names]
    ordered = [name for names in after for name in names]
    x = x.reshape(len(x), *(sizes[name] for name in apart))
    x = x.permute(0, *(1 + apart.index(name) for name in ordered))
    return x.reshape(len(x), *(prod(sizes[name] for name in names) for names in after))


OF_WINDOWS: dict[str, Any] = {"roll": _rolled, "pad_to_multiple": _padded, "rearrange": _rearranged}
JOINED_WINDOWS: dict[str, Any] = {"crop_as": _cropped, "shifted_window_mask": _masked}
