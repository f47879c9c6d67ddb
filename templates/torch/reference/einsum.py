"""The product of two values, whose axes are named."""

from torch import Tensor

from templates.torch.reference.layer import Layer


def einsum(layer: Layer, left: Tensor, right: Tensor) -> Tensor:
    """All products, each axis of its own, and then the sums."""
    inputs, given = layer.settings["equation"].split("->")
    sides = [side.split() for side in inputs.split(",")]
    names = [*given.split(), *({*sides[0], *sides[1]} - {*given.split()})]
    apart = []
    for value, side in zip((left, right), sides, strict=True):
        order = [0, *(1 + side.index(name) for name in names if name in side)]
        sizes = [value.shape[1 + side.index(name)] if name in side else 1 for name in names]
        apart.append(value.permute(order).reshape(len(value), *sizes))
    summed = tuple(range(1 + len(given.split()), 1 + len(names)))
    return (apart[0] * apart[1]).sum(summed) if summed else apart[0] * apart[1]
