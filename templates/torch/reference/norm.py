"""Normalisation: over the batch, within a sample, and across neighbouring channels."""

from torch import Tensor
from torch.nn import functional as F

from templates.torch.reference.layer import Layer


def batch_norm1d(layer: Layer, x: Tensor) -> Tensor:
    return batch_norm(layer, x, layer.settings["momentum"])


def batch_norm2d(layer: Layer, x: Tensor) -> Tensor:
    return batch_norm(layer, x, layer.settings["momentum"])


def batch_norm3d(layer: Layer, x: Tensor) -> Tensor:
    return batch_norm(layer, x, layer.settings["momentum"])


def batch_norm1d_with_momentum(layer: Layer, x: Tensor) -> Tensor:
    return batch_norm(layer, x, share_of_batch(layer))


def batch_norm2d_with_momentum(layer: Layer, x: Tensor) -> Tensor:
    return batch_norm(layer, x, share_of_batch(layer))


def batch_norm3d_with_momentum(layer: Layer, x: Tensor) -> Tensor:
    return batch_norm(layer, x, share_of_batch(layer))


def batch_norm(layer: Layer, x: Tensor, momentum: float) -> Tensor:
    """Its running statistics change in training, as the network's do."""
    names = ("running_mean", "running_var", "weight", "bias")
    mean, var, weight, bias = map(layer.tensors.get, names)
    if mean is not None and layer.training:
        layer.tensors["num_batches_tracked"] += 1
    of_batch, eps = layer.training or mean is None, layer.settings["eps"]
    return F.batch_norm(x, mean, var, weight, bias, of_batch, momentum, eps)


def share_of_batch(layer: Layer) -> float:
    """How much a batch counts: of a momentum of None as much as each before it."""
    momentum: float | None = layer.settings["momentum"]
    if momentum is not None:
        return momentum
    before = layer.tensors.get("num_batches_tracked")
    if before is None or not layer.training:
        return 0.0
    return 1 / (int(before) + 1)


def instance_norm1d(layer: Layer, x: Tensor) -> Tensor:
    return instance_norm(layer, x)


def instance_norm2d(layer: Layer, x: Tensor) -> Tensor:
    return instance_norm(layer, x)


def instance_norm3d(layer: Layer, x: Tensor) -> Tensor:
    return instance_norm(layer, x)


def instance_norm(layer: Layer, x: Tensor) -> Tensor:
    """Its running statistics, if it has any, change in training, as the network's do."""
    names = ("running_mean", "running_var", "weight", "bias")
    mean, var, weight, bias = map(layer.tensors.get, names)
    of_sample, eps = layer.training or mean is None, layer.settings["eps"]
    momentum = layer.settings["momentum"] or 0.0
    return F.instance_norm(x, mean, var, weight, bias, of_sample, momentum, eps)


def group_norm(layer: Layer, x: Tensor) -> Tensor:
    groups, eps = layer.settings["num_groups"], layer.settings["eps"]
    weight, bias = layer.tensors.get("weight"), layer.tensors.get("bias")
    return F.group_norm(x, groups, weight, bias, eps)


def local_response_norm(layer: Layer, x: Tensor) -> Tensor:
    names = ("size", "alpha", "beta", "k")
    return F.local_response_norm(x, **{name: layer.settings[name] for name in names})
