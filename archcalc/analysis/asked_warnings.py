"""What is legal and often not meant, of which a spec or a command line asks to be warned (``spec.warn``)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec import Struct

from archcalc.analysis.walk import Facts, LayerFacts
from archcalc.layers.contract import Layer
from archcalc.layers.counters import ACTIVATIONS, NORMS
from archcalc.layers.record import fields_of
from archcalc.network.flow import users
from archcalc.network.graph import Place, place_of, value_of
from archcalc.spec.warn import WARNINGS

SHORTCUT = 2
"""The stride of the 1 × 1 convolution in the shortcut of a residual block, of which nobody is warned."""


class Way(Struct, frozen=True):
    """What may be done: a layer's field gets another value, or without a field the layer is left out."""

    place: Place
    field: str | None = None
    value: int | bool | tuple[int, ...] | None = None


class Doubt(Struct, frozen=True):
    """A layer, or the field of one, that is probably not meant, why, and what may be done."""

    code: str
    place: Place
    field: str | None
    why: str
    ways: tuple[Way, ...]


def doubts(facts: Facts, names: Sequence[str]) -> Iterator[Doubt]:
    """What there is to warn of, by the names of ``WARNINGS``, in a network whose sizes fit."""
    for name in names:
        for place, field, why, *ways in _FOUND[name](_Network(facts)):
            yield Doubt(WARNINGS[name], place, field, why, tuple(ways))


class _Network:
    """The layers, and who takes what they give."""

    def __init__(self, facts: Facts) -> None:
        self.layers = facts.layers
        self.outputs = facts.output_values
        self.users = users([layer.step for layer in facts.layers])

    def each(self) -> Iterator[tuple[Place, LayerFacts, Layer]]:
        """The layers that are there, with their places."""
        for place, layer in enumerate(self.layers):
            if layer.step.layer is not None:
                yield Place(place), layer, layer.step.layer

    def above(self, layer: LayerFacts) -> Place | None:
        """Where the only value a layer takes comes from; ``None`` for the input, and for several."""
        sources = layer.step.sources
        return place_of(sources[0]) if len(sources) == 1 and sources[0] else None

    def kind(self, place: Place) -> Layer:
        """The layer at a place. It is there, since sizes fit."""
        found = self.layers[place].step.layer
        assert found is not None
        return found

    def alone(self, place: Place) -> bool:
        """Whether a single layer takes what this one gives."""
        return len(self.users[value_of(place)]) == 1 and value_of(place) not in self.outputs


def _probabilities(network: _Network) -> Iterator[tuple[Place, None, str, Way]]:
    for value in network.outputs:
        if value and network.kind(place_of(value)).gives_probabilities:
            why = "gives probabilities, and a cross-entropy takes the scores before them: it would take a softmax twice"
            yield place_of(value), None, why, Way(place_of(value))


def _biases(network: _Network) -> Iterator[tuple[Place, str, str, Way]]:
    for _, layer, kind in network.each():
        place = network.above(layer)
        if not kind.batch_statistics or place is None or not network.alone(place):
            continue
        found, above = network.layers[place], network.kind(place)
        along_channels = above.channels_first or (found.output is not None and len(found.output) == 1)
        if getattr(above, "bias", False) is True and "bias" in found.weights and along_channels:
            why = f"has a bias, which `{layer.name}` takes away again as part of the mean"
            yield place, "bias", why, Way(place, "bias", False)


def _two_activations(network: _Network) -> Iterator[tuple[Place, None, str, Way]]:
    for place, layer, kind in network.each():
        above = network.above(layer)
        if kind.sort == ACTIVATIONS and above is not None and network.kind(above).sort == ACTIVATIONS:
            why = f"is an activation behind another, `{network.layers[above].name}`"
            yield place, None, why, Way(place)


def _dropouts(network: _Network) -> Iterator[tuple[Place, None, str, Way]]:
    for _, layer, kind in network.each():
        place = network.above(layer) if kind.batch_statistics else None
        while place is not None and network.kind(place).sort != NORMS:
            if network.kind(place).drops:
                why = (
                    f"zeroes values before `{layer.name}`, which sees a larger variance in training than in evaluation"
                )
                yield place, None, why, Way(place)
                break
            place = network.above(network.layers[place])


def _strides(network: _Network) -> Iterator[tuple[Place, str, str, Way, Way]]:
    for place, layer, kind in network.each():
        xs = layer.arriving
        if "stride" not in fields_of(type(kind)) or xs is None or getattr(kind, "kernel_size", None) is None:
            continue
        for window in kind.window(*xs) or ():
            reach, stride = window.dilation * (window.size - 1) + 1, window.stride
            if type(reach) is int and type(stride) is int and stride > reach and (reach, stride) != (1, SHORTCUT):
                why = f"strides by {stride} with windows of {reach}, so that pixels between them are never seen"
                yield place, "stride", why, Way(place, "stride", reach), Way(place, "kernel_size", stride)
                break


_FOUND: Mapping[str, Callable[[_Network], Iterator[tuple[Place, str | None, str, *tuple[Way, ...]]]]] = {
    "probabilities": _probabilities,
    "bias_before_norm": _biases,
    "two_activations": _two_activations,
    "dropout_before_norm": _dropouts,
    "stride_beyond_kernel": _strides,
}
