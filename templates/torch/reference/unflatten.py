"""One axis made several."""

from torch import Tensor

from templates.torch.reference.layer import Layer


def unflatten(layer: Layer, x: Tensor) -> Tensor:
    dim = layer.settings["dim"] % x.dim()
    return x.reshape(*x.shape[:dim], *layer.settings["unflattened_size"], *x.shape[dim + 1 :])
