"""What the functions of this folder are given."""

from typing import Any, NamedTuple

from torch import Tensor


class Layer(NamedTuple):
    """A layer as it is evaluated: its settings, its tensors by name, and the mode."""

    settings: dict[str, Any]
    tensors: dict[str, Tensor]
    training: bool
