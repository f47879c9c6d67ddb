"""How torch starts the tensors of its layers, as the mean and the standard deviation of their values."""

from __future__ import annotations

import math
from typing import TypeAlias

from archcalc.sizes.rules import Shape, known_size, prod

Spread: TypeAlias = tuple[float, float]
"""The mean and the standard deviation of the values of a tensor."""


def fans(weight: Shape) -> tuple[int, int]:
    """How many values go into one, and out of one, as ``torch.nn.init`` counts them."""
    field = known_size(prod(weight[2:]))
    return known_size(weight[1]) * field, known_size(weight[0]) * field


def by_fan_in(weight: Shape) -> Spread:
    """Evenly from −1/√fan_in to 1/√fan_in, as what sums products starts, and its bias with it."""
    return 0.0, 1 / math.sqrt(3 * fans(weight)[0])


def xavier(weight: Shape, gain: float = 1.0) -> Spread:
    """A deviation of gain·√(2/(fan_in + fan_out)). Glorot and Bengio 2010."""
    return 0.0, gain * math.sqrt(2 / sum(fans(weight)))
