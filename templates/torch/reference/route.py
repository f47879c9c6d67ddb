"""Experts: each token by all of them, of which those that it does not take have no weight."""

import torch
from torch import Tensor

from templates.torch.reference.layer import Layer


def route(layer: Layer, scores: Tensor, *given: Tensor) -> Tensor:
    least = scores.sort(-1, descending=True).values[..., layer.settings["top"] - 1]
    taken = scores >= least[..., None]
    if layer.settings["renormalize"]:
        weights = scores.masked_fill(~taken, -torch.inf).softmax(-1)
    else:
        weights = scores.softmax(-1) * taken
    pairs = zip(weights.unbind(-1), given, strict=True)
    return torch.stack([weight[..., None] * one for weight, one in pairs]).sum(0)
