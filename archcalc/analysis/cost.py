"""Facts to totals: parameters, MACs, FLOPs.

A MAC is one fused multiply-add; biases, normalisation and activations are not counted. FLOPs are
2 × MACs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Generic

from msgspec import Struct

from archcalc.analysis.walk import Facts, LayerFacts
from archcalc.layers.outcome import VALUE_BYTES, total
from archcalc.sizes.rules import UNKNOWN, Dim, Shape, is_known, prod

FLOPS_CONVENTION = "FLOPs = 2 × MACs; biases, normalisation and activations not counted"


if TYPE_CHECKING:
    from typing_extensions import TypeVar

    N = TypeVar("N", default=Dim, covariant=True)
else:
    from typing import TypeVar

    N = TypeVar("N")


class Totals(Struct, Generic[N], frozen=True):
    """The whole network, for one sample. A count is ``UNKNOWN`` where an error hides a part of it.

    ``active_params`` are those by which a token is computed: of experts, as many as it takes; without experts, all.
    ``trainable_params`` are those that are not frozen.
    ``weight_layers`` counts the layers that have a weight, as papers count depth (VGG's 16). ``macs`` are those of
    evaluation, ``training_macs`` those with the layers that run in training only, once forward.
    """

    params: N
    trainable_params: N
    macs: N
    weight_layers: N
    training_macs: N
    active_params: N

    @property
    def flops(self) -> N:
        """Floating-point operations: 2 × MACs."""
        return 2 * self.macs  # type: ignore


UNCOUNTED: Totals = Totals(*[UNKNOWN] * 6)
"""The totals of a network of which nothing is known."""


def has_experts(totals: Totals) -> bool:
    """Whether there are parameters by which a token is not computed."""
    known = is_known(totals.params, totals.active_params)
    return known and totals.params is not totals.active_params and totals.params != totals.active_params


def totals(facts: Facts) -> Totals:
    """The totals of a walk; of one without layers nothing is known."""
    if not facts.layers:
        return UNCOUNTED
    params = total([layer.params for layer in facts.layers])
    frozen = any(layer.step.frozen for layer in facts.layers)
    trained = total([layer.params for layer in facts.layers if not layer.step.frozen]) if frozen else params
    active = total([layer.params for layer in facts.layers if not layer.step.idle])
    macs = total([layer.macs for layer in facts.layers if not layer.step.in_training])
    training_macs = total([layer.macs for layer in facts.layers])
    # A layer that matters has a weight of two axes or more; normalisation's are one per channel.
    weighty = sum([layer.step.times for layer in facts.layers if layer.weights and _has_a_weight(layer)])
    hidden = params is UNKNOWN and any(layer.params is UNKNOWN and not layer.weights for layer in facts.layers)
    return Totals(params, trained, macs, UNKNOWN if hidden else weighty, training_macs, active)


def _has_a_weight(layer: LayerFacts) -> bool:
    return max(map(len, layer.weights.values())) > 1


def layer_count(layers: Iterable[LayerFacts]) -> int:
    """How many layers these are, those counted for which one stands."""
    return sum([layer.step.times for layer in layers])


def given_bytes(layer: LayerFacts, samples: Dim = 1) -> Dim:
    """What a layer gives takes, in bytes; an idle layer gives nothing."""
    return 0 if layer.step.idle else activation_bytes(layer.output, samples)


def all_given_bytes(layers: Sequence[LayerFacts]) -> Dim:
    """What all layers together give for one sample in evaluation, in bytes; of no layers nothing is known."""
    return total([given_bytes(layer) for layer in layers if not layer.step.in_training]) if layers else UNKNOWN


def activation_bytes(output: Shape | None, samples: Dim = 1) -> Dim:
    """What a layer gives takes for so many samples, in bytes: a float32 for each value; UNKNOWN where it is not known.

    A view's and an in-place layer's output counts like any other; what is saved for the backward pass
    is another matter.
    """
    return UNKNOWN if output is None or not is_known(*output) else prod((VALUE_BYTES, samples, *output))
