"""Tables of vectors that are learnt: one looked up by whole numbers, and one by places."""

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
