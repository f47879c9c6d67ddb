"""What a network keeps of earlier tokens, and of other inputs, for one that comes next."""

from __future__ import annotations

import math
from collections.abc import Sequence

import sympy
from msgspec import Struct
from sympy import Expr, Symbol

from archcalc.analysis.causality import Ahead, Sight, sights
from archcalc.analysis.walk import Facts, LayerFacts
from archcalc.layers.contract import Layer
from archcalc.network.flow import arriving
from archcalc.sizes.rules import Dim, Shape, known_size, prod
from archcalc.sizes.symbolic import closed


class Kept(Struct, frozen=True):
    """What each of some layers of a kind keeps, in values: of earlier tokens, or ``beside`` of other inputs.

    ``called`` is the name by which somebody asked for it to be kept, if so.
    """

    layers: tuple[str, ...]
    kind: str
    values: Expr
    beside: bool = False
    called: str = ""


def kept(
    facts: Facts, there: Sequence[LayerFacts], axis: int, tokens: Symbol, earlier: Symbol
) -> tuple[str, tuple[Kept, ...]]:
    """Why nobody can say what is kept, and what is.

    ``there`` are the layers with ``tokens`` places along an axis of the input, of which ``earlier`` come before.
    """
    seen, found = sights(facts, axis), dict[tuple[str, bool, Expr], list[str]]()
    steps, length = [layer.step for layer in facts.layers], known_size(facts.input[axis])
    others = _of_others(facts, axis)
    taken = zip(seen[1:], arriving(steps, seen), arriving(steps, others), strict=True)
    for layer, on_symbols, (gives, (_, given), (_, besides)) in zip(facts.layers, there, taken, strict=True):
        if gives is None:
            continue
        kind, xs = kind_of(layer), shapes_of(layer)
        beside = [x for x, sight, other in zip(xs, given, besides, strict=True) if sight is None and other]
        if beside:
            values = sympy.Integer(sum(map(prod, beside)))
            found.setdefault((layer.kind, True, values), []).append(layer.name)
        moved = only_moved(kind, xs, given)
        if not moved and not looked_back_at(kind, xs, given):
            continue
        of_all = _held_back(layer, on_symbols, gives, given, length) if moved else kind.kept(*shapes_of(on_symbols))
        if of_all is None:
            return f"what `{layer.name}` keeps of earlier places is not known", ()
        of_earlier = sympy.sympify(closed(of_all), strict=True).xreplace({tokens: earlier})
        if of_earlier != 0:
            found.setdefault((layer.kind, False, of_earlier), []).append(layer.name)
    return "", tuple(Kept(tuple(names), kind, values, beside) for (kind, beside, values), names in found.items())


def _of_others(facts: Facts, axis: int) -> list[bool]:
    """Of each value, whether anything of it is of an input that has not this axis."""
    found = [False]
    for layer, (_, before) in zip(facts.layers, arriving([layer.step for layer in facts.layers], found), strict=True):
        kind, xs = kind_of(layer), shapes_of(layer)
        if layer.step.is_given:
            (trace,) = kind.traces(*xs)
            found.append(trace is not None and axis not in trace.axes)
        else:
            found.append(not kind.ignores_values and any(before))
    return found


def looked_back_at(kind: Layer, xs: tuple[Shape, ...], given: Sequence[Sight]) -> list[int]:
    """The inputs of which a place of what it gives sees another place than its own."""
    if kind.ignores_values:
        return []
    beside = kind.beside(*xs) if len(xs) > 1 else None
    found = []
    for place, (sight, trace) in enumerate(zip(given, kind.traces(*xs), strict=True)):
        if sight is None or (beside is not None and beside != sight.axis):
            continue
        window = None if sight.axis is None or trace is None else trace.windows[sight.axis]
        if beside is not None or window is None or (window.size, window.stride, window.padding) != (1, 1, 0):
            found.append(place)
    return found


def only_moved(kind: Layer, xs: tuple[Shape, ...], given: Sequence[Sight]) -> bool:
    """Whether each place is one of the first input's, further on or back, as behind a `pad` or a `slice`.

    Of others only the sizes matter.
    """
    sight, trace = given[0], kind.traces(*xs)[0]
    if kind.ignores_values or trace is None or sight is None or sight.axis is None:
        return False
    if any(place not in kind.only_sizes for place in range(1, len(xs))):
        return False
    window = trace.windows[sight.axis]
    return window is not None and (window.size, window.stride) == (1, 1)


def _held_back(layer: LayerFacts, on_symbols: LayerFacts, gives: Ahead, given: Sequence[Sight], length: int) -> Dim:
    """The values of a layer that moves places that are known before their turn, and were not what arrives."""
    assert layer.output is not None
    assert on_symbols.output is not None
    before = max(0, _early(given[0], shapes_of(layer)[0], length))
    more = max(0, _early(gives, layer.output, length) - before)
    if more == 0 or gives.axis is None:
        return 0
    return more * prod(n for place, n in enumerate(on_symbols.output) if place != gives.axis)


def _early(sight: Sight, shape: Shape, length: int) -> int:
    """How many places of the input are read, of ``length``, when the last place of a value is known already."""
    if sight is None or sight.axis is None or sight.places == math.inf:
        return 0
    return length - known_size(shape[sight.axis]) - int(sight.places)


def kind_of(layer: LayerFacts) -> Layer:
    """The layer, which a network without errors has."""
    assert layer.step.layer is not None
    return layer.step.layer


def shapes_of(layer: LayerFacts) -> tuple[Shape, ...]:
    """The shapes that arrive, which are known there."""
    assert layer.arriving is not None
    return layer.arriving
