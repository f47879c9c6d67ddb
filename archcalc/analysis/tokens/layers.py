"""What each layer of a network does for one of T tokens, as the conventions of counting speak of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import cast

import sympy
from sympy import Expr, Symbol

from archcalc.analysis.tokens.conventions import Layers, TokenLayer
from archcalc.analysis.walk import LayerFacts
from archcalc.layers.contract import Layer
from archcalc.sizes.rules import Shape, prod
from archcalc.sizes.symbolic import closed


def token_layers(layers: Sequence[LayerFacts], tokens: Symbol) -> Layers | None:
    """Layers that were walked with T a symbol, each with how many are alike; ``None`` where one takes tokens in groups.

    Of experts only those are counted that a token takes.
    """
    counts = {one: _polynomial(one, tokens) for one in {closed(layer.macs) for layer in layers}}
    if None in counts.values():
        return None
    words = next((table[0] for table in map(_table, layers) if table is not None), None)
    last = next((layer for layer in reversed(layers) if _tells(layer, words)), None)
    found: Counter[TokenLayer] = Counter()
    for layer in layers:
        if not layer.step.idle:
            _, weights, pairs = cast("tuple[int, int, int]", counts[closed(layer.macs)])
            found[_token_layer(layer, tokens, weights, pairs, layer is last)] += 1
    return list(found.items())


def _tells(layer: LayerFacts, words: int | None) -> bool:
    """Whether it computes a number for each word, from where it stands."""
    if words is None or not layer.output:
        return False
    return bool(closed(layer.output[-1]) == words and closed(layer.macs) != 0)


def _table(layer: LayerFacts) -> tuple[int, int] | None:
    """The rows and the width of a table in which it looks up."""
    kind = cast("Layer", layer.step.layer)
    if not kind.looks_up:
        return None
    (weight,) = kind.weights(*cast("tuple[Shape, ...]", layer.arriving)).values()
    return cast("tuple[int, int]", weight)


def _token_layer(layer: LayerFacts, tokens: Symbol, weights: int, pairs: int, tells: bool) -> TokenLayer:
    kind, xs = cast("Layer", layer.step.layer), cast("tuple[Shape, ...]", layer.arriving)
    own, all_of = kind.own_weights(*xs), kind.weights(*xs)
    scores = _polynomial(closed(kind.scores(*xs)), tokens)
    return TokenLayer(
        sort=kind.sort or layer.kind,
        params=cast("int", layer.params),
        biases=sum(cast("int", prod(own[name])) for name in own if kind.role(name) == "bias") if weights else 0,
        shared=own != all_of,
        weights=weights,
        pairs=pairs,
        scores=0 if scores is None else scores[2],
        table=_table(layer),
        tells=tells,
    )


def _polynomial(formula: Expr | int, tokens: Symbol) -> tuple[int, int, int] | None:
    """How often 1, T and T² are in it, if it is a sum of such."""
    whole = sympy.sympify(formula, strict=True)
    if not whole.is_polynomial(tokens):
        return None
    found = [int(one) for one in reversed(sympy.Poly(whole, tokens).all_coeffs())]
    return None if len(found) > 3 else cast("tuple[int, int, int]", (*found, 0, 0, 0)[:3])
