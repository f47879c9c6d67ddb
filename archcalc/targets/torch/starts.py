"""How each tensor of a network starts: the rule of the spec or torch's own, with the mean and deviation it gives."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct

from archcalc.analysis.walk import Facts, LayerFacts
from archcalc.layers.starts import Spread, fans, xavier
from archcalc.network.graph import value_of
from archcalc.sizes.rules import Shape
from archcalc.spec.initialisation import Start
from archcalc.spec.model import Spec


class Started(Struct, frozen=True):
    """A tensor of a layer, and how the spec says that it starts; ``None`` where it leaves that to torch.

    A weight that is ``tied`` starts as the one that it is.
    """

    layer: LayerFacts
    name: str
    shape: Shape
    start: Start | None
    tied: Started | None = None

    @property
    def spread(self) -> Spread:
        """The mean and the deviation that it starts with."""
        if self.tied is not None:
            return self.tied.spread
        if self.start is not None:
            return _SPREADS[self.start.function](self.start.arguments, self.shape)
        made, xs = self.layer.step.layer, self.layer.arriving
        assert made is not None
        assert xs is not None
        return made.started(self.name, *xs)


def starts(spec: Spec, facts: Facts) -> Iterator[Started]:
    """The learnable tensors of a network, in order."""
    weights: dict[int, Started] = {}
    for place, layer in enumerate(facts.layers):
        own, made = layer.step.spec.init, layer.step.layer
        assert made is not None
        general = spec.init if _multiplies(layer) else None
        for name, shape in layer.weights.items():
            # A parameter by itself has no name of its own, and is the weight that its `init` speaks of.
            role = made.role(name)
            start = getattr(own, role or "weight", None) or getattr(general, role, None)
            tied = weights.get(layer.step.tied) if name == "weight" and layer.step.tied is not None else None
            one = Started(layer, name, shape, None if tied else start, tied)
            if name == "weight":
                weights[value_of(place)] = one
            yield one


def _multiplies(layer: LayerFacts) -> bool:
    return any(len(shape) > 1 for shape in layer.weights.values())


def _truncated(arguments: dict[str, Any], _shape: Shape) -> Spread:
    """A normal distribution cut off at −2 and 2."""
    mean, deviation = arguments.get("mean", 0.0), arguments.get("std", 1.0)
    low, high = (-2 - mean) / deviation, (2 - mean) / deviation
    kept = _normal_until(high) - _normal_until(low)
    if kept <= 0:
        return mean, deviation
    shift = (_normal_at(low) - _normal_at(high)) / kept
    narrowing = 1 + (low * _normal_at(low) - high * _normal_at(high)) / kept - shift**2
    return mean + deviation * shift, deviation * math.sqrt(max(narrowing, 0.0))


def _normal_until(z: float) -> float:
    return (1 + math.erf(z / math.sqrt(2))) / 2


def _normal_at(z: float) -> float:
    return math.exp(-z * z / 2) / math.sqrt(2 * math.pi)


def _kaiming(arguments: dict[str, Any], shape: Shape) -> Spread:
    """Normal and uniform have the same deviation, here and below. He et al. 2015; the gains are torch's."""
    gains = {"relu": math.sqrt(2), "tanh": 5 / 3, "selu": 3 / 4, "linear": 1.0, "sigmoid": 1.0}
    leaky = math.sqrt(2 / (1 + arguments.get("a", 0.0) ** 2))
    gain = gains.get(arguments.get("nonlinearity", "leaky_relu"), leaky)
    return 0.0, gain / math.sqrt(fans(shape)[arguments.get("mode") == "fan_out"])


def _xavier(arguments: dict[str, Any], shape: Shape) -> Spread:
    return xavier(shape, **arguments)


def _between(arguments: dict[str, Any], _shape: Shape) -> Spread:
    low, high = arguments.get("a", 0.0), arguments.get("b", 1.0)
    return (low + high) / 2, abs(high - low) / math.sqrt(12)


_SPREADS: dict[str, Callable[[dict[str, Any], Shape], Spread]] = {
    "constant": lambda arguments, _shape: (arguments["val"], 0.0),
    "zeros": lambda _arguments, _shape: (0.0, 0.0),
    "ones": lambda _arguments, _shape: (1.0, 0.0),
    "normal": lambda arguments, _shape: (arguments.get("mean", 0.0), arguments.get("std", 1.0)),
    "trunc_normal": _truncated,
    "uniform": _between,
    "kaiming_normal": _kaiming,
    "kaiming_uniform": _kaiming,
    "xavier_normal": _xavier,
    "xavier_uniform": _xavier,
}
