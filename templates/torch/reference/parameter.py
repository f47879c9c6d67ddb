"""Learnt values that stand beside those that arrive."""

from torch import Tensor

from templates.torch.reference.layer import Layer


def parameter(layer: Layer, x: Tensor) -> Tensor:
    shape = layer.settings["shape"] or x.shape[1:]
    return layer.tensors[""].expand(x.size(0), *shape)
