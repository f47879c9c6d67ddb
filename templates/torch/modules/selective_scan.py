"""Mamba's recurrence."""

import torch
from torch import Tensor, nn


class SelectiveScan(nn.Module):
    """x, dt (N, T, C), B, C (N, T, n), A_log (N, C, n), D (N, C) -> (N, T, C).

    Each of C channels has n states, from zeros on: h = exp(-exp(A_log) * dt) * h + dt * B * x.
    It gives C * h, summed over the states, and D * x.
    """

    def forward(
        self,
        x: Tensor,
        dt: Tensor,
        b: Tensor,
        c: Tensor,
        a_log: Tensor,
        d: Tensor,
    ) -> Tensor:
        samples, length, channels = x.shape
        states = (samples, channels, b.shape[2])
        if dt.shape != x.shape or b.shape != c.shape or b.shape[:2] != x.shape[:2]:
            raise ValueError(f"no scan of {x.shape}, {dt.shape}, {b.shape}, {c.shape}")
        if a_log.shape != states or d.shape != states[:2]:
            raise ValueError(f"no states {states} by {a_log.shape} and {d.shape}")
        decay, state = -a_log.exp(), x.new_zeros(states)
        given = []
        for place in range(length):
            step = dt[:, place, :, None]
            entering = step * b[:, place, None] * x[:, place, :, None]
            state = (decay * step).exp() * state + entering
            given.append((state @ c[:, place, :, None]).squeeze(2))
        return torch.stack(given, 1) + d[:, None] * x
