"""What a token costs: where all of a sequence are read at once, where one more comes, and in training.

One formula says all three, a layer's MACs of T tokens, m(T), over all pairs of places. Each token costs m(T)/T of them,
and one more behind S others what each of S + 1 costs, since nothing that earlier places saw changes: the keys and
values of attention are kept, and only the last row of pairs is new, as far as a window sees it. A part of m that does
not grow with T, as the padding of a convolution has, is no token's. Backwards each product is made twice, of what
arrived and of the weight.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import sympy
from msgspec import Struct
from sympy import Expr, Symbol

from archcalc.analysis.causality import Sight, sights
from archcalc.analysis.law import LawError
from archcalc.analysis.legal_inputs import pinned, varying
from archcalc.analysis.report import Checked, as_report
from archcalc.analysis.token_conventions import ALL, CONVENTIONS, Layers
from archcalc.analysis.token_layers import token_layers
from archcalc.analysis.walk import Facts, LayerFacts, infer
from archcalc.layers.contract import Layer
from archcalc.network.flow import arriving
from archcalc.sizes import symbolic
from archcalc.sizes.rules import Shape, known_size
from archcalc.sizes.symbolic import closed

EARLIER = "S"
"""What the number of tokens is called that come before one more."""

PASSES = 3
"""How many times the MACs of a forward pass training takes: once forward, and twice backward."""


class Kept(Struct, frozen=True):
    """What each of some layers of a kind keeps of S earlier tokens, in values."""

    layers: tuple[str, ...]
    kind: str
    values: Expr


class TokenCosts(Struct, frozen=True, kw_only=True):
    """MACs of a network of T tokens, and what it keeps of S, as formulas in these symbols, for one sample.

    ``macs`` are those of T tokens, ``each`` of one of them, all pairs of places counted; ``hidden`` is what masks hide
    of all T's together. ``next`` is of one token behind S others, and ``kept`` what is kept of these for it. Where
    there is no next one, as places see later ones, ``next`` is ``None`` and ``why`` says so. ``stated`` is the T of
    the spec, and ``layers`` what others count of, ``None`` where they cannot.
    """

    name: str
    tokens: Symbol
    earlier: Symbol
    stated: int
    macs: Expr
    hidden: Expr
    next: Expr | None
    kept: tuple[Kept, ...]
    layers: Layers | None
    why: str = ""

    @property
    def each(self) -> Expr:
        """MACs of each of T tokens."""
        return sympy.expand(self.macs / self.tokens)

    def conventions(self, names: Sequence[str]) -> list[str]:
        """The conventions of these names, of ``all`` those that can be of this network.

        Raises LawError where one cannot.
        """
        layers = self.layers
        if names and layers is None:
            raise LawError(f"{self.name} takes tokens in groups, and others count tokens one by one")
        found = list(CONVENTIONS) if ALL in names else list(dict.fromkeys(names))
        apply = [name for name in found if layers is not None and CONVENTIONS[name].applies(layers)]
        if ALL not in names and len(apply) < len(found):
            name = next(name for name in found if name not in apply)
            raise LawError(f"{name} counts layers that compare words of a table, and {self.name} has none")
        return apply

    @property
    def kept_values(self) -> Expr:
        """What all layers keep of S tokens."""
        return symbolic.collected(len(one.layers) * one.values for one in self.kept)


def token_costs(report: Checked) -> TokenCosts:
    """What a token of a checked network costs.

    Raises LawError where the spec has errors, or where the input is not one sequence whose length is free.
    """
    report = as_report(report, "token_costs")
    if not report.sound or report.facts is None:
        raise LawError(f"{report.file} has no laws before its errors are fixed: {report.first_error}")
    graph = pinned(report.facts)
    names = dict(varying(graph))
    if graph.inputs or 0 not in names:
        raise LawError(f"{report.file} has no costs of a token: its input is not one sequence of a free length")
    tokens, earlier = symbolic.size(names[0]), symbolic.size(EARLIER if names[0] != EARLIER else f"{EARLIER}0")
    facts, there = infer(graph), infer(graph, shape=(symbolic.Open(tokens), *graph.input[1:]))
    macs = Counter(closed(layer.macs) for layer in there.layers)
    why = _no_next(facts, macs, tokens)
    why, kept = (why, ()) if why else _kept(facts, there.layers, tokens, earlier)
    last = None if why else _next(there.layers, macs, tokens).xreplace({tokens: earlier + 1})
    return TokenCosts(
        name=" ".join(filter(None, (report.name, report.preset))),
        tokens=tokens,
        earlier=earlier,
        stated=known_size(graph.input[0]),
        macs=_sum(n * one for one, n in macs.items()),
        hidden=_hidden(there.layers),
        next=last,
        kept=kept,
        layers=token_layers(there.layers, tokens),
        why=why,
    )


def _sum(terms: Iterable[Expr]) -> Expr:
    return sympy.expand(sympy.Add(*terms))


def _next(layers: Sequence[LayerFacts], macs: Counter[Expr], tokens: Symbol) -> Expr:
    """What the last of T tokens costs, of which a window sees some."""
    hidden = Counter(closed(_layer(one).hidden_from_last(*_shapes(one))) for one in layers)
    counted = _sum(n * _of_the_last(one, tokens) for one, n in macs.items())
    return counted - sympy.Add(*(n * one for one, n in hidden.items()))


def _of_the_last(macs: Expr, tokens: Symbol) -> Expr:
    """What each of T tokens costs, without what no token does."""
    return sympy.expand((macs - sympy.sympify(macs, strict=True).xreplace({tokens: sympy.Integer(0)})) / tokens)


def _hidden(layers: Sequence[LayerFacts]) -> Expr:
    found = Counter(closed(_layer(one).twice_hidden(*_shapes(one))) for one in layers if not one.step.idle)
    return symbolic.collected(n * sympy.expand(sympy.sympify(twice, strict=True) / 2) for twice, n in found.items())


def _no_next(facts: Facts, macs: Iterable[Expr], tokens: Symbol) -> str:
    """Why one more token cannot be read by itself; nothing where it can."""
    seen = sights(facts)
    for value in facts.output_values:
        sight = seen[value]
        if sight is None or sight.axis is None:
            return "it does not give something at each place"
        if sight.places > 0:
            return f"`{sight.since}` sees places that come later"
    whole = all(sympy.sympify(one, strict=True).is_polynomial(tokens) for one in macs)
    return "" if whole else "it takes several places together"


def _kept(facts: Facts, there: Sequence[LayerFacts], tokens: Symbol, earlier: Symbol) -> tuple[str, tuple[Kept, ...]]:
    """Why nobody can say what is kept, and what is."""
    seen, found = sights(facts), dict[tuple[str, Expr], list[str]]()
    before = arriving([layer.step for layer in facts.layers], seen)
    for layer, on_symbols, (_, given) in zip(facts.layers, there, before, strict=True):
        kind = _layer(layer)
        if not _looks_back(kind, _shapes(layer), given):
            continue
        values = kind.kept(*_shapes(on_symbols))
        if values is None:
            return f"what `{layer.name}` keeps of earlier places is not known", ()
        of_earlier = sympy.sympify(closed(values), strict=True).xreplace({tokens: earlier})
        if of_earlier != 0:
            found.setdefault((layer.kind, of_earlier), []).append(layer.name)
    return "", tuple(Kept(tuple(names), kind, values) for (kind, values), names in found.items())


def _looks_back(kind: Layer, xs: tuple[Shape, ...], given: Sequence[Sight]) -> bool:
    """Whether a place of what it gives sees another place than its own."""
    if kind.ignores_values:
        return False
    beside = kind.beside(*xs) if len(xs) > 1 else None
    for sight, trace in zip(given, kind.traces(*xs), strict=True):
        if sight is None or (beside is not None and beside != sight.axis):
            continue
        if sight.axis is None or beside is not None or trace is None:
            return True
        window = trace.windows[sight.axis]
        if window is None or (window.size, window.stride, window.padding) != (1, 1, 0):
            return True
    return False


def _layer(layer: LayerFacts) -> Layer:
    assert layer.step.layer is not None
    return layer.step.layer


def _shapes(layer: LayerFacts) -> tuple[Shape, ...]:
    assert layer.arriving is not None
    return layer.arriving
