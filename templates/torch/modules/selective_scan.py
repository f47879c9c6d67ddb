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
        if x.shape != dt.shape or b.shape != c.shape or x.shape[:2] != b.shape[:2]:
            raise ValueError(f"no scan of {x.shape}, {dt.shape}, {b.shape}, {c.shape}")
        decay, state = -a_log.exp(), torch.zeros_like(a_log)
        given = []
        for place in range(x.shape[1]):
            step = dt[:, place, :, None]
            entering = step * b[:, place, None] * x[:, place, :, None]
            state = (decay * step).exp() * state + entering
            given.append((state @ c[:, place, :, None]).squeeze(2))
        return torch.stack(given, 1) + d[:, None] * x
