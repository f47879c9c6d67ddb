"""Which inputs a wrong network would take, where another input may be a cure at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from msgspec.structs import replace

from archcalc.analysis.legal_inputs import varying
from archcalc.analysis.walk import infer
from archcalc.fixes.effect import WrongNetwork
from archcalc.fixes.fitting import Fitting
from archcalc.fixes.input_sizes import InputSizes, Refused
from archcalc.layers.contract import Layer
from archcalc.layers.outcome import NOTHING, Memory, Outcome, output_of
from archcalc.sizes.looked import TooLong, one_question
from archcalc.sizes.periodic import NotPeriodic
from archcalc.sizes.rules import Shape, is_known


def other_inputs(network: WrongNetwork, *, tiny: bool, refused: Refused | None) -> Iterator[Fitting]:
    """The inputs nearest to the one stated that the network would take, as far as they can be told.

    ``tiny`` and ``refused`` as ``InputSizes`` has them.
    """
    x = network.graph.input
    if x and is_known(*x) and _all_depend_on_sizes(network):
        with suppress(NotPeriodic, TooLong), one_question():
            yield from InputSizes(network, tiny=tiny).nearest(refused)


def _all_depend_on_sizes(network: WrongNetwork) -> bool:
    """Whether at each layer with an error something else may arrive from another input, such as one twice as large.

    Where it does not, no size of the input is a cure, and none is looked for.
    """
    doubled = list(network.graph.input)
    for axis, _ in varying(network.graph):
        doubled[axis] = 2 * doubled[axis]
    failed = {failure.place for failure in network.facts.failures}
    above = replace(network.graph, steps=network.graph.steps[: max(failed, default=-1) + 1])
    larger = infer(above, None, tuple(doubled), memory=Memory(_given)).layers
    return all(network.facts.layers[place].arriving != larger[place].arriving for place in failed)


def _given(layer: Layer, xs: tuple[Shape, ...]) -> Outcome:
    """What a layer gives, without the rest that is known of it."""
    return replace(NOTHING, output=output_of(layer, xs))
