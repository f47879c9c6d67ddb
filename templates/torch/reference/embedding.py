"""Tables of vectors that are learnt: one looked up by whole numbers, and one by places."""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from templates.torch.reference.layer import Layer


def embedding(layer: Layer, x: Tensor) -> Tensor:
    return layer.tensors["weight"][x]


def embedding_with_padding_idx(layer: Layer, x: Tensor) -> Tensor:
    return F.embedding(x, layer.tensors["weight"], layer.settings["padding_idx"])


def position_embedding(layer: Layer, x: Tensor) -> Tensor:
    places = torch.arange(x.size(1), device=x.device) + layer.settings["offset"]
    return layer.tensors["weight"][places].expand(x.size(0), -1, -1)


def bucketed_position_bias(layer: Layer, x: Tensor) -> Tensor:
    rows = layer.settings["num_buckets"]
    if layer.settings["bidirectional"]:
        rows //= 2
    places = range(x.size(1))
    behind = [bucket(layer, rows, far) for far in places]
    # Places that come after have the second half of the rows, or count as no distance.
    after = [rows + row if layer.settings["bidirectional"] else 0 for row in behind]
    pairs = [[query - key for key in places] for query in places]
    index = [[behind[n] if n >= 0 else after[-n] for n in row] for row in pairs]
    bias = layer.tensors["weight"][torch.tensor(index, device=x.device)]
    return bias.movedim(2, 0).expand(x.size(0), -1, -1, -1)


def bucket(layer: Layer, rows: int, far: int) -> int:
    """Which row a distance has: its own where it is small, and else one by its logarithm."""
    single = rows // 2
    if far < single:
        return far
    farthest = layer.settings["max_distance"]
    share = torch.tensor(far / single).log() / math.log(farthest / single)
    return min(single + int(share * (rows - single)), rows - 1)
