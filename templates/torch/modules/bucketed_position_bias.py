"""A learnt bias for each pair of places, by how far they are from each other."""

from math import log

import torch
from torch import Tensor, nn


class BucketedPositionBias(nn.Embedding):
    """(N, T, *) -> (N, num_heads, T, T): a row of the table for each pair.

    Small distances have a row each; larger ones share rows, ever more of them.
    """

    def __init__(
        self,
        num_heads: int,
        num_buckets: int = 32,
        max_distance: int = 128,
        bidirectional: bool = True,
    ) -> None:
        super().__init__(num_buckets, num_heads)
        self.num_heads, self.num_buckets = num_heads, num_buckets
        self.max_distance, self.bidirectional = max_distance, bidirectional
        if not 0 < num_buckets // (4 if bidirectional else 2) < max_distance:
            raise ValueError(f"{num_buckets} buckets up to distance {max_distance}")

    def forward(self, x: Tensor) -> Tensor:
        samples, length = x.shape[:2]
        places = torch.arange(length, device=x.device)
        ahead = places - places[:, None]
        far, rows = -ahead.clamp(max=0), self.num_buckets
        if self.bidirectional:
            far, rows = ahead.abs(), rows // 2
        exact = rows // 2
        grown = (far.float() / exact).log() / log(self.max_distance / exact)
        shared = exact + (grown * (rows - exact)).long()
        buckets = torch.where(far < exact, far, shared.clamp(max=rows - 1))
        if self.bidirectional:
            buckets = buckets + (ahead > 0) * rows
        return super().forward(buckets).permute(2, 0, 1).expand(samples, -1, -1, -1)
