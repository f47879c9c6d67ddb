"""Totals as other counters have them, term by term; of a network without errors, in evaluation, for one sample."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from msgspec import Struct

from archcalc.analysis.walk import LayerFacts
from archcalc.diagnostics.json_object import JsonObject
from archcalc.language.printed_numbers import Printed
from archcalc.layers.contract import Layer
from archcalc.layers.counters import COUNTERS, Count, Sizes, beside
from archcalc.sizes.rules import is_known, prod
from archcalc.spec.model import Claim

MACS = "MACs"
AGAIN = "counted a second time"


class Counted(Struct, frozen=True):
    """What a counter prints of some layers: parameters and operations, each as the sum of its terms.

    The first term is archcalc's own number; ``operations`` is ``None`` for a counter that has none. ``counter`` is
    empty where archcalc itself counts more.
    """

    counter: str
    params: dict[str, int]
    operations: dict[str, int] | None

    @property
    def total_params(self) -> int:
        """The parameters that the counter prints."""
        return sum(self.params.values())

    @property
    def total_operations(self) -> int | None:
        """The operations that the counter prints, whatever it calls them."""
        return None if self.operations is None else sum(self.operations.values())

    def to_dict(self) -> JsonObject:
        """It as plain values, as ``archcalc check --as`` prints it."""
        params: JsonObject = dict(self.params)
        return {
            "counter": self.counter,
            "params": self.total_params,
            "operations": self.total_operations,
            "terms_of_params": params,
            "terms_of_operations": None if self.operations is None else dict(self.operations),
        }


def can_be_counted(layers: Iterable[LayerFacts]) -> bool:
    """Whether all sizes are numbers."""
    return all(
        layer.step.layer is not None
        and layer.arriving is not None
        and layer.output is not None
        and is_known(layer.params, layer.macs, *layer.output, *[size for x in layer.arriving for size in x])
        for layer in layers
    )


def counted(layers: Iterable[LayerFacts], name: str) -> Counted:
    """What the counter of this name prints of layers that ``can_be_counted``."""
    counter = COUNTERS[name]
    params, operations = {"parameters": 0}, {MACS: 0}
    for layer in layers:
        kind, xs, given = _numbers(layer)
        params["parameters"] += cast("int", layer.params)
        if counter.statistics:
            _add(params, "statistics", _statistics(layer))
        if counter.by_module and not kind.again:
            own = kind.own_weights(*xs)
            shared = [cast("int", prod(shape)) for name, shape in kind.weights(*xs).items() if name not in own]
            _add(params, "weights of other layers, too", sum(shared) * layer.step.times)
        if counter.known_only and counter.rules not in kind.counted:
            _add(params, f"of {kind.kind}, unknown to it", -cast("int", layer.params))
        if layer.step.in_training or layer.step.idle or not counter.rules:
            continue
        macs = cast("int", layer.macs)
        rule = kind.counted.get(counter.rules)
        count = Count() if rule is None else rule(kind, xs, given, macs)
        operations[MACS] += macs
        otherwise = "counted otherwise" if count.products else "left out"
        _add(operations, f"{kind.sort} {otherwise}", count.products - macs)
        _add(operations, "biases", count.biases)
        _add(operations, kind.sort, count.beside)
        _add(operations, AGAIN, count.again if counter.again else 0)
    return Counted(name, params, operations if counter.rules else None)


def counted_with(layers: Iterable[LayerFacts], terms: Iterable[str]) -> Counted:
    """archcalc's own counts with more: parameters with ``buffers``, operations with some of ``counters.BESIDE``."""
    params, operations = {"parameters": 0}, {MACS: 0}
    for layer in layers:
        kind, xs, given = _numbers(layer)
        params["parameters"] += cast("int", layer.params)
        if "buffers" in terms:
            held = sum(cast("int", prod(shape)) for shape in layer.buffers.values())
            _add(params, "buffers", held * layer.step.times)
        if layer.step.in_training or layer.step.idle:
            continue
        operations[MACS] += cast("int", layer.macs)
        for term, count in beside(kind, xs[0], given) if len(xs) == 1 else ():
            if term in terms:
                _add(operations, term, count)
    return Counted("", params, operations)


def claimed_count(claim: Claim, layers: tuple[LayerFacts, ...]) -> int | None:
    """What a claim that names a convention is compared with; ``None`` where an error hides it.

    A counter's FLOPs are what it prints, archcalc's twice its MACs and what is counted besides.
    """
    assert isinstance(claim.claimed, Printed)
    if not can_be_counted(layers):
        return None
    if claim.counter is None:
        own = counted_with(layers, claim.terms)
        if claim.what == "params":
            return own.total_params
        operations = own.operations or {}
        return sum(operations.values()) + (operations[MACS] if claim.what == "flops" else 0)
    counts = [counted(layers, name) for name in (claim.counter, COUNTERS[claim.counter].earlier) if name]
    found = [count.total_params if claim.what == "params" else count.total_operations for count in counts]
    return next((count for count in found if count is not None and claim.claimed.agrees(count)), found[0])


def _numbers(layer: LayerFacts) -> tuple[Layer, tuple[Sizes, ...], Sizes]:
    """The layer, what arrives at it and what it gives."""
    return cast("Layer", layer.step.layer), cast("tuple[Sizes, ...]", layer.arriving), cast("Sizes", layer.output)


def _statistics(layer: LayerFacts) -> int:
    """Running means and variances: the buffers that have an axis."""
    return layer.step.times * sum(cast("int", prod(shape)) for shape in layer.buffers.values() if shape)


def _add(terms: dict[str, int], term: str, count: int) -> None:
    if count:
        terms[term] = terms.get(term, 0) + count
