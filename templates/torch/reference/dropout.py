"""Dropout. In place where the network is, on a copy: a device may draw other masks there."""

from torch import Tensor
from torch.nn import functional as F

from templates.torch.reference.layer import Layer


def dropout(layer: Layer, x: Tensor) -> Tensor:
    p, inplace = layer.settings["p"], layer.settings["inplace"]
    return F.dropout(x.clone(), p, layer.training, inplace)


def dropout1d(layer: Layer, x: Tensor) -> Tensor:
    p, inplace = layer.settings["p"], layer.settings["inplace"]
    return F.dropout1d(x.clone(), p, layer.training, inplace)


def dropout2d(layer: Layer, x: Tensor) -> Tensor:
    p, inplace = layer.settings["p"], layer.settings["inplace"]
    return F.dropout2d(x.clone(), p, layer.training, inplace)


def dropout3d(layer: Layer, x: Tensor) -> Tensor:
    p, inplace = layer.settings["p"], layer.settings["inplace"]
    return F.dropout3d(x.clone(), p, layer.training, inplace)


def alpha_dropout(layer: Layer, x: Tensor) -> Tensor:
    return F.alpha_dropout(x, layer.settings["p"], layer.training)


def feature_alpha_dropout(layer: Layer, x: Tensor) -> Tensor:
    return F.feature_alpha_dropout(x, layer.settings["p"], layer.training)


def stochastic_depth(layer: Layer, x: Tensor) -> Tensor:
    if not layer.training or layer.settings["p"] == 0:
        return x
    kept = 1 - layer.settings["p"]
    masks = x.new_empty(len(x), *(1 for _ in x.shape[1:])).bernoulli_(kept)
    return x * masks if kept == 0 else x * masks / kept


def stochastic_depth_with_mode(layer: Layer, x: Tensor) -> Tensor:
    if not layer.training or layer.settings["p"] == 0:
        return x
    kept = 1 - layer.settings["p"]
    rows = len(x) if layer.settings["mode"] == "row" else 1
    masks = x.new_empty(rows, *(1 for _ in x.shape[1:])).bernoulli_(kept)
    return x * masks if kept == 0 else x * masks / kept
