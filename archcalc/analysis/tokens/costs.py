"""What a token costs: where all of a sequence are read at once, where one more comes, and in training.

One formula says all three, a layer's MACs of T tokens, m(T), over all pairs of places. Each token costs m(T)/T of them,
and one more behind S others what each of S + 1 costs, since nothing that earlier places saw changes: the keys and
values of attention are kept, and only the last row of pairs is new, as far as a window sees it. A part of m that does
not grow with T, as the padding of a convolution has, is no token's. Backwards each product is made twice, of what
arrived and of the weight.

Of several inputs the one whose tokens come one by one is that of which no place sees a later one, as what T5's decoder
writes. The others are read before, once: what is made of them, and of no token, is theirs, and what a token takes of
that is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import sympy
from msgspec import Struct
from sympy import Expr, Symbol

from archcalc.analysis.causality import Sight, sights
from archcalc.analysis.law import LawError
from archcalc.analysis.legal_inputs import pinned, varying
from archcalc.analysis.report import Checked, as_report
from archcalc.analysis.tokens.conventions import ALL, CONVENTIONS, Layers
from archcalc.analysis.tokens.kept import Kept, kept, kind_of, shapes_of
from archcalc.analysis.tokens.kept_instead import kept_instead
from archcalc.analysis.tokens.layers import token_layers
from archcalc.analysis.walk import Facts, LayerFacts, infer
from archcalc.sizes import symbolic
from archcalc.sizes.rules import Dim, known_size
from archcalc.sizes.symbolic import closed

EARLIER = "SPQR"
"""What the number of tokens may be called that come before one more: the first that is no axis's name."""

PASSES = 3
"""How many times the MACs of a forward pass training takes: once forward, and twice backward."""


class TokenCosts(Struct, frozen=True, kw_only=True):
    """MACs of a network of T tokens, and what it keeps of S, as formulas in these symbols, for one sample.

    ``macs`` are those of T tokens, ``each`` of one of them, all pairs of places counted, and ``before`` those of other
    inputs, which are read once; ``hidden`` is what masks hide of all T's together. ``next`` is of one token behind S
    others, and ``kept`` what is kept for it. Where there is no next one, as places see later ones, ``next`` is ``None``
    and ``why`` says so. ``stated`` is the T of the spec, and ``layers`` what others count of, ``None`` where they
    cannot.
    """

    name: str
    tokens: Symbol
    earlier: Symbol
    stated: int
    macs: Expr
    before: Expr
    hidden: Expr
    next: Expr | None
    kept: tuple[Kept, ...]
    layers: Layers | None
    why: str = ""

    @property
    def each(self) -> Expr:
        """MACs of each of T tokens."""
        return sympy.expand((self.macs - self.before) / self.tokens)

    def conventions(self, names: Sequence[str]) -> list[str]:
        """The conventions of these names, of ``all`` those that can be of this network.

        Raises LawError where one cannot.
        """
        layers = self.layers
        if names and layers is None:
            how = "reads another input besides" if self.before else "takes tokens in groups"
            raise LawError(f"{self.name} {how}, and others count the tokens of one sequence, one by one")
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


