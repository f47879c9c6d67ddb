"""An axis of one place, repeated."""

from torch import Tensor

from templates.torch.reference.layer import Layer


def expand(layer: Layer, x: Tensor) -> Tensor:
    dim, size = layer.settings["dim"], layer.settings["size"]
    return x if x.size(dim) == size else x.repeat_interleave(size, dim)
