"""What could be kept of earlier tokens in place of what is looked back at, which is then made of it again each time.

So with the latent of DeepSeek-V2, of which keys and values are made: it is narrower than these.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy
from sympy import Expr, Symbol

from archcalc.analysis.causality import Sight, sights
from archcalc.analysis.law import LawError
from archcalc.analysis.tokens.kept import Kept, kind_of, looked_back_at, shapes_of
from archcalc.analysis.walk import Facts, LayerFacts
from archcalc.diagnostics.spelling import nearest
from archcalc.network.graph import INPUT, Place, place_of, value_of
from archcalc.sizes.rules import prod
from archcalc.sizes.symbolic import closed


def kept_instead(
    facts: Facts, there: Sequence[LayerFacts], names: Sequence[str], axis: int, symbols: tuple[Symbol, Symbol]
) -> tuple[tuple[Kept, ...], list[LayerFacts]]:
    """What layers of these names give of all earlier tokens, and the layers that are made again for each of these.

    ``symbols`` are how many tokens there are and how many come before, and ``there`` the layers in the first of them.
    Raises LawError where a name is no layer's, or where what is looked back at is not made of these alone.
    """
    chosen = {place: name for name in names for place in _called(facts, name)}
    used, again = _made_of(facts, axis, {value_of(place) for place in chosen}, names)
    found: dict[tuple[str, str, Expr], list[str]] = {}
    for place in sorted(used):
        layer, (tokens, earlier) = there[place], symbols
        values = sympy.sympify(closed(prod(layer.output or ())), strict=True).xreplace({tokens: earlier})
        found.setdefault((chosen[place], layer.kind, values), []).append(layer.name)
    idle = next((name for name in names if name not in {chosen[place] for place in used}), None)
    if idle is not None:
        raise LawError(f"nothing that is looked back at is made of `{idle}`, so that it need not be kept")
    kept = (Kept(tuple(paths), kind, values, called=name) for (name, kind, values), paths in found.items())
    return tuple(kept), [there[place] for place in sorted(again)]


def _called(facts: Facts, name: str) -> list[Place]:
    """The layers of this path, or of this last part of it."""
    found = [
        Place(place)
        for place, layer in enumerate(facts.layers)
        if layer.name == name or layer.name.endswith(f".{name}")
    ]
    if not found:
        near = nearest(name, sorted({layer.name.rpartition(".")[2] for layer in facts.layers}))
        raise LawError(f"there is no layer `{name}`" + (f"; do you mean `{near}`?" if near else ""))
    return found


def _made_of(facts: Facts, axis: int, kept: set[int], names: Sequence[str]) -> tuple[set[Place], set[Place]]:
    """Which layers give what is needed of the kept values, and which make of it what is looked back at."""
    seen, used, again = sights(facts, axis), set[Place](), set[Place]()
    for layer in facts.layers:
        waiting = [layer.step.sources[place] for place in _back(layer, seen)]
        while waiting:
            value = waiting.pop()
            if seen[value] is None or (value != INPUT and place_of(value) in again):
                continue
            if value in kept:
                used.add(place_of(value))
                continue
            if value == INPUT or _back(facts.layers[place_of(value)], seen):
                listed = " and ".join(f"`{name}`" for name in names)
                raise LawError(f"what `{layer.name}` looks back at is not made of {listed} alone")
            again.add(place_of(value))
            waiting += facts.layers[place_of(value)].step.sources
    return used, again


def _back(layer: LayerFacts, seen: Sequence[Sight]) -> list[int]:
    return looked_back_at(kind_of(layer), shapes_of(layer), [seen[source] for source in layer.step.sources])