def token_costs(report: Checked, keep: Sequence[str] = ()) -> TokenCosts:
    """What a token of a checked network costs.

    ``keep`` names layers whose values are kept in place of what is looked back at, which is made of them again for each
    earlier token. Raises LawError where the spec has errors, where no input is a sequence whose length is free, or
    where what is looked back at is not made of what is kept.
    """
    report = as_report(report, "token_costs")
    if not report.sound or report.facts is None:
        raise LawError(f"{report.file} has no laws before its errors are fixed: {report.first_error}")
    graph = pinned(report.facts)
    names, facts = dict(varying(graph)), infer(graph)
    axis = _axis_of_tokens(facts, names, report.file)
    tokens = symbolic.size(names[axis])
    earlier = symbolic.size(next(one for one in EARLIER if one not in names.values()))
    sizes: list[Dim] = [*graph.input]
    sizes[axis] = symbolic.Open(tokens)
    there = infer(graph, shape=tuple(sizes))
    macs = Counter(closed(layer.macs) for layer in there.layers)
    all_of_them = _sum(n * one for one, n in macs.items())
    why = _no_next(facts, macs, tokens, axis)
    why, keeps = (why, ()) if why else kept(facts, there.layers, axis, tokens, earlier)
    last = None if why else _next(there.layers, macs, tokens).xreplace({tokens: earlier + 1})
    if keep:
        if last is None:
            raise LawError(f"{report.file} keeps nothing of earlier tokens: {why}")
        mine, again = kept_instead(facts, there.layers, keep, axis, (tokens, earlier))
        keeps = (*mine, *[one for one in keeps if one.beside])
        last += earlier * _sum(_of_the_last(closed(one.macs), tokens) for one in again)
    return TokenCosts(
        name=" ".join(filter(None, (report.name, report.preset))),
        tokens=tokens,
        earlier=earlier,
        stated=known_size(graph.input[axis]),
        macs=all_of_them,
        before=all_of_them.xreplace({tokens: sympy.Integer(0)}) if graph.inputs else sympy.Integer(0),
        hidden=_hidden(there.layers),
        next=None if last is None else sympy.expand(last),
        kept=keeps,
        layers=None if graph.inputs else token_layers(there.layers, tokens),
        why=why,
    )


def _axis_of_tokens(facts: Facts, names: Mapping[int, str], file: str) -> int:
    """Along which axis of the input tokens come one by one. Raises LawError where there is none, or not one alone."""
    if not facts.inputs:
        if 0 in names:
            return 0
        raise LawError(f"{file} has no costs of a token: its input is not one sequence of a free length")
    found = [axis for axis in names if not _out_of_order(facts, sights(facts, axis))]
    if len(found) != 1:
        listed = ", ".join(f"`{one.name}`" for one in facts.inputs)
        none = f"none of its inputs, {listed}, is a sequence of a free length that comes a token at a time"
        several = f"of its inputs, {listed}, several come a token at a time"
        raise LawError(f"{file} has no costs of a token: {several if found else none}")
    return found[0]


def _sum(terms: Iterable[Expr]) -> Expr:
    return sympy.expand(sympy.Add(*terms))


def _next(layers: Sequence[LayerFacts], macs: Counter[Expr], tokens: Symbol) -> Expr:
    """What the last of T tokens costs, of which a window sees some."""
    hidden = Counter(closed(kind_of(one).hidden_from_last(*shapes_of(one))) for one in layers)
    counted = _sum(n * _of_the_last(one, tokens) for one, n in macs.items())
    return counted - sympy.Add(*(n * one for one, n in hidden.items()))


def _of_the_last(macs: Expr, tokens: Symbol) -> Expr:
    """What each of T tokens costs, without what no token does."""
    return sympy.expand((macs - sympy.sympify(macs, strict=True).xreplace({tokens: sympy.Integer(0)})) / tokens)


def _hidden(layers: Sequence[LayerFacts]) -> Expr:
    found = Counter(closed(kind_of(one).twice_hidden(*shapes_of(one))) for one in layers if not one.step.idle)
    return symbolic.collected(n * sympy.expand(sympy.sympify(twice, strict=True) / 2) for twice, n in found.items())


def _out_of_order(facts: Facts, seen: Sequence[Sight]) -> str:
    """Why places of a sequence cannot come one by one."""
    for value in facts.output_values:
        sight = seen[value]
        if sight is None or sight.axis is None:
            return "it does not give something at each place"
        if sight.places > 0:
            return f"`{sight.since}` sees places that come later"
    return ""


def _no_next(facts: Facts, macs: Iterable[Expr], tokens: Symbol, axis: int) -> str:
    """Why one more token cannot be read by itself; nothing where it can."""
    why = _out_of_order(facts, sights(facts, axis))
    if why:
        return why
    whole = all(sympy.sympify(one, strict=True).is_polynomial(tokens) for one in macs)
    return "" if whole else "it takes several places together"
