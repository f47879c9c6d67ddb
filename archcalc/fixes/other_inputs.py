"""Which inputs a wrong network would take, where another input may be a cure at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from msgspec.structs import replace

from archcalc.analysis.legal_inputs import varying
from archcalc.analysis.walk import Failure, infer
from archcalc.fixes.effect import WrongNetwork
from archcalc.fixes.fitting import Fitting
from archcalc.fixes.input_sizes import InputSizes, Refused
from archcalc.layers.contract import Layer
from archcalc.layers.outcome import NOTHING, Memory, Outcome, output_of
from archcalc.sizes.looked import TooLong, one_question
from archcalc.sizes.periodic import NotPeriodic
from archcalc.sizes.rules import Shape, is_known

WINDOWS = ("A201", "A207")
"""The codes of windows that are larger than the map, which a larger input makes larger, as a rule."""

STATED = "A203"
"""The code of a size that is stated, where another one arrives."""


def other_inputs(network: WrongNetwork, *, tiny: bool, refused: Refused | None) -> Iterator[Fitting]:
    """The inputs nearest to the one stated that the network would take, as far as they can be told.

    ``tiny`` and ``refused`` as ``InputSizes`` has them.
    """
    x = network.graph.input
    if not x or not is_known(*x):
        return
    failures = network.facts.failures
    kept = _not_of_sizes(network, failures)
    # What is stated beside what arrives is an error of its own, and what the layer gives is known.
    spared = {failure.place for failure in failures if failure.need.code == STATED} & kept
    if kept == spared and (len(kept) < len({failure.place for failure in failures}) or not failures):
        with suppress(NotPeriodic, TooLong), one_question():
            yield from InputSizes(network, spared, tiny=tiny).nearest(refused)


def _not_of_sizes(network: WrongNetwork, failures: Sequence[Failure]) -> set[int]:
    """The layers with an error at which nothing else arrives from another input, such as one twice as large.

    No size of the input is a cure for them. Of a size that is stated it is the one that arrives in its place.
    """
    if all(one.need.code in WINDOWS for one in failures):
        return set()
    doubled = list(network.graph.input)
    for axis, _ in varying(network.graph):
        doubled[axis] = 2 * doubled[axis]
    above = replace(network.graph, steps=network.graph.steps[: max((one.place for one in failures), default=-1) + 1])
    larger = infer(above, None, tuple(doubled), memory=Memory(_given)).layers
    changed = {
        one.place for one in failures if _asked_for(one, one.inputs) != _asked_for(one, larger[one.place].arriving)
    }
    return {one.place for one in failures} - changed


def _asked_for(failure: Failure, xs: tuple[Shape, ...] | None) -> object:
    """What arrives, or the one size of it that a field states."""
    layer, field = failure.step.layer, failure.need.field
    if failure.need.code != STATED or layer is None or not xs or not all(xs):
        return xs
    return layer.infers(*xs).get(field or "", xs)


def _given(layer: Layer, xs: tuple[Shape, ...]) -> Outcome:
    """What a layer gives, without the rest that is known of it."""
    return replace(NOTHING, output=output_of(layer, xs))
