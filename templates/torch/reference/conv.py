"""Convolutions over one, two and three spatial axes."""

from torch import Tensor
from torch.nn import functional as F

from templates.torch.reference.layer import Layer


def conv1d(layer: Layer, x: Tensor) -> Tensor:
    weight, bias = layer.tensors["weight"], layer.tensors.get("bias")
    stride, padding = layer.settings["stride"], layer.settings["padding"]
    dilation, groups = layer.settings["dilation"], layer.settings["groups"]
    return F.conv1d(x, weight, bias, stride, padding, dilation, groups)


def conv2d(layer: Layer, x: Tensor) -> Tensor:
    weight, bias = layer.tensors["weight"], layer.tensors.get("bias")
    stride, padding = layer.settings["stride"], layer.settings["padding"]
    dilation, groups = layer.settings["dilation"], layer.settings["groups"]
    return F.conv2d(x, weight, bias, stride, padding, dilation, groups)


def conv3d(layer: Layer, x: Tensor) -> Tensor:
    weight, bias = layer.tensors["weight"], layer.tensors.get("bias")
    stride, padding = layer.settings["stride"], layer.settings["padding"]
    dilation, groups = layer.settings["dilation"], layer.settings["groups"]
    return F.conv3d(x, weight, bias, stride, padding, dilation, groups)


def conv1d_with_padding_mode(layer: Layer, x: Tensor) -> Tensor:
    return conv1d(*padded(layer, x))


def conv2d_with_padding_mode(layer: Layer, x: Tensor) -> Tensor:
    return conv2d(*padded(layer, x))


def conv3d_with_padding_mode(layer: Layer, x: Tensor) -> Tensor:
    return conv3d(*padded(layer, x))


def scaled_std_conv2d(layer: Layer, x: Tensor) -> Tensor:
    weight = layer.tensors["weight"]
    of_each = (1, 2, 3)
    centred = weight - weight.mean(of_each, keepdim=True)
    variance = centred.square().mean(of_each, keepdim=True)
    scale = layer.settings["gamma"] * layer.tensors["gain"] / weight[0].numel() ** 0.5
    standard = centred * scale / (variance + layer.settings["eps"]).sqrt()
    return conv2d(layer._replace(tensors=layer.tensors | {"weight": standard}), x)


def scaled_std_conv2d_with_padding_mode(layer: Layer, x: Tensor) -> Tensor:
    return scaled_std_conv2d(*padded(layer, x))


def padded(layer: Layer, x: Tensor) -> tuple[Layer, Tensor]:
    """What a convolution that repeats its input takes; it then pads no more."""
    settings = layer.settings
    if settings["padding_mode"] == "zeros" or settings["padding"] == "valid":
        return layer, x
    sides: list[int] = []
    for axis in range(x.dim() - 2):
        names = ("kernel_size", "dilation", "padding")
        of_axis = [settings[name] for name in names]
        of_axis = [one[axis] if isinstance(one, tuple) else one for one in of_axis]
        kernel, dilation, side = of_axis
        total = dilation * (kernel - 1) if side == "same" else 2 * side
        # The last axis comes first, and the odd one of "same" at the end.
        sides = [total // 2, total - total // 2, *sides]
    unpadded = layer._replace(settings=settings | {"padding": 0})
    return unpadded, F.pad(x, sides, settings["padding_mode"])
