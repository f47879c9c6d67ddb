"""Facts against what the source claims: each claim agrees, disagrees, or is a known deviation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import TYPE_CHECKING

from msgspec import Struct

from archcalc.analysis.cost import Totals
from archcalc.analysis.walk import Facts, LayerFacts, infer
from archcalc.diagnostics.budget import Budget
from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Label, Span, UnmetClaim
from archcalc.language.printed_numbers import Printed
from archcalc.layers.outcome import total
from archcalc.network.graph import Graph, Part, Value, place_of, use_labels
from archcalc.sizes.axes import shape_text
from archcalc.sizes.rules import Dim, Shape, is_known
from archcalc.spec.model import Claim, Spec

if TYPE_CHECKING:
    from archcalc.analysis.claim_hints import Way

UNITS = {
    "params": "parameters",
    "trainable_params": "trainable parameters",
    "active_params": "active parameters",
    "macs": "MACs",
    "flops": "FLOPs",
    "weight_layers": "weight layers",
}

MAX_TRIED = 8
"""How many claims that disagree are looked at from both sides."""


class Compared(Struct, frozen=True):
    """A claim beside what was computed.

    ``agrees`` is ``None`` where nothing can be said: an error hides the value, or the network was
    changed on the command line and is no longer the one the source speaks of.
    """

    claim: Claim
    computed: Dim | Shape | None
    agrees: bool | None

    def __repr__(self) -> str:
        how = {True: "agrees", False: "disagrees", None: "not compared"}[self.agrees]
        said = f"{self.claim.of or 'total'}: {self.claim.what} {value_text(self.claim.claimed)}"
        return f"<Compared {said}, computed {value_text(self.computed)}, {how}>"


def declared_shapes(graph: Graph) -> dict[str, Shape]:
    """What each layer is claimed to give, itself or as the last of its group or block.

    Acknowledged deviations, and names that two layers share, are left out.
    """
    counts = Counter(step.path for step in graph.steps)
    found: dict[str, Shape] = {}
    for claim, part in graph.claims:
        giver = graph.giver(part.output)
        if giver is None or place_of(part.output) not in part.steps():
            continue
        if isinstance(claim.claimed, tuple) and claim.because is None and counts[giver.path] == 1:
            found[giver.path] = claim.claimed
    return found


def walk(
    graph: Graph, declared: Mapping[str, Shape], budget: Budget | None = None
) -> tuple[Facts, Mapping[str, Shape]]:
    """The walk that puts the fewest layers at odds with the source, and the claims it trusts.

    Where a layer gives another shape than is claimed, either its fields are wrong, and what follows
    was meant for the claimed shape, or the claim is a slip, and what follows was not.
    """
    facts, trusted = infer(graph, declared, None, budget), dict(declared)
    for layer in [layer for layer in facts.layers if _differs(layer, declared)][:MAX_TRIED]:
        rest = {name: shape for name, shape in trusted.items() if name != layer.name}
        other = infer(graph, rest)
        if _at_odds(other, declared) < _at_odds(facts, declared):
            facts, trusted = other, rest
    return facts, trusted


def walked(graph: Graph, facts: Facts | None, declared: Mapping[str, Shape]) -> tuple[Facts, Mapping[str, Shape]]:
    """As ``walk``, which gave these facts before: where no claim differs, all of them were trusted."""
    if facts is not None and not any(_differs(layer, declared) for layer in facts.layers):
        return facts, declared
    return walk(graph, declared)


def _at_odds(facts: Facts, declared: Mapping[str, Shape]) -> int:
    return len(facts.failures) + sum(_differs(layer, declared) for layer in facts.layers)


def _differs(layer: LayerFacts, declared: Mapping[str, Shape]) -> bool:
    claimed = declared.get(layer.name)
    return claimed is not None and layer.output is not None and is_known(*layer.output) and layer.output != claimed


def compare(spec: Spec, graph: Graph, facts: Facts, totals: Totals, as_written: bool) -> tuple[Compared, ...]:
    """Every claim of the spec beside the facts, the layers' first.

    ``as_written`` is false where sizes were changed from outside: then a claim that no longer
    agrees says nothing.
    """
    found = [_compare(claim, _of_part(part, claim, facts), as_written) for claim, part in graph.claims]
    for claim in spec.claims:
        computed = _by_convention(claim, facts.layers) if _has_convention(claim) else getattr(totals, claim.what)
        found.append(_compare(claim, computed, as_written))
    return tuple(found)


def _of_part(part: Part, claim: Claim, facts: Facts) -> Dim | Shape | None:
    if claim.what == "shape":
        return facts.shape_of(part.output)
    layers = _layers(part, facts)
    return _by_convention(claim, layers) if _has_convention(claim) else total([getattr(x, claim.what) for x in layers])


def _layers(part: Part | None, facts: Facts) -> tuple[LayerFacts, ...]:
    """Those of a part, or all."""
    return facts.layers if part is None else tuple(facts.layers[place] for place in part.steps())


def _has_convention(claim: Claim) -> bool:
    return claim.counter is not None or bool(claim.terms)


def _by_convention(claim: Claim, layers: tuple[LayerFacts, ...]) -> int | None:
    from archcalc.analysis.conventions import claimed_count

    return claimed_count(claim, layers)


def _compare(claim: Claim, computed: Dim | Shape | None, as_written: bool) -> Compared:
    sizes = computed if isinstance(computed, tuple) else (computed,)
    if computed is None or not is_known(*sizes):
        return Compared(claim, None, None)
    agrees = (
        claim.claimed.agrees(computed)
        if isinstance(claim.claimed, Printed) and isinstance(computed, int)
        else claim.claimed == computed
    )
    return Compared(claim, computed, agrees if agrees or as_written else None)


def report_disagreements(spec: Spec, graph: Graph, facts: Facts, compared: tuple[Compared, ...], log: Log) -> None:
    """A diagnostic for each layer or total that is not as claimed, and a warning for each deviation that is none.

    A layer is blamed once, and not where it is at fault already; a total only where no layer is.
    """
    if not compared:
        return
    errors = [error.span for error in log.found if error.severity == "error" and error.span is not None]
    layers = {step.path: step.spec.span for step in graph.steps} if errors else {}
    at_fault = {span for span in {*layers.values()} if any(span.covers(error) for error in errors)}
    blamed = {path for path, span in layers.items() if span in at_fault}
    blamed |= {".".join(path.split(".")[:depth]) for path in blamed for depth in range(1, path.count(".") + 1)}
    entries = [entry.span for entry in spec.every_entry()] if errors else []
    sizes = [spec.input_span, *entries, *(node.span for node in spec.let.values())]
    explained = {one.claim.because_span for one in compared if one.agrees is False}
    if any(span.covers(error) for span in sizes for error in errors):
        blamed.add("")
    # A claim in a block is compared for every use of it, and reported once.
    said: set[Span] = set()
    otherwise = {} if log.tried or "" in blamed else _totals_otherwise(compared, graph, facts)
    common = _in_common(otherwise)
    parts = [part for _, part in graph.claims]
    for one, part in zip_longest(compared, parts):
        claim = one.claim
        if claim.span in said:
            continue
        if one.agrees is False and claim.because is None and (claim.of or "") not in blamed:
            of_layer = part is not None and part.output and claim.what == "shape"
            cause = UnmetClaim(place_of(part.output)) if of_layer else None
            found = otherwise.get(claim.span)
            found = _otherwise(one, graph, facts, part) if found is None and not log.tried else found
            explained_otherwise = _told_otherwise(found or [], common)
            ways = [*explained_otherwise, *_ways_out(one)]
            labels = [*_used(claim, graph), *(_taken(claim, part.output, graph, facts) if part is not None else ())]
            log.error("A401", claim.span, _difference(one), *ways, labels=labels, cause=cause)
            # A claim of another convention says nothing of the layers, nor of the other totals.
            blamed |= set() if explained_otherwise else {claim.of or "", ""}
            said.add(claim.span)
        elif one.agrees is True and claim.because is not None and claim.because_span not in explained:
            log.warning(
                "A402",
                claim.because_span,
                f"`because` explains a deviation, but {_subject(claim)} agrees: {value_text(one.computed)}",
                "remove the `because`, or move it to the claim it is about",
            )
            said.add(claim.span)


def _used(claim: Claim, graph: Graph) -> list[Label]:
    """Where the blocks are used that a claim of a layer is in."""
    path = claim.of or ""
    uses = next((step.uses for step in graph.steps if f"{step.path}.".startswith(f"{path}.")), ())
    return use_labels([use for use in uses if path.startswith(f"{use.path}.")])


def _taken(claim: Claim, value: Value, graph: Graph, facts: Facts) -> Iterator[Label]:
    """That the layers below take the shape that is claimed in place of the one that is computed."""
    users = (layer for step, layer in zip(graph.steps, facts.layers, strict=True) if value in step.sources)
    if claim.what == "shape" and any(claim.claimed in (layer.arriving or ()) for layer in users):
        yield Label(claim.span, "what follows is computed with this")


def _totals_otherwise(compared: tuple[Compared, ...], graph: Graph, facts: Facts) -> dict[Span, list[Way]]:
    """What each of the totals that disagree agrees with, by the place of its claim."""
    totals = [one for one in compared if one.claim.of is None and one.agrees is False and one.claim.because is None]
    return {one.claim.span: _otherwise(one, graph, facts, None) for one in totals}


def _in_common(otherwise: Mapping[Span, list[Way]]) -> set[str]:
    """What explains several of the totals that disagree at once."""
    if len(otherwise) < 2:
        return set()
    from archcalc.analysis.claim_hints import causes_in_common

    return causes_in_common(otherwise.values())


def _told_otherwise(ways: list[Way], common: set[str]) -> list[str]:
    """What is told of that."""
    if not ways:
        return []
    from archcalc.analysis.claim_hints import told

    return told(ways, common)


def _otherwise(one: Compared, graph: Graph, facts: Facts, part: Part | None) -> list[Way]:
    if not isinstance(one.computed, int):
        return []
    from archcalc.analysis.claim_hints import conventions

    return conventions(one.claim, one.computed, graph, facts, _layers(part, facts))


def _ways_out(one: Compared) -> list[str]:
    claim, computed = one.claim, one.computed
    if isinstance(claim.claimed, tuple) and (*claim.claimed[-1:], *claim.claimed[:-1]) == computed:
        return [f"write the channels first: `{list(computed)}`"]
    said = str(list(claim.claimed)) if isinstance(claim.claimed, tuple) else claim.claimed.text
    said = f"'{said}'" if isinstance(claim.claimed, Printed) and "," in said else said
    if claim.of is None:
        where, slip = "the layers", f"{claim.what}: {{claimed: {said}, because: …}}"
    else:
        where, slip = "the layer's fields", f"expect: {{{claim.what}: {said}, because: …}}"
    return [f"check {where} against the source", f"or, if the source is wrong, say so: `{slip}`"]


def _difference(one: Compared) -> str:
    claim = one.claim
    said, got = value_text(claim.claimed), value_text(one.computed)
    if claim.what == "shape":
        return f"{_subject(claim)} gives {got}, but the source says {said}"
    assert isinstance(claim.claimed, Printed)
    assert isinstance(one.computed, int)
    by = ""
    if claim.claimed.value:
        by = f", {abs(float(one.computed / claim.claimed.value) - 1):.2%} {_more(one)}"
    return f"{_subject(claim)} has {got} {unit_text(claim)}, but the source says {said}{by}"


def _more(one: Compared) -> str:
    assert isinstance(one.claim.claimed, Printed)
    assert isinstance(one.computed, int)
    return "more" if one.computed > one.claim.claimed.value else "less"


def _subject(claim: Claim) -> str:
    return "the network" if claim.of is None else f"`{claim.of}`"


def unit_text(claim: Claim) -> str:
    """What is counted, and by whose convention."""
    by = f" as `{claim.counter}` counts" if claim.counter else ""
    return UNITS[claim.what] + by + (f" with {' and '.join(claim.terms)}" if claim.terms else "")


def value_text(value: Printed | Dim | Shape | None) -> str:
    """A claimed or computed value as a person reads it."""
    if isinstance(value, Printed):
        return value.text
    if isinstance(value, tuple):
        return shape_text(value)
    return "?" if value is None else f"{value:,}"
