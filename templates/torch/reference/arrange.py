"""Layers that only rearrange or pass on what arrives."""

from torch import Tensor

from templates.torch.reference.layer import Layer


def identity(_layer: Layer, x: Tensor) -> Tensor:
    return x


def flatten(layer: Layer, x: Tensor) -> Tensor:
    return x.flatten(layer.settings["start_dim"], layer.settings["end_dim"])


def permute(layer: Layer, x: Tensor) -> Tensor:
    return x.permute(layer.settings["dims"])


def reshape(layer: Layer, x: Tensor) -> Tensor:
    return x.reshape(len(x), *layer.settings["shape"])
